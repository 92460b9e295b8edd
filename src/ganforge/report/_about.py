"""What the run was, and what the words mean."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from ganforge.core.errors import GanforgeError
from ganforge.core.recipe import Recipe
from ganforge.core.records import DataCard
from ganforge.core.settings import Json, to_json
from ganforge.metrics._evaluation import CHOSEN_BY_COUNTED, Evaluation
from ganforge.metrics._metric import CERTAIN, METRICS
from ganforge.recipes._recipes import RECIPES
from ganforge.report._curves import Story
from ganforge.report._html import Content, Html, tag
from ganforge.report._words import counted, date, k_samples

_MOST_SKIPPED = 50
_MEANINGS = (
    ("Fidelity", "Whether each sample, looked at alone, could be real."),
    ("Variety", "Whether everything that occurs in the data also occurs among the samples, as often."),
    (
        "Floor",
        (
            "The score that held-out real data gets when it stands in the samples' place. It is as good as a score can "
            "honestly be: beyond it lies not “better than real” but copying."
        ),
    ),
    (
        "95 % interval",
        (
            "Other samples and other real items would have given another number; in 95 of 100 cases the interval "
            "holds the true one. Where two overlap widely, nothing is known about which is better."
        ),
    ),
    (
        "For certain",
        (
            f"A difference from the floor of at least {CERTAIN:.0f} standard errors, more where there are few items. "
            "“Perhaps”: the 95 % interval of the difference leaves out 0, but among so many scores some do by chance. "
            "“No certain difference” does not mean equal: with few items only large differences can be certain."
        ),
    ),
    ("k samples", "Thousands of real samples shown to the discriminator: the measure of how long it trained."),
    ("Generator, discriminator", "The forger, who makes samples, and the judge, who learns to tell them from real."),
)


def commands(path: str, facts: Json, recipe: Recipe, data: DataCard) -> Html:
    """How to make more samples, and how to do it all again."""
    again = repeat_command(facts, recipe, data)
    return tag(
        "dl.commands",
        tag("dt", "More samples"),
        tag("dd", tag("code", f"ganforge generate {shlex.quote(path)} -n 64")),
        tag("dt", "The same again"),
        tag("dd", tag("code", again) if again else "There is no command for it: data or recipe were made in Python."),
    )


def repeat_command(facts: Json, recipe: Recipe, data: DataCard) -> str:
    """The command line that starts this training anew, for as many samples as it was planned for; "" = there is none.

    Values of the recipe are named where they differ from what the recipe of this name has for this data.
    """
    if not data.source or recipe.name not in RECIPES.names():
        return ""
    options = facts["options"]
    words = ["ganforge", "train", data.source, "--recipe", recipe.name]
    for path, value in _changed(to_json(RECIPES.get(recipe.name)(data)), to_json(recipe)):
        words += [] if path.startswith(_TOLD) else ["--set", f"{path}={value}"]
    size = options.get("size")
    if size is not None:
        words += ["--size", f"{size[1]}x{size[0]}" if isinstance(size, list) else f"{size}"]
    words += ["--labels"] if options.get("labels") else []
    words += ["--kimg", f"{float(facts['plan']['kimg'])}", "--seed", f"{facts['seed']}"]
    return shlex.join(words)


_TOLD = ("budget", "why", "name", "lineage")
"""Parts of a recipe that the command's other words say, or that change nothing."""


def section(path: str, facts: Json, recipe: Recipe, data: DataCard, told: Story, evaluation: Evaluation | None) -> Html:
    """Data, recipe, plan, machine, and how it went."""
    return tag(
        "section.run",
        tag("h2", "What the run was"),
        tag("dl.facts", *_facts(facts, recipe, data, told, evaluation)),
        commands(path, facts, recipe, data),
        _left_out(data),
        _events(told),
        _whole_recipe(recipe),
        attributes={"id": "run"},
    )


def words(evaluation: Evaluation | None) -> Html:
    """The few terms that this page uses, and what each metric measures."""
    return tag(
        "section.words",
        tag("h2", "What the words mean"),
        tag(
            "dl", *(tag("div", tag("dt", term), tag("dd", text)) for term, text in [*_MEANINGS, *_metrics(evaluation)])
        ),
        attributes={"id": "words"},
    )


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """A tree of settings as paths and values, as `--set` takes them."""
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from flat(part, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and any(isinstance(part, Mapping | list) for part in value):
        for at, part in enumerate(value):
            yield from flat(part, f"{path}.{at}")
    else:
        yield path, value if isinstance(value, str) else json.dumps(value)


def _changed(usual: Any, now: Any) -> list[tuple[str, str]]:
    """Where two trees differ; whole branches where they have another shape."""
    before, after = dict(flat(usual)), dict(flat(now))
    if before.keys() == after.keys():
        return [(path, value) for path, value in after.items() if before[path] != value]
    changed = []
    for key in now:
        if dict(flat(usual[key], key)).keys() == dict(flat(now[key], key)).keys():
            changed += _changed({key: usual[key]}, {key: now[key]})
        else:
            changed.append((key, json.dumps(now[key])))
    return changed


def _facts(facts: Json, recipe: Recipe, data: DataCard, told: Story, evaluation: Evaluation | None) -> Iterator[Html]:
    plan, machine, versions = facts["plan"], facts.get("machine", {}), facts.get("versions", {})
    yield _fact(
        "Data",
        f"{data.name}: {counted(data.count, 'sample')} ({data.domain}, {' × '.join(map(str, data.shape))})",
        f"from {data.source}" if data.source and data.source != data.name else None,
        f"classes: {', '.join(data.classes)}" if data.classes else None,
        *data.notes,
    )
    yield _fact("Split", _split(facts, evaluation))
    yield _fact("Recipe", recipe.name, recipe.why)
    if recipe.lineage is not None:
        yield _fact("After", recipe.lineage.paper)
    yield _fact("Plan", f"{k_samples(plan['kimg'])} on {plan['device']}", plan["why"])
    yield _fact(
        "How it went", _ending(told), f"Taken up again {counted(told.resumed, 'time')}." if told.resumed else None
    )
    yield _fact("Seed", str(facts["seed"]))
    if machine:
        parts = (machine.get("processor"), f"{machine.get('cores')} cores", machine.get("system"))
        yield _fact("Machine", ", ".join(str(part) for part in parts if part))
    if versions:
        yield _fact("Versions", ", ".join(f"{name} {version}" for name, version in versions.items()))
    if facts.get("created"):
        yield _fact("Begun", date(str(facts["created"])))


def _split(facts: Json, evaluation: Evaluation | None) -> str:
    if not facts["options"].get("held_out", True):
        return "None: there were too few different items to hold any out."
    shares = "90 % to train on, 5 % to choose by, 5 % for scores; alike items stay together."
    if evaluation is not None and CHOSEN_BY_COUNTED in evaluation.cautions:
        return f"{shares} Those are so few that the scores on this page are of both 5 %."
    return shares


def _ending(told: Story) -> str:
    if told.stopped is None:
        return "It is still training, or was broken off."
    return str(told.stopped.get("message") or told.stopped.get("reason") or "It ended.")


def _fact(name: str, *texts: str | None) -> Html:
    first, *rest = [text for text in texts if text]
    return tag("div", tag("dt", name), tag("dd", first, *(tag("small", text) for text in rest)))


def _left_out(data: DataCard) -> Html | None:
    if not data.skipped:
        return None
    items: list[Content] = [tag("li", f"{item.name}: {item.reason}") for item in data.skipped[:_MOST_SKIPPED]]
    if len(data.skipped) > _MOST_SKIPPED:
        items.append(tag("li", f"and {len(data.skipped) - _MOST_SKIPPED:,} more, listed in run.json"))
    return tag("details", tag("summary", f"Left out: {counted(len(data.skipped), 'item')}"), tag("ul", *items))


def _events(told: Story) -> Html | None:
    if not told.decisions:
        return None
    items = (tag("li", text) for text in told.decisions)
    return tag("details", tag("summary", "What happened on the way"), tag("ul", *items))


def _whole_recipe(recipe: Recipe) -> Html:
    tree = {key: value for key, value in to_json(recipe).items() if key not in ("name", "why", "lineage")}
    rows = (tag("tr", tag("th", path, attributes={"scope": "row"}), tag("td", value)) for path, value in flat(tree))
    deviations = recipe.lineage.deviations if recipe.lineage is not None else ()
    return tag(
        "details",
        tag("summary", "The recipe in full"),
        tag("ul", *(tag("li", text) for text in deviations)) if deviations else None,
        tag("table.settings", tag("tbody", *rows)),
    )


def _metrics(evaluation: Evaluation | None) -> list[tuple[str, str]]:
    """What each metric says of itself; one that this version does not know is left out."""
    if evaluation is None:
        return []
    meanings = []
    for name in dict.fromkeys(score.metric for score in evaluation.scores):
        labels = [score.label for score in evaluation.scores if score.metric == name]
        try:
            about = METRICS.get(name).about
        except GanforgeError:
            continue
        meanings.append((_title(labels), about))
    return meanings


def _title(labels: list[str]) -> str:
    text = ", ".join(labels[:3]) + (" and more" if len(labels) > 3 else "")
    return text[:1].upper() + text[1:]
