"""Taking a document from the public at once, and restoring it (product.md, "Publishing safely").

From the next request on, pages, files, feeds and JSON say "withdrawn" in its place; inside everything stays as it is,
with the reason. Whatever else hands documents to the public asks `withdrawn_parts`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.casework.registry import house
from commissioning.clock import fresh_id
from commissioning.models.bodies import Decision, Meeting
from commissioning.models.cases import Case
from commissioning.models.publishing import Publication, Withdrawal
from commissioning.visibility.public import decision_is_public, meeting_is_public, publication_is_public
from workflows.registry import Refusal

MAX_REASON = 1000


@dataclass(frozen=True, slots=True)
class Document:
    """Something of a case that is before the public. `item_id`: where a report and its appendices are read."""

    document: str
    part: str
    name: str
    item_id: int | None = None


def withdrawn_parts(session: Session, case_ids: Sequence[int]) -> set[tuple[int, str, str]]:
    """What of these cases is withdrawn from the public now, as (case, document, part): of a report `("report", "")` or
    `("appendix", letter)`, of a meeting `("minutes", "")`, of a decision `("decision", "")`. One query."""
    rows = session.execute(
        select(Withdrawal.case_id, Withdrawal.document, Withdrawal.part).where(
            Withdrawal.case_id.in_(case_ids), Withdrawal.restored_at.is_(None)
        )
    )
    return {(r.case_id, r.document, r.part) for r in rows}


def list_documents(session: Session, case: Case, today: date) -> list[Document]:
    """What of a case is before the public, withdrawn or not; nothing of what was never published."""
    if case.kind == "report":
        return _of_report(session, case)
    if case.kind == "meeting":
        query = select(Meeting.minutes).where(Meeting.case_id == case.id, meeting_is_public(Meeting.case_id))
        is_out = house.workflows[case.definition].states[case.state].has("minutes_public")
        return [Document("minutes", "", "The minutes")] if is_out and session.scalars(query).first() else []
    if case.kind == "decision":
        its = select(Decision.case_id).join(Case, Case.id == Decision.case_id)
        found = session.scalars(its.where(Decision.case_id == case.id, decision_is_public(today))).first()
        return [Document("decision", "", "The text of the decision")] if found else []
    return []


def _of_report(session: Session, case: Case) -> list[Document]:
    rows = session.execute(
        select(Publication.item_id, Publication.content)
        .where(Publication.report_id == case.id, Publication.is_whole, publication_is_public())
        .order_by(Publication.published_at.desc(), Publication.id.desc())
    ).all()
    found: dict[tuple[str, str], Document] = {}
    for row in rows:
        found.setdefault(("report", ""), Document("report", "", "The whole report", row.item_id))
        for a in json.loads(row.content)["appendices"]:
            if "withheld" not in a:
                name = f"Appendix {a['letter']}: {a['title']}"
                found.setdefault(("appendix", a["letter"]), Document("appendix", a["letter"], name, row.item_id))
    return list(found.values())


def list_withdrawals(session: Session, case_id: int) -> Sequence[Withdrawal]:
    """Every withdrawal of a case's documents, newest first, with its reason: for those inside who may see the case."""
    return session.scalars(
        select(Withdrawal)
        .where(Withdrawal.case_id == case_id)
        .options(joinedload(Withdrawal.withdrawn_by), joinedload(Withdrawal.restored_by))
        .order_by(Withdrawal.withdrawn_at.desc(), Withdrawal.id.desc())
    ).all()


def withdraw_document(
    session: Session,
    actor: Actor,
    case_id: int,
    document: str,
    part: str,
    reason: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Take a document from the public. Raises NotFound for what is not before it, NotNow if it is withdrawn already,
    Invalid without a reason."""
    said = _checked(reason, "why it is withdrawn")

    def change(context: Context) -> None:
        if _open(context, document, part) is not None:
            raise NotNow([Refusal("withdrawn", "It is withdrawn already")])
        session.add(
            Withdrawal(
                id=fresh_id(),
                case_id=case_id,
                document=document,
                part=part,
                reason=said,
                withdrawn_at=now,
                withdrawn_by_id=context.person_id,
            )
        )
        context.changed(_name(document, part), "public", "withdrawn")
        _say(context, "Withdrawn from the public", said)

    amend(
        session, actor, case_id, "document.withdraw", "document.withdrawn", change,
        now=now, key=key, body=[document, part, said],
    )  # fmt: skip


def restore_document(
    session: Session,
    actor: Actor,
    case_id: int,
    document: str,
    part: str,
    reason: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Put a withdrawn document before the public again. Raises as `withdraw_document`."""
    said = _checked(reason, "why it is restored")

    def change(context: Context) -> None:
        row = _open(context, document, part)
        if row is None:
            raise NotNow([Refusal("public", "It is not withdrawn")])
        row.restored_at, row.restored_by_id, row.restored_reason = now, context.person_id, said
        context.changed(_name(document, part), "withdrawn", "public")
        _say(context, "Restored to the public", said)

    amend(
        session, actor, case_id, "document.withdraw", "document.restored", change,
        now=now, key=key, body=[document, part, said],
    )  # fmt: skip


def _checked(reason: str, what: str) -> str:
    said = reason.strip()
    if not said:
        raise Invalid({"reason": f"Enter {what}"})
    if len(said) > MAX_REASON:
        raise Invalid({"reason": f"The reason must be {MAX_REASON:,} characters or fewer"})
    return said


def _open(context: Context, document: str, part: str) -> Withdrawal | None:
    """The withdrawal that holds, of a document that is there. Raises NotFound."""
    case = context.session.get_one(Case, context.case.id)
    if not any((d.document, d.part) == (document, part) for d in list_documents(context.session, case, context.today)):
        raise NotFound
    return context.session.scalars(
        select(Withdrawal).where(
            Withdrawal.case_id == case.id,
            Withdrawal.document == document,
            Withdrawal.part == part,
            Withdrawal.restored_at.is_(None),
        )
    ).first()


def _name(document: str, part: str) -> str:
    return f"{document} {part}".strip()


def _say(context: Context, what: str, reason: str) -> None:
    context.reason = reason
    context.tell(
        "document_withdrawn",
        f"{what}: {context.case.safe_title}",
        "The reason is on its page.",
        "You have a part in it.",
        roles=("author", "sponsor", "clerk", "chair"),
    )
