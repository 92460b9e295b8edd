"""The game: real or forged? Rounds for detectives, a judge for forgers, and what came of all of it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from ganforge.people import People, Share, people, wilson
from ganforge.runs.plays import Plays
from ganforge.studio._judge_room import add_judge
from ganforge.studio._play_bodies import (
    Begun,
    Examples,
    Interval,
    ItemSize,
    JudgeReply,
    Number,
    PlayerResult,
    Reply,
    Results,
    RoundId,
    RunId,
    Score,
    Shown,
    Summary,
    Told,
    Wanted,
)
from ganforge.studio._raw import pixels
from ganforge.studio._rounds import Asked, Given, Round, Rounds
from ganforge.studio._tables import Tables
from ganforge.studio.shelf import Shelf


def router(shelf: Shelf) -> APIRouter:
    """Everything below /runs/{run}/play."""
    api = APIRouter(prefix="/runs/{run}/play", tags=["play"])
    tables = Tables()
    _add_examples(api, shelf, tables)
    _add_rounds(api, shelf, tables)
    add_judge(api, shelf, tables)
    return api


def _add_examples(api: APIRouter, shelf: Shelf, tables: Tables) -> None:
    @api.get("/examples")
    def examples(run: RunId, n: Annotated[int, Query(ge=1, le=24)] = 8) -> Examples:
        """Real items that no round asks about: who has never seen one cannot tell."""
        shown = tables.of(run, shelf.opened(run)).examples(n)
        if shown is None:
            return Examples(raw=None, words="None are held out, so that each may be asked about: none is shown before.")
        return Examples(raw=pixels(shown), words="Of those that the generator learned by; none of them is asked about.")


def _add_rounds(api: APIRouter, shelf: Shelf, tables: Tables) -> None:
    rounds = Rounds()

    @api.post("/rounds")
    def begin(run: RunId, wanted: Wanted) -> Begun:
        """Prepare a round."""
        opened = shelf.opened(run)
        dealer = tables.of(run, opened)
        with opened.lock:
            deal = dealer.deal(wanted.mode, wanted.questions, wanted.choices)
        choices = 1 if wanted.mode == "one" else wanted.choices
        player = "".join(letter for letter in wanted.player if letter.isprintable()).strip()
        asked = Asked(run, wanted.mode, choices, player, wanted.seconds, opened.run.step)
        made = rounds.begin(asked, deal, Plays(opened.run.path))
        words = (
            f"Real items come from the {deal.real:,} that this run never saw."
            if deal.held_out
            else f"None are held out, so that the real items are those {deal.real:,} that this run was trained on."
        )
        return Begun(
            round=made.name,
            mode=wanted.mode,
            questions=wanted.questions,
            choices=choices,
            seconds=wanted.seconds,
            item=ItemSize.of(deal.item),
            words=words,
        )

    @api.get("/rounds/{name}/{number}", response_class=Response)
    def question(run: RunId, name: RoundId, number: Number) -> Response:
        """The pixels of one question, always as many bytes."""
        content = rounds.find(run, name).pixels(number)
        return Response(content, media_type="application/octet-stream", headers={"cache-control": "no-store"})

    @api.post("/rounds/{name}/{number}/shown")
    def shown(run: RunId, name: RoundId, number: Number) -> Shown:
        """A question that was fetched ahead is seen only now: its clock runs from here, not from when it was sent."""
        return Shown(seconds=rounds.find(run, name).shown(number))

    @api.post("/rounds/{name}/{number}")
    def answer(run: RunId, name: RoundId, number: Number, reply: Reply) -> Told:
        """Answer one question; the truth comes back. The same answer twice is told twice, and counts once."""
        played = rounds.find(run, name)
        given = played.answer(number, None if reply.answer is None else str(reply.answer), reply.seconds)
        return _told(given, played.finished)

    @api.get("/rounds/{name}")
    def summary(run: RunId, name: RoundId) -> Summary:
        """A round so far."""
        return _summary(rounds.find(run, name))

    @api.get("/results")
    def results(run: RunId) -> Results:
        """What all rounds about the best checkpoint came to."""
        return _results(people(shelf.folder(run).path, shelf.opened(run).run.step))


def _shown(answer: str) -> Literal["real", "forged"] | int:
    return "real" if answer == "real" else "forged" if answer == "forged" else int(answer)


def _told(given: Given, finished: bool) -> Told:
    return Told(
        right=given.right,
        late=given.answer is None,
        truth=_shown(given.truth),
        judge=JudgeReply(answer=_shown(given.judged), right=given.judge_right),
        streak=given.streak,
        best_streak=given.best_streak,
        finished=finished,
    )


def _summary(played: Round) -> Summary:
    given = list(played.given)
    own, judge = _score([each.right for each in given]), _score([each.judge_right for each in given])
    missed = [number for number, each in enumerate(given) if not each.right and each.answer is not None]
    one = played.asked.mode == "one"
    return Summary(
        round=played.name,
        mode=played.asked.mode,
        questions=len(played.deal.questions),
        answered=len(given),
        accuracy=own.accuracy,
        interval=own.interval,
        judge=judge,
        # Who picks a real item for the forgery does both at once
        fooled=[number for number in missed if not one or given[number].truth == "forged"],
        denied=[number for number in missed if not one or given[number].truth == "real"],
        streak=given[-1].streak if given else 0,
        best_streak=given[-1].best_streak if given else 0,
        answers=[_told(each, finished=number + 1 == len(played.deal.questions)) for number, each in enumerate(given)],
        words=played.words(),
        finished=played.finished,
    )


def _score(right: list[bool]) -> Score:
    if not right:
        return Score(accuracy=None, interval=None)
    return Score(accuracy=sum(right) / len(right), interval=wilson(sum(right), len(right)))


def _results(told: People) -> Results:
    return Results(
        rounds=told.rounds,
        answers=told.answers,
        players=told.players,
        error_rate=_value(told.error_rate),
        interval=_interval(told.error_rate),
        fooled_rate=_value(told.fooled),
        denied_rate=_value(told.denied),
        picked_error_rate=_value(told.picked),
        picked_interval=_interval(told.picked),
        guessing=told.guessing,
        late=told.late,
        others=told.others,
        by_player=[
            PlayerResult(
                player=each.name,
                rounds=each.rounds,
                answers=each.answers,
                accuracy=each.accuracy.value,
                interval=(each.accuracy.low, each.accuracy.high),
            )
            for each in told.by_player[:100]
        ],
        words=told.words,
    )


def _value(share: Share | None) -> float | None:
    return None if share is None else share.value


def _interval(share: Share | None) -> Interval | None:
    return None if share is None else (share.low, share.high)
