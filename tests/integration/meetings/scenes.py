"""What several tests of meetings begin with."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from commissioning.actions.commands import ActionInput, create_action
from commissioning.db import in_transaction
from commissioning.decisions.outcome_commands import save_outcome
from commissioning.decisions.outcomes import OutcomeInput
from commissioning.meetings.due import carry_out_due, close_due_papers
from commissioning.meetings.sitting_commands import Came, set_attendance
from commissioning.models.reports import RecommendationOption
from tests.support.council import MEETING_AT, PUBLISH_AT, Council

EVERYBODY = ("ann", "bob", "cat", "dan")


def published(council: Council, body: int, recommendations: list[dict[str, Any]], **more: Any) -> tuple[int, int, int]:
    """A meeting that was held, everybody present, with one published paper: (meeting, report, item)."""
    meeting = council.meeting(body)
    report = council.report(meeting, recommendations, **more)
    council.step("clerk", report, "put_on_agenda")
    publish(council, meeting)
    hold(council, meeting)
    return meeting, report, council.items(meeting)[-1]


def publish(council: Council, meeting: int) -> None:
    """Publish a meeting's agenda on the last day for it."""
    council.now = PUBLISH_AT
    in_transaction(council.engine, close_due_papers, council.now)
    council.step("clerk", meeting, "publish_agenda")


def hold(council: Council, meeting: int) -> None:
    """Let the meeting take place with everybody."""
    council.now = MEETING_AT
    attend(council, meeting)
    council.step("clerk", meeting, "hold")


def attend(council: Council, meeting: int, *who: str) -> None:
    """Record who is present (everybody, if nobody is named); the others sent apologies."""
    here = who or EVERYBODY
    council.run(
        "clerk",
        set_attendance,
        meeting,
        {council.people[w]: Came("present" if w in here else "apologies") for w in EVERYBODY},
    )


def outcome(council: Council, meeting: int, item: int, recommendation: int, is_: str = "agreed", **given: Any) -> None:
    """Enter an outcome as the clerk; `version` is that of the outcome that the clerk saw."""
    version = given.pop("version", None)
    value = OutcomeInput(is_, **given)
    council.run("clerk", save_outcome, meeting, item, recommendation, value, version=version)


def decide(council: Council, meeting: int, report: int, item: int, *outcomes: str) -> None:
    """Enter these outcomes, one for each recommendation, and confirm them."""
    for recommendation, is_ in zip(council.recommendations(report), outcomes, strict=True):
        outcome(council, meeting, item, recommendation, is_, reasons="Because of it")
    council.step("clerk", meeting, "confirm_decisions")


def options(council: Council, recommendation: int) -> list[int]:
    """Ids of a recommendation's options."""
    query = select(RecommendationOption.id).where(RecommendationOption.recommendation_id == recommendation)
    return list(council.read(lambda s: s.scalars(query.order_by(RecommendationOption.position)).all()))


def an_action(council: Council, body: int, text: str = "Draw up a framework") -> int:
    """An action of a body, owned by ann."""
    made: int = council.run("author", create_action, body, ActionInput(text, owner_id=council.people["ann"]))
    return made


def tick(council: Council) -> int:
    """Carry out what is due now."""
    return int(in_transaction(council.engine, carry_out_due, council.now))


def tick_papers(council: Council) -> int:
    """Close papers that are due now."""
    return int(in_transaction(council.engine, close_due_papers, council.now))
