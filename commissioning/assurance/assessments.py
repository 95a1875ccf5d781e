"""Rounds of self-assessment: beginning one, a level with evidence for each heading, finishing, correcting (NY-12).

A round has two states: open to those who write it, then finished and frozen. A finished one is corrected by another
round that says why; when that is finished it stands in the place of the first, which stays readable.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning import audit
from commissioning.actions.commands import ActionInput, create_action
from commissioning.actors import Actor
from commissioning.assurance.evidence import check_items, write_evidence
from commissioning.assurance.lists import list_in_use
from commissioning.casework.allowing import require
from commissioning.casework.errors import Invalid, NotFound, NotNow, check_seen
from commissioning.casework.keys import Claim, claim, noted
from commissioning.clock import fresh_id
from commissioning.models.library import Assessment, AssessmentRating, ChecklistEntry, Evidence
from commissioning.visibility import assessments, may_see
from workflows.london import london_day
from workflows.registry import Refusal

LONGEST_WHO, LONGEST_REASON, LONGEST_TEXT = 300, 2000, 20_000
WRITE = "assessments.write"


@dataclass(frozen=True)
class RatingInput:
    """What is said of one heading: its level from 1 to 4, what shows it, what is to be done about it."""

    level: int
    evidence: str
    improvement: str = ""
    item_ids: tuple[int, ...] = ()


def start_assessment(
    session: Session, actor: Actor, plan_id: int | None, held_on: date, assessed_by: str, *, now: datetime,
    key: str | None = None,
) -> int:  # fmt: skip
    """Begin a round for a plan, or for the council; its id. Raises Forbidden, or Invalid by field."""
    require(actor, WRITE)
    claimed = claim(session, actor, key, "assessments/start", [plan_id, held_on.isoformat(), assessed_by], now)
    if claimed.is_replay:
        return int(noted(session, actor, key or "", "assessment"))
    today = london_day(now)
    errors = _problems(held_on, assessed_by, today)
    if plan_id is not None and not may_see(session, actor, plan_id, "plan", today):
        errors["plan_id"] = "Select the plan that is assessed"
    if errors:
        raise Invalid(errors)
    made = Assessment(
        id=fresh_id(), plan_id=plan_id, checklist_id=list_in_use(session, "assessment", now).id, held_on=held_on,
        assessed_by=assessed_by.strip(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    _note(session, made.id, "started", actor, now, claimed, assessment=made.id, of=plan_id, on=held_on.isoformat())
    return made.id


def edit_assessment(
    session: Session, actor: Actor, assessment_id: int, held_on: date, assessed_by: str, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Change the day of a round and who took part. Raises Forbidden, NotFound, NotNow, Stale, Invalid."""
    row, claimed = _open(session, actor, assessment_id, "edit", [held_on.isoformat(), assessed_by, seen], now, key)
    if claimed.is_replay:
        return
    check_seen(seen, row.version, "The round")
    errors = _problems(held_on, assessed_by, london_day(now))
    if errors:
        raise Invalid(errors)
    changes = {"held_on": [str(row.held_on), str(held_on)], "assessed_by": [row.assessed_by, assessed_by.strip()]}
    row.held_on, row.assessed_by, row.version = held_on, assessed_by.strip(), row.version + 1
    _note(session, assessment_id, "edited", actor, now, claimed, changes=changes)


def rate(
    session: Session, actor: Actor, assessment_id: int, entry_id: int, new: RatingInput, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Say at which level a heading stands and what shows it. `seen`: the version of what was said (0 for nothing yet).

    Raises Forbidden, NotFound, NotNow, Stale, or Invalid by field.
    """
    body = [entry_id, {**asdict(new), "item_ids": list(new.item_ids)}, seen]
    row, claimed = _open(session, actor, assessment_id, "rate", body, now, key)
    if claimed.is_replay:
        return
    entry = session.get(ChecklistEntry, entry_id)
    if entry is None or entry.checklist_id != row.checklist_id:
        raise NotFound
    of = (AssessmentRating.assessment_id == assessment_id, AssessmentRating.entry_id == entry_id)
    rating = session.scalars(select(AssessmentRating).where(*of)).first()
    check_seen(seen, rating.version if rating else 0, entry.title)
    _check_rating(session, new)
    if rating is None:
        rating = AssessmentRating(id=fresh_id(), assessment_id=assessment_id, entry_id=entry_id, version=0)
        session.add(rating)
    rating.level, rating.evidence, rating.improvement = new.level, new.evidence.strip(), new.improvement.strip()
    rating.version += 1
    session.flush()
    session.execute(delete(Evidence).where(Evidence.rating_id == rating.id))
    write_evidence(session, new.item_ids, rating_id=rating.id)
    _note(session, assessment_id, "rated", actor, now, claimed, heading=entry.code, said=body[1])


def finish_assessment(
    session: Session, actor: Actor, assessment_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Freeze a round; every heading needs its level. Raises Forbidden, NotFound, NotNow naming what is missing."""
    row, claimed = _open(session, actor, assessment_id, "finish", "", now, key)
    if claimed.is_replay:
        return
    rated = select(AssessmentRating.entry_id).where(AssessmentRating.assessment_id == assessment_id)
    missing = session.scalars(
        select(ChecklistEntry.title)
        .where(ChecklistEntry.checklist_id == row.checklist_id, ChecklistEntry.id.not_in(rated))
        .order_by(ChecklistEntry.position)
    ).all()
    if missing:
        raise NotNow([Refusal("not_rated", f"“{title}” has no level yet", "who assesses") for title in missing])
    row.finished_at, row.finished_by_id = now, actor.person_id
    _note(session, assessment_id, "finished", actor, now, claimed)


def correct_assessment(
    session: Session, actor: Actor, assessment_id: int, reason: str, *, now: datetime, key: str | None = None
) -> int:
    """Begin a correction of a finished round with all that it says; the id of the new one.

    Raises Forbidden, NotFound, NotNow if the round is open or was corrected already, Invalid.
    """
    require(actor, WRITE)
    claimed = claim(session, actor, key, f"assessment:{assessment_id}/correct", reason, now)
    if claimed.is_replay:
        return int(noted(session, actor, key or "", "assessment"))
    old = _lock(session, actor, assessment_id, now)
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": f"Enter what was wrong, in {LONGEST_REASON:,} characters or fewer"})
    if old.finished_at is None:
        raise NotNow([Refusal("open", "It is not finished: change it as it is")])
    if session.execute(select(Assessment.id).where(Assessment.corrects_id == old.id)).first():
        raise NotNow([Refusal("corrected", "It was corrected already: correct the newest version")])
    made = Assessment(
        id=fresh_id(), plan_id=old.plan_id, checklist_id=old.checklist_id, held_on=old.held_on,
        assessed_by=old.assessed_by, corrects_id=old.id, reason=reason.strip(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    _copy(session, old.id, made.id)
    _note(
        session, made.id, "correction_started", actor, now, claimed, assessment=made.id, corrects=old.id, reason=reason
    )
    return made.id


def open_action(
    session: Session, actor: Actor, rating_id: int, body_id: int, owner_id: int | None, due_on: date | None,
    measure: str, *, now: datetime, key: str | None = None,
) -> int:  # fmt: skip
    """Record what is to be done about a heading as an action of a body; its id. Once, finished or not.

    Raises NotFound, NotNow, Invalid, and what recording an action raises.
    """
    require(actor, WRITE)
    rating = session.get(AssessmentRating, rating_id)
    if rating is None:
        raise NotFound
    _lock(session, actor, rating.assessment_id, now)
    session.refresh(rating)
    if not rating.improvement:
        raise Invalid({"": "Say first what is to be done about it"})
    action = create_action(
        session, actor, body_id, ActionInput(rating.improvement, owner_id, due_on, measure=measure), now=now, key=key
    )
    if rating.action_id not in (None, action):
        raise NotNow([Refusal("opened", "An action was opened for it already")])
    if rating.action_id is None:
        rating.action_id = action
        session.flush()
        audit.note(session, _chain(rating.assessment_id), "assessment.action_opened", actor, now, action=action)
    return action


def _copy(session: Session, old_id: int, new_id: int) -> None:
    said = session.scalars(select(AssessmentRating).where(AssessmentRating.assessment_id == old_id)).all()
    for rating in said:
        copy = AssessmentRating(
            id=fresh_id(), assessment_id=new_id, entry_id=rating.entry_id, level=rating.level,
            evidence=rating.evidence, improvement=rating.improvement, action_id=rating.action_id,
        )  # fmt: skip
        session.add(copy)
        session.flush()
        items = session.scalars(select(Evidence.item_id).where(Evidence.rating_id == rating.id)).all()
        write_evidence(session, [i for i in items if i is not None], rating_id=copy.id)


def _check_rating(session: Session, new: RatingInput) -> None:
    errors = {}
    if not 1 <= new.level <= 4:
        errors["level"] = "Select the level"
    if not new.evidence.strip():
        errors["evidence"] = "Enter what shows that it is so"
    for name in ("evidence", "improvement"):
        if len(getattr(new, name)) > LONGEST_TEXT:
            errors[name] = f"Enter {LONGEST_TEXT:,} characters or fewer"
    if errors:
        raise Invalid(errors)
    check_items(session, new.item_ids)


def _problems(held_on: date, assessed_by: str, today: date) -> dict[str, str]:
    errors = {}
    if held_on > today:
        errors["held_on"] = "The day of the round must be today or earlier"
    if not assessed_by.strip() or len(assessed_by) > LONGEST_WHO:
        errors["assessed_by"] = f"Enter who took part, in {LONGEST_WHO} characters or fewer"
    return errors


def _open(
    session: Session, actor: Actor, assessment_id: int, verb: str, body: Any, now: datetime, key: str | None
) -> tuple[Assessment, Claim]:
    """The round, locked, and whether this request was done before. Raises NotNow if the round is frozen."""
    require(actor, WRITE)
    claimed = claim(session, actor, key, f"assessment:{assessment_id}/{verb}", body, now)
    row = _lock(session, actor, assessment_id, now)
    if row.finished_at is not None and not claimed.is_replay:
        raise NotNow([Refusal("frozen", "It is finished and frozen: correct it, with a reason")])
    return row, claimed


def _lock(session: Session, actor: Actor, assessment_id: int, now: datetime) -> Assessment:
    seen = select(Assessment).where(Assessment.id == assessment_id, assessments(actor, london_day(now)))
    row = session.scalars(seen.with_for_update().execution_options(populate_existing=True)).first()
    if row is None:
        raise NotFound
    return row


def _chain(assessment_id: int) -> str:
    return f"assessment:{assessment_id}"


def _note(
    session: Session, assessment_id: int, what: str, actor: Actor, now: datetime, claimed: Claim, **body: Any
) -> None:
    session.flush()
    audit.note_request(session, _chain(assessment_id), f"assessment.{what}", actor, now, claimed.key, body)
