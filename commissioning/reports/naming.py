"""Who has a part in a report: sponsor, contributors, and the teams that are asked to sign it off."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.clock import fresh_id
from commissioning.models.cases import CaseRole
from commissioning.models.people import Person, Post, PostHolding
from commissioning.models.reports import Report, ReportSignOff, Section, SignOffQuestion
from commissioning.reports.checks import WRITERS, add_role, has_written


def name_sponsor(
    session: Session, actor: Actor, report_id: int, person_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Name the report's sponsor, in place of an earlier one. Raises Invalid if it is the author or a contributor,
    or somebody of a team that is asked to sign: nobody approves what they sign."""

    def change(context: Context) -> None:
        person = _person(session, person_id, "sponsor_id")
        if any(p.person_id == person_id and p.role in WRITERS for p in context.parties):
            text = f"{person.name} writes this report or has written in it, so somebody else must sponsor it"
            raise Invalid({"sponsor_id": text})
        _refuse_signers(session, report_id, person, "sponsor_id")
        asked = {p.post_id for p in context.parties if p.role == "asked" and p.post_id}
        held = _posts_of(context, person_id) & asked
        if held:
            post = session.get_one(Post, min(held))
            text = f"{person.name} holds {post.name}, which is asked to sign it off, so somebody else must sponsor it"
            raise Invalid({"sponsor_id": text})
        old = next((p.person_id for p in context.parties if p.role == "sponsor"), None)
        if old == person_id:
            return
        session.execute(delete(CaseRole).where(CaseRole.case_id == report_id, CaseRole.role == "sponsor"))
        context.parties[:] = [p for p in context.parties if p.role != "sponsor"]
        add_role(context, "sponsor", person_id=person_id)
        context.changed("sponsor", old, person_id)

    amend(
        session, actor, report_id, "report.name_people", "report.sponsor_named", change,
        now=now, key=key, body=person_id,
    )  # fmt: skip


def name_contributor(
    session: Session, actor: Actor, report_id: int, person_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Let somebody else write in the report. Who has signed it, or sponsors it, cannot."""

    def change(context: Context) -> None:
        person = _person(session, person_id, "person_id")
        if any(p.person_id == person_id and p.role in ("author", "contributor") for p in context.parties):
            raise Invalid({"person_id": f"{person.name} writes in this report already"})
        if any(p.person_id == person_id and p.role == "sponsor" for p in context.parties):
            raise Invalid({"person_id": f"{person.name} sponsors this report, so cannot write in it"})
        _refuse_signers(session, report_id, person, "person_id")
        _drop(context, "past_writer", person_id)
        add_role(context, "contributor", person_id=person_id)
        context.changed("contributor", None, person_id)

    amend(
        session, actor, report_id, "report.name_people", "report.contributor_named", change,
        now=now, key=key, body=person_id,
    )  # fmt: skip


def remove_contributor(
    session: Session,
    actor: Actor,
    report_id: int,
    person_id: int,
    reason: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Let a contributor write no more, with a reason. Who has written stays barred from signing and sponsoring it.

    Raises NotFound if the person is no contributor; Invalid without a reason, or while a question waits for them.
    """
    if not reason.strip():
        raise Invalid({"reason": "Enter a reason: it goes into the record"})
    if len(reason) > 1000:
        raise Invalid({"reason": "Reason must be 1,000 characters or fewer"})

    def change(context: Context) -> None:
        if not any(p.person_id == person_id and p.role == "contributor" for p in context.parties):
            raise NotFound
        person = session.get_one(Person, person_id)
        open_question = select(SignOffQuestion.id).where(
            SignOffQuestion.report_id == report_id,
            SignOffQuestion.asked_of_id == person_id,
            SignOffQuestion.answered_at.is_(None),
        )
        if session.scalars(open_question).first():
            raise Invalid({"reason": f"A signer waits for an answer of {person.name}: it comes first"})
        _drop(context, "contributor", person_id)
        if has_written(session, report_id, person_id):
            add_role(context, "past_writer", person_id=person_id)
            context.notes["stays_barred"] = person.name
        context.changed("contributor", person.name, None)
        context.reason = reason.strip()
        context.tell(
            "contributor_removed",
            f"You no longer write in {context.case.safe_title}",
            f"{context.actor.name} has removed you from those who write in this report: {reason.strip()}",
            "You were a contributor of it.",
            people=(person_id,),
        )

    amend(
        session, actor, report_id, "report.name_people", "report.contributor_removed", change,
        now=now, key=key, body=[person_id, reason.strip()],
    )  # fmt: skip


def _drop(context: Context, role: str, person_id: int) -> None:
    """Take a role in the case from a person, if they hold it."""
    held = (CaseRole.case_id == context.case.id, CaseRole.role == role, CaseRole.person_id == person_id)
    context.session.execute(delete(CaseRole).where(*held))
    context.parties[:] = [p for p in context.parties if not (p.role == role and p.person_id == person_id)]


def name_signer(
    session: Session,
    actor: Actor,
    report_id: int,
    post_id: int,
    *,
    now: datetime,
    key: str | None = None,
    covers: Sequence[str] = (),
) -> None:
    """Ask a team or post for a sign-off. `covers` are keys of sections that it covers besides its own implication.

    While sign-offs are out already, it is asked at once, by the day that holds for the others.
    """

    def change(context: Context) -> None:
        post = session.get(Post, post_id)
        if post is None or not post.speciality:
            raise Invalid({"post_id": "Choose a team that signs off"})
        rows = session.scalars(select(ReportSignOff).where(ReportSignOff.report_id == report_id)).all()
        if any(r.post_id == post_id for r in rows):
            raise Invalid({"post_id": f"{post.name} is asked already"})
        _check_covers(session, report_id, covers)
        sponsor = next((p.person_id for p in context.parties if p.role == "sponsor" and p.person_id), None)
        if sponsor and post_id in _posts_of(context, sponsor):
            name = session.get_one(Person, sponsor).name
            raise Invalid({"post_id": f"{name} sponsors this report and holds {post.name}, so it cannot sign it off"})
        row = ReportSignOff(
            id=fresh_id(),
            report_id=report_id,
            post_id=post_id,
            speciality=post.speciality,
            position=max((r.position for r in rows), default=0) + 1,
            covers=",".join(covers),
        )
        session.add(row)
        session.flush()
        add_role(context, "asked", post_id=post_id, part=row.id)
        context.changed("signer", None, post.name)
        if context.case.state in context.case.workflow.steps["sign_off"].sources:
            _ask_now(context, row)

    amend(
        session, actor, report_id, "report.name_people", "report.signer_named", change,
        now=now, key=key, body=[post_id, list(covers)],
    )  # fmt: skip


def _ask_now(context: Context, row: ReportSignOff) -> None:
    row.asked_at, row.due_on = context.now, context.session.get_one(Report, context.case.id).sign_off_on
    context.tell(
        "sign_off_asked",
        f"Sign-off asked: {context.case.safe_title}",
        "A report is waiting for your team’s sign-off.",
        "Your team is asked to sign this report off.",
        roles=("asked",),
        parts=(row.id,),
    )


def remove_signer(
    session: Session, actor: Actor, report_id: int, sign_off_id: int, *, now: datetime, key: str | None = None
) -> None:
    """No longer ask a team that has said nothing. An answer that was given stays, and so does a question."""

    def change(context: Context) -> None:
        row = session.get(ReportSignOff, sign_off_id)
        if row is None or row.report_id != report_id:
            raise NotFound
        if row.outcome is not None or row.disputed_at is not None:
            raise Invalid({"": "This team has answered; what was signed stays on record"})
        if session.scalars(select(SignOffQuestion.id).where(SignOffQuestion.sign_off_id == row.id)).first():
            raise Invalid({"": "This team has asked a question, which stays on record; it must answer"})
        session.execute(delete(CaseRole).where(CaseRole.case_id == report_id, CaseRole.part == sign_off_id))
        context.parties[:] = [p for p in context.parties if p.part != sign_off_id]
        context.changed("signer", session.get_one(Post, row.post_id).name, None)
        session.delete(row)

    amend(
        session, actor, report_id, "report.name_people", "report.signer_removed", change,
        now=now, key=key, body=sign_off_id,
    )  # fmt: skip


def _check_covers(session: Session, report_id: int, covers: Sequence[str]) -> None:
    known = set(session.scalars(select(Section.key).where(Section.report_id == report_id)))
    if not set(covers) <= known:
        raise Invalid({"covers": "Choose sections of this report"})


def _posts_of(context: Context, person_id: int) -> set[int]:
    rows = context.session.scalars(
        select(PostHolding.post_id).where(
            PostHolding.person_id == person_id,
            PostHolding.from_on <= context.today,
            or_(PostHolding.to_on.is_(None), PostHolding.to_on >= context.today),
        )
    )
    return set(rows)


def _refuse_signers(session: Session, report_id: int, person: Person, name: str) -> None:
    signed = session.scalars(
        select(ReportSignOff.id).where(
            ReportSignOff.report_id == report_id,
            (ReportSignOff.signed_by_id == person.id) | (ReportSignOff.signed_for_id == person.id),
        )
    ).first()
    if signed:
        raise Invalid({name: f"{person.name} has signed this report off already"})


def _person(session: Session, person_id: int, name: str) -> Person:
    person = session.get(Person, person_id)
    if person is None or not person.is_active:
        raise Invalid({name: "Choose somebody who can sign in"})
    return person
