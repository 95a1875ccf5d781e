"""Comments of an advisory body that is outside the service: asked for by who runs the paper, recorded by the clerk.

Nobody there has an account, so what it says is recorded from elsewhere: whose word, when, and the file that it came in.
It goes with the paper from its next edition on, beside what other bodies said (`heard`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.clock import fresh_id
from commissioning.models.bodies import Body
from commissioning.models.outside import ANSWERS, OutsideComment
from commissioning.models.reports import RouteStop
from commissioning.reports.checks import check_secrecy
from commissioning.reports.queries import ReportView
from workflows.registry import Refusal
from workflows.working_days import in_words

LONGEST_NAME, LONGEST_QUESTION, LONGEST_TEXT, MOST_ASKED = 200, 4000, 10_000, 20


@dataclass(frozen=True)
class Said:
    """What came of it: `answer` of ANSWERS, whose word it is and when it was given, and the file that it came in."""

    answer: str
    text: str = ""
    said_by: str = ""
    said_on: date | None = None
    secrecy: str = "open"
    file_name: str = ""
    file_sha256: str | None = None


def list_outside(session: Session, view: ReportView) -> Sequence[OutsideComment]:
    """What was asked outside, for who has a part in the report; without what is secret to them. One query at most."""
    if not view.has_part:
        return []
    mine = [OutsideComment.report_id == view.case.id]
    if not view.may_read_secret:
        mine.append(OutsideComment.secrecy == "open")
    query = select(OutsideComment).where(*mine).options(joinedload(OutsideComment.recorded_by))
    return session.scalars(query.order_by(OutsideComment.asked_on, OutsideComment.id)).all()


def get_outside(session: Session, view: ReportView, comment_id: int) -> OutsideComment:
    """One of them. Raises NotFound."""
    found = next((c for c in list_outside(session, view) if c.id == comment_id), None)
    if found is None:
        raise NotFound
    return found


def ask_outside(
    session: Session,
    actor: Actor,
    report_id: int,
    body: str,
    question: str,
    due_on: date,
    *,
    now: datetime,
    key: str | None = None,
) -> int:
    """Note that a body outside is asked for its comments until a day; its clerk is told. The id of what was asked."""
    name = " ".join(body.split())
    made: list[int] = []

    def change(context: Context) -> None:
        _check_open(context)
        _check_asked(context, name, question, due_on)
        row = OutsideComment(
            id=fresh_id(), report_id=report_id, body=name, question=question.strip(), due_on=due_on,
            asked_by_id=context.actor.person_id, asked_on=context.today, secrecy=context.case.secrecy,
        )  # fmt: skip
        session.add(row)
        made.append(row.id)
        context.notes |= {"outside": name, "due_on": due_on.isoformat()}
        context.tell(
            "asked_outside",
            f"Comments from outside are asked for: {context.case.safe_title}",
            f"Send the paper out, and record what comes back by {in_words(due_on)}. Its page says who is asked.",
            "You are the clerk of the body where it is.",
            roles=("clerk",),
        )

    amend(
        session, actor, report_id, "report.ask_outside", "report.outside_asked", change,
        now=now, key=key, body=[name, question, due_on],
    )  # fmt: skip
    return made[0] if made else _last_asked(session, report_id, name)


def _last_asked(session: Session, report_id: int, name: str) -> int:
    """Of a request that was made twice: what was asked the first time."""
    mine = select(OutsideComment.id).where(OutsideComment.report_id == report_id, OutsideComment.body == name)
    return session.scalars(mine.order_by(OutsideComment.id.desc())).first() or 0


def _check_open(context: Context) -> None:
    if context.case.where.has("decided"):
        raise NotNow([Refusal("is_decided", "It is decided, so comments can change nothing: begin another report")])


def _check_asked(context: Context, name: str, question: str, due_on: date) -> None:
    session, report_id, errors = context.session, context.case.id, dict[str, str]()
    rows = session.scalars(select(OutsideComment).where(OutsideComment.report_id == report_id)).all()
    ours = select(Body.case_id).join(RouteStop, RouteStop.body_id == Body.case_id).where(Body.name == name)
    if not name:
        errors["body"] = "Enter the body that is asked"
    elif len(name) > LONGEST_NAME:
        errors["body"] = f"Body must be {LONGEST_NAME} characters or fewer"
    elif any(r.body.casefold() == name.casefold() and r.answer is None for r in rows):
        errors["body"] = f"{name} is asked already, and has not answered"
    elif session.scalars(ours.where(RouteStop.report_id == report_id)).first() is not None:
        errors["body"] = f"{name} is on the report’s way within this service"
    elif len(rows) >= MOST_ASKED:
        errors["body"] = f"A report is put to {MOST_ASKED} bodies outside at most"
    if len(question) > LONGEST_QUESTION:
        errors["question"] = f"What it is asked must be {LONGEST_QUESTION:,} characters or fewer"
    if due_on < context.today:
        errors["due_on"] = "The day by which it answers must be today or later"
    if errors:
        raise Invalid(errors)


def record_outside(
    session: Session,
    actor: Actor,
    report_id: int,
    comment_id: int,
    said: Said,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Record what a body outside said, as its word; or that it is waited for no longer, with why. Once.

    Raises NotNow where the body to which the report goes takes nothing from elsewhere, Invalid by field.
    """
    check_secrecy(said.secrecy)

    def change(context: Context) -> None:
        row = session.get(OutsideComment, comment_id)
        if row is None or row.report_id != report_id:
            raise NotFound
        if row.answer is not None:
            raise NotNow([Refusal("answered", f"What {row.body} said is recorded already; ask it again for more")])
        _check_said(context, said)
        row.answer, row.text, row.secrecy = said.answer, said.text.strip(), said.secrecy
        row.said_by, row.said_on = said.said_by.strip(), said.said_on
        row.file_name, row.file_sha256 = said.file_name, said.file_sha256
        row.recorded_by_id, row.recorded_at = context.actor.person_id, context.now
        context.notes |= {"outside": row.body, "answer": said.answer, "recorded_from": row.said_by}
        if said.file_sha256:
            context.hashes["file"] = said.file_sha256
        context.tell(
            "said_outside",
            f"What a body outside said is recorded: {context.case.safe_title}",
            "It goes with the paper from its next edition on. Read it on the report’s page.",
            "You write, sponsor or run this paper.",
            roles=("author", "contributor", "sponsor", "clerk"),
        )

    amend(
        session, actor, report_id, "report.record_outside", "report.outside_said", change,
        now=now, key=key, body=[comment_id, *astuple(said)],
    )  # fmt: skip


def _check_said(context: Context, said: Said) -> None:
    errors: dict[str, str] = {}
    if said.answer not in ANSWERS:
        errors["answer"] = "Select what came of it"
    if said.answer in ("commented", "given_up") and not said.text.strip():
        errors["text"] = "Enter what it said" if said.answer == "commented" else "Enter why it is waited for no longer"
    elif len(said.text) > LONGEST_TEXT:
        errors["text"] = f"What it said must be {LONGEST_TEXT:,} characters or fewer"
    if said.answer in ("commented", "no_comment"):
        scope = context.case.scope
        body = context.session.get(Body, int(scope.rpartition(":")[2])) if scope else None
        if body is not None and not body.allows_elsewhere:
            raise NotNow([Refusal("not_elsewhere", f"{body.name} does not accept what is recorded from elsewhere")])
        if not said.said_by.strip():
            errors["said_by"] = "Enter whose word it is"
        elif len(said.said_by) > LONGEST_NAME:
            errors["said_by"] = f"Whose word it is must be {LONGEST_NAME} characters or fewer"
        if said.said_on is None:
            errors["said_on"] = "Enter the day on which it was said"
        elif said.said_on > context.today:
            errors["said_on"] = "The day on which it was said must be today or earlier"
    if context.case.secrecy != "open" and said.secrecy == "open":
        errors["secrecy"] = f"The report is {context.case.secrecy}, and so is what is said of it"
    if errors:
        raise Invalid(errors)
