"""How often people could not tell: their answers summed up as an error rate with an interval.

The measure is HYPE-infinity of Zhou et al., HYPE: a benchmark for human eye perceptual evaluation of generative models
(arXiv:1904.01121, section 3.2): the share of wrong answers of people who see one item at a time, half of them real,
and have time; 50 % means that they guess. Its interval is the bootstrap over players, as answers of one player hang
together; where there are too few players, over rounds; and never narrower than Wilson's (1927,
doi:10.1080/01621459.1927.10502953), which would hold if all answers were independent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from ganforge.core.seeding import Draws
from ganforge.metrics._words import percent
from ganforge.runs.plays import Answer, Plays

NORMAL = 1.959964
"""The 97.5 % point of the normal distribution."""
RESAMPLED = 2_000
"""Times that players are drawn anew."""
FEWEST = 5
"""Players, or rounds, of which some are drawn anew; of fewer the bootstrap says too little."""
ENOUGH = 30
"""Answers below which no conclusion is put into words."""
GUESSING = 0.5
"""Wrong answers of those who guess, where one item is shown."""
MOSTLY, ROUGHLY = 0.3, 0.35
"""Error rate up to which people mostly can tell; lower end of an interval about guessing from which they cannot."""


@dataclass(frozen=True)
class Share:
    """A share of answers."""

    value: float
    low: float
    """Lower end of the 95 % interval."""
    high: float
    count: int
    """Answers that it is of."""


@dataclass(frozen=True)
class Player:
    """What one player did, in rounds of one item at a time and of several."""

    name: str
    """"" = all who gave no name."""
    rounds: int
    answers: int
    accuracy: Share
    """Of all answers, those that came too late not among them."""


@dataclass(frozen=True)
class People:
    """All answers about one checkpoint's forgeries, or about all checkpoints'."""

    step: int | None
    """Of the checkpoint; None = all."""
    rounds: int
    answers: int
    """All of both modes that came in time."""
    late: int
    """Questions that went unanswered until the time was over: counted nowhere else."""
    players: int
    """Names, and rounds without a name, as each may be somebody else's."""
    error_rate: Share | None
    """Wrong answers where one item was shown: HYPE. None = there are none."""
    fooled: Share | None
    """Forgeries that were called real."""
    denied: Share | None
    """Real items that were called forged."""
    picked: Share | None
    """Wrong answers where the forgery was to be picked out of several."""
    guessing: float | None
    """What `picked` is of those who guess."""
    others: int
    """Answers about other checkpoints, which are not counted."""
    held_out: bool
    """Whether all real items were such that the run was not trained on."""
    by_player: tuple[Player, ...]
    """Most answers first."""

    @property
    def words(self) -> str:
        """A sentence or two: how often they were wrong, with interval and n; what is missing is said."""
        if self.error_rate is None and self.picked is None:
            return _nothing(self.others)
        told = [part for part in (_one(self), _several(self)) if part]
        if self.others:
            told.append(f"{_count(self.others, 'answer')} about other checkpoints are not counted.")
        if not self.held_out:
            told.append("Real items were those trained on, as none are held out.")
        return " ".join(told)


def people(folder: Path, step: int | None) -> People:
    """What people made of a run's samples.

    Args:
        folder: the run's.
        step: of the checkpoint that they are asked about; None = all checkpoints together.
    """
    everything = Plays(folder).answers()
    return summed_up([each for each in everything if step in {None, each.step}], step, everything)


def summed_up(answers: Sequence[Answer], step: int | None, everything: Sequence[Answer] = ()) -> People:
    """These answers as rates."""
    given = [each for each in answers if each.answer is not None]
    one, several = ([each for each in given if each.mode == mode] for mode in ("one", "several"))
    return People(
        step=step,
        rounds=len({each.round for each in answers}),
        answers=len(given),
        late=len(answers) - len(given),
        players=len({_who(each) for each in answers}),
        error_rate=_rate(one),
        fooled=_rate([each for each in one if each.truth == "forged"]),
        denied=_rate([each for each in one if each.truth == "real"]),
        picked=_rate(several),
        guessing=sum(1 - 1 / each.choices for each in several) / len(several) if several else None,
        others=max(0, len(everything) - len(answers)),
        held_out=all(each.held_out for each in answers),
        by_player=_by_player(given),
    )


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of independent answers, within 0 and 1; count >= 1."""
    share, z = hits / count, NORMAL
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    reach = z / (1 + z * z / count) * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _rate(answers: Sequence[Answer]) -> Share | None:
    """Wrong answers."""
    if not answers:
        return None
    wrong = sum(not each.right for each in answers)
    low, high = wilson(wrong, len(answers))
    for of in (_who, _round):
        groups = _groups(answers, of)
        if len(groups) >= FEWEST:
            least, most = _bootstrapped(groups)
            return Share(wrong / len(answers), min(low, least), max(high, most), len(answers))
    return Share(wrong / len(answers), low, high, len(answers))


def _groups(answers: Sequence[Answer], of: Callable[[Answer], str]) -> list[tuple[int, int]]:
    """Wrong answers and all answers of each group."""
    groups: dict[str, tuple[int, int]] = {}
    for each in answers:
        wrong, count = groups.get(of(each), (0, 0))
        groups[of(each)] = (wrong + (not each.right), count + 1)
    return list(groups.values())


def _bootstrapped(groups: Sequence[tuple[int, int]]) -> tuple[float, float]:
    table = torch.tensor(groups).double()
    drawn = table[Draws(0, "people").integers(len(groups), RESAMPLED, len(groups))].sum(1)
    shares = drawn[:, 0] / drawn[:, 1]
    return float(shares.quantile(0.025)), float(shares.quantile(0.975))


def _who(answer: Answer) -> str:
    """Players without a name may be anybody: each of their rounds is a player of its own."""
    return f"name:{answer.player}" if answer.player else f"round:{answer.round}"


def _round(answer: Answer) -> str:
    return answer.round


def _by_player(given: Sequence[Answer]) -> tuple[Player, ...]:
    made = []
    for name in sorted({each.player for each in given}):
        own = [each for each in given if each.player == name]
        right = sum(each.right for each in own)
        accuracy = Share(right / len(own), *wilson(right, len(own)), len(own))
        made.append(Player(name, len({each.round for each in own}), len(own), accuracy))
    return tuple(sorted(made, key=lambda player: -player.answers))


def _nothing(others: int) -> str:
    if others:
        return f"Nobody has judged this checkpoint yet; there are {_count(others, 'answer')} about others."
    return "Nobody has played yet."


def _one(told: People) -> str:
    rate = told.error_rate
    if rate is None:
        return ""
    who = "" if told.picked is not None else f" of {_count(told.players, 'player')} in {_count(told.rounds, 'round')}"
    text = f"{_found(rate)}: {percent(rate.value)} of {_count(rate.count, 'answer')}{who} were wrong"
    text = f"{text} ({_interval(rate)}; 50 % is guessing)."
    if rate.count < ENOUGH:
        return text
    parts = [
        f"{percent(share.value)} of the {what}"
        for share, what in ((told.fooled, "forgeries passed for real"), (told.denied, "real items were called forged"))
        if share is not None
    ]
    return f"{text} {' and '.join(parts)}."


def _found(rate: Share) -> str:
    """What the rate with its interval says: never more than the interval bears."""
    if rate.count < ENOUGH:
        return "Too few answers to say whether people can tell"
    if rate.high < GUESSING:
        return "People can mostly tell" if rate.value <= MOSTLY else "People can tell, but are often wrong"
    if rate.low > GUESSING:
        return "People are misled: they are wrong more often than if they guessed"
    return "People cannot tell" if rate.low >= ROUGHLY else "It is not certain whether people can tell"


def _several(told: People) -> str:
    if told.picked is None or told.guessing is None:
        return ""
    return (
        f"Asked to pick the forgery out of several, they were wrong in {percent(told.picked.value)} of "
        f"{_count(told.picked.count, 'case')} ({_interval(told.picked)}; {percent(told.guessing)} is guessing)."
    )


def _interval(share: Share) -> str:
    return f"95 %: {percent(share.low)} to {percent(share.high)}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
