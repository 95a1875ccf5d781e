"""Signing, standing by a signature, questions, and sign-offs that came by e-mail, telephone or paper."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor, load_actor
from commissioning.audit import sha256
from commissioning.casework import Result, amend, perform
from commissioning.casework.context import Context
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow
from commissioning.clock import fresh_id
from commissioning.models.bodies import Body, Meeting
from commissioning.models.cases import Case, Event
from commissioning.models.people import Person, Post, PostHolding
from commissioning.models.reports import RISK, ReportSignOff, SignOffQuestion
from commissioning.policy import BARRED, holds
from commissioning.reports.attaching import APPENDIX_CHANGES
from commissioning.reports.checks import WRITING
from commissioning.reports.covers import CLASSIFYING, MET, Parts, cited_in, covered_text, is_current, read_parts
from workflows.london import london_day
from workflows.registry import Refusal

MAX_WORDS = 10_000


def sign_off(
    session: Session,
    actor: Actor,
    report_id: int,
    sign_off_id: int,
    *,
    outcome: str,
    comment: str = "",
    conditions: str = "",
    corrections_allowed: bool = False,
    version: int | None = None,
    seen: str | None = None,
    now: datetime,
    key: str | None = None,
) -> Result:
    """Answer a sign-off in the signer's own words. `seen` is the hash of the covered text as it was shown."""
    fields = {
        "outcome": outcome,
        "comment": comment,
        "conditions": conditions,
        "corrections_allowed": corrections_allowed,
        "version": version,
        "seen": seen,
    }
    step = signing_step(session, report_id)
    return perform(session, actor, report_id, step, now=now, key=key, fields=fields, part=sign_off_id)


def still_stands(
    session: Session,
    actor: Actor,
    report_id: int,
    sign_off_id: int,
    *,
    seen: str,
    version: int | None = None,
    now: datetime,
    key: str | None = None,
) -> Result:
    """Say of a stale signature that it stands for the text as it is now; outcome and words stay as they were.

    `version` is the sign-off's own, as the signer saw it.
    """
    row = session.get(ReportSignOff, sign_off_id)
    if row is None or row.report_id != report_id:
        raise NotFound
    if row.outcome not in MET:
        raise Invalid({"outcome": "There is no clearance to stand by: sign off anew"})
    return sign_off(
        session, actor, report_id, sign_off_id, outcome=row.outcome, comment=row.comment, conditions=row.conditions,
        corrections_allowed=row.corrections_allowed, version=version, seen=seen, now=now, key=key,
    )  # fmt: skip


def signing_step(session: Session, report_id: int) -> str:
    """The step by which a signer answers in the state that the report is in."""
    state = session.scalars(select(Case.state).where(Case.id == report_id)).first()
    if state is None:
        raise NotFound
    return "sign_off" if state == "in_clearance" else "resign"


def ask_question(
    session: Session,
    actor: Actor,
    report_id: int,
    sign_off_id: int,
    person_id: int,
    question: str,
    *,
    now: datetime,
    key: str | None = None,
    passage: str = "",
) -> int:
    """Ask a named person about a passage; "waiting for" moves to that person until they answer. Never published."""
    if not question.strip():
        raise Invalid({"question": "Enter your question"})
    if len(question) > 4000 or len(passage) > 4000:
        raise Invalid({"question": "Question and passage must be 4,000 characters or fewer each"})
    made = [0]

    def change(context: Context) -> None:
        asked = session.get(Person, person_id)
        allowed = {p.person_id for p in context.parties if p.person_id}
        if asked is None or not asked.is_active or person_id not in allowed:
            raise Invalid({"person_id": "Choose the author, a contributor or the sponsor"})
        row = SignOffQuestion(
            id=fresh_id(),
            report_id=report_id,
            sign_off_id=sign_off_id,
            asked_by_id=context.person_id,
            asked_of_id=person_id,
            passage=passage.strip(),
            question=question.strip(),
            asked_at=now,
        )
        session.add(row)
        made[0] = row.id
        context.notes["asked_of"] = asked.name
        context.tell(
            "question_asked",
            f"A question about {context.case.safe_title}",
            "A signing officer has asked you a question and waits for your answer.",
            "The question was put to you by name.",
            people=(person_id,),
        )

    amend(
        session, actor, report_id, "report.ask_question", "report.question_asked", change,
        now=now, key=key, body=[sign_off_id, person_id, question, passage], part=sign_off_id,
    )  # fmt: skip
    return made[0]


def answer_question(
    session: Session,
    actor: Actor,
    report_id: int,
    question_id: int,
    answer: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Answer a question that was put to oneself."""
    if not answer.strip():
        raise Invalid({"answer": "Enter your answer"})
    if len(answer) > 4000:
        raise Invalid({"answer": "Answer must be 4,000 characters or fewer"})

    def change(context: Context) -> None:
        row = session.get(SignOffQuestion, question_id)
        if row is None or row.report_id != report_id:
            raise NotFound
        if row.asked_of_id not in actor.person_ids:
            raise Forbidden([Refusal("not_yours", "The question was put to somebody else")])
        if row.answered_at is not None:
            raise NotNow([Refusal("answered", "This question was answered already")])
        row.answer, row.answered_at = answer.strip(), now
        context.notes["answered"] = question_id
        context.tell(
            "question_answered",
            f"Your question was answered: {context.case.safe_title}",
            "The answer to your question is there.",
            "You asked the question.",
            people=(row.asked_by_id,),
        )

    amend(
        session, actor, report_id, "report.answer_question", "report.question_answered", change,
        now=now, key=key, body=[question_id, answer],
    )  # fmt: skip


def record_elsewhere(
    session: Session,
    actor: Actor,
    report_id: int,
    sign_off_id: int,
    person_id: int,
    outcome: str,
    comment: str,
    evidence: str,
    given_at: datetime,
    *,
    now: datetime,
    key: str | None = None,
    conditions: str = "",
) -> None:
    """Record a sign-off given by e-mail, telephone or paper: "recorded by A from B". B is told and can dispute it.

    Raises NotNow where the body forbids it, Invalid if the signer may not sign or the evidence is missing.
    """

    def change(context: Context) -> None:
        parts = read_parts(session, report_id)
        row = next((s for s in parts.sign_offs if s.id == sign_off_id), None)
        if row is None:
            raise NotFound
        answer = Elsewhere(person_id, outcome, comment.strip(), conditions.strip(), evidence.strip(), given_at)
        _check_elsewhere(context, parts, row, answer)
        text = covered_text(parts, row)
        row.outcome, row.comment, row.conditions = outcome, answer.comment, answer.conditions
        row.corrections_allowed = False
        row.signed_by_id, row.signed_for_id, row.signed_at = person_id, None, given_at
        row.recorded_by_id, row.recorded_evidence = context.person_id, evidence.strip()
        row.disputed_at, row.dispute = None, ""
        row.signed_post_name = session.get_one(Post, row.post_id).name
        row.content, row.content_sha256 = text, sha256(text)
        row.version += 1
        who = session.get_one(Person, person_id).name
        context.notes |= {"recorded_from": who, "evidence": evidence.strip(), "outcome": outcome}
        context.hashes["covered"] = row.content_sha256
        context.tell(
            "recorded_elsewhere",
            f"A sign-off was recorded in your name: {context.case.safe_title}",
            f"{context.actor.name} has recorded your sign-off. If that is not what you said, dispute it.",
            "It was recorded as your word.",
            people=(person_id,),
        )

    amend(
        session, actor, report_id, "report.sign_elsewhere", "report.sign_off_recorded", change,
        now=now, key=key, body=[sign_off_id, person_id, outcome, comment, conditions, evidence, given_at],
    )  # fmt: skip


@dataclass(frozen=True)
class Elsewhere:
    """An answer that was given by e-mail, telephone or paper: whose word it is, what was said, where, and when."""

    person_id: int
    outcome: str
    comment: str
    conditions: str
    evidence: str
    given_at: datetime


def _check_elsewhere(context: Context, parts: Parts, row: ReportSignOff, said: Elsewhere) -> None:
    session = context.session
    meeting = session.get(Meeting, parts.report.meeting_id) if parts.report.meeting_id else None
    body = session.get(Body, meeting.body_id) if meeting else None
    if body is not None and not body.allows_elsewhere:
        raise NotNow([Refusal("not_elsewhere", f"{body.name} does not accept sign-offs recorded from elsewhere")])
    steps = context.case.workflow.steps
    if context.case.state not in steps["sign_off"].sources + steps["resign"].sources:
        raise NotNow([Refusal("wrong_state", "No sign-off is asked for now")])
    if row.outcome in MET and is_current(parts, row):
        raise NotNow([Refusal("answered", "This sign-off has been given already, and nothing it covers has changed")])
    errors = _elsewhere_errors(context, parts, row, said)
    if errors:
        raise Invalid(errors)


def _elsewhere_errors(context: Context, parts: Parts, row: ReportSignOff, said: Elsewhere) -> dict[str, str]:
    errors = {}
    if said.outcome not in {*MET, "changes_requested"}:
        errors["outcome"] = "Choose an outcome"
    if not said.evidence:
        errors["evidence"] = "Enter where it was said: the e-mail’s date and sender, the note of the call, the paper"
    if said.outcome in ("changes_requested", "not_applicable") and not said.comment:
        errors["comment"] = "Enter a comment that says why"
    if said.outcome == "cleared_with_conditions" and not said.conditions:
        errors["conditions"] = "Enter the conditions: they are printed under the implication"
    longest = {"comment": MAX_WORDS, "conditions": 4000, "evidence": 4000}
    for name, limit in longest.items():
        if len(getattr(said, name)) > limit:
            errors[name] = f"{name.capitalize()} must be {limit:,} characters or fewer"
    if said.given_at > context.now:
        errors["given_at"] = "Date must be today or earlier"
    elif edited_since(context.session, parts, row, said.given_at):
        errors["given_at"] = "What it covers was changed after that date, so the word was given on another text"
    who = _who_errors(context, row, said)
    return errors | ({"person_id": who} if who else {})


def edited_since(session: Session, parts: Parts, row: ReportSignOff, at: datetime) -> bool:
    """Whether anything that the sign-off covers was changed after a moment.

    Sections and recommendations carry the moment of their last edit; for what was taken out, for risks, appendices and
    the classification the record is asked.
    """
    keys = {k for k in row.covers.split(",") if k}
    sections = [s for s in parts.sections if s.speciality == row.speciality or s.key in keys]
    edited = [p.edited_at for p in sections] + [r.edited_at for r in parts.recommendations]
    if any(moment is not None and moment > at for moment in edited):
        return True
    cited = {f"{what}:{letter}" for what in APPENDIX_CHANGES for letter in cited_in(parts, row)}
    changed = _changed_since(session, parts.report.case_id, at)
    listed = ("recommendation:", "risk:") if any(s.key == RISK for s in sections) else ("recommendation:",)
    return any(name in {*CLASSIFYING, *cited} or name.startswith(listed) for name in changed)


def _changed_since(session: Session, report_id: int, at: datetime) -> set[str]:
    """The names of what was changed in the report after a moment, as its events note them."""
    bodies = session.scalars(
        select(Event.body).where(Event.case_id == report_id, Event.at > at, Event.name.in_(WRITING))
    )
    return {name for body in bodies if body for name in json.loads(body).get("changes", {})}


def _who_errors(context: Context, row: ReportSignOff, said: Elsewhere) -> str:
    session, day = context.session, london_day(said.given_at)
    signer = load_actor(session, said.person_id, context.today)
    holder = session.scalars(
        select(PostHolding.id).where(
            PostHolding.post_id == row.post_id,
            PostHolding.person_id == said.person_id,
            PostHolding.from_on <= day,
            or_(PostHolding.to_on.is_(None), PostHolding.to_on >= day),
        )
    ).first()
    if signer is None or signer.me is None or holder is None:
        return "Choose somebody who held the post that is asked on that day"
    if said.person_id == context.actor.person_id:
        return "Sign off yourself in place of recording it"
    if any(holds(signer.me, r, context.parties, context.case.scope) for r in BARRED["report.sign_off"]):
        return f"{signer.me.name} has a part in this report, so cannot sign it off"
    return ""


def dispute(
    session: Session, actor: Actor, report_id: int, sign_off_id: int, why: str, *, now: datetime, key: str | None = None
) -> None:
    """Say that a sign-off recorded in one's name is not what one said: it no longer counts."""
    if not why.strip():
        raise Invalid({"why": "Enter what is wrong"})

    def change(context: Context) -> None:
        row = session.get(ReportSignOff, sign_off_id)
        if row is None or row.report_id != report_id or row.recorded_by_id is None:
            raise NotFound
        if row.signed_by_id not in actor.person_ids:
            raise Forbidden([Refusal("not_yours", "It was not recorded in your name")])
        context.notes |= {"disputed": why.strip(), "was": row.outcome}
        recorder = row.recorded_by_id
        row.outcome = row.signed_by_id = row.signed_for_id = row.signed_at = None
        row.content = row.content_sha256 = None
        row.disputed_at, row.dispute, row.version = now, why.strip(), row.version + 1
        context.tell(
            "sign_off_disputed",
            f"A recorded sign-off is disputed: {context.case.safe_title}",
            f"{context.actor.name} says that the sign-off recorded in their name is not what they said.",
            "You recorded it, or have a part in the report.",
            people=(recorder,),
            roles=("author", "clerk"),
        )

    amend(
        session, actor, report_id, "report.dispute", "report.sign_off_disputed", change,
        now=now, key=key, body=[sign_off_id, why], part=sign_off_id,
    )  # fmt: skip
