"""Why parts of papers are withheld, and the register of what is due for review (LI-02, P-12, P-13).

Which parts those are is in `reports.claimed`. Reviewed by the clerk, a part stays withheld until a new date, or is
opened: then a new edition is put before the public.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor, system_actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow
from commissioning.clock import fresh_id
from commissioning.models.bodies import AgendaItem
from commissioning.models.cases import Case
from commissioning.models.publishing import Exemption, Publication
from commissioning.models.reports import RISK, Appendix, Recommendation, Report, Risk, Section, is_secret_part
from commissioning.public.rules import put_out_for
from commissioning.reminders.foretelling import FORETOLD, Foretold
from commissioning.reports.checks import contributes, secrecy_of
from commissioning.reports.claimed import SecretPart, list_secret_parts
from commissioning.reports.covers import read_parts
from commissioning.reports.marks import without_marks
from commissioning.reports.rules import freeze
from commissioning.visibility import has_part, may_read_secret, visible
from workflows.london import london_day
from workflows.registry import Refusal
from workflows.working_days import in_words

MAX_REASON = 1000
MOST_LISTED = 500
_TABLES: dict[str, Any] = {"section": Section, "recommendation": Recommendation, "appendix": Appendix}


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a part is withheld. `paragraph` of Schedule 12A for what is exempt, none for what is confidential."""

    paragraph: int | None
    reason: str
    review_on: date | None


def record_exemption(
    session: Session,
    actor: Actor,
    report_id: int,
    level: str,
    part_id: int,
    basis: Basis,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """Say why a part is withheld, while the paper is written. Raises Invalid by field, NotFound for an open part."""

    def change(context: Context) -> None:
        contributes(context)
        part = _part(context, level, part_id)
        _check(basis, part.secrecy, london_day(now))
        row = part.exemption
        if row is None:
            row = Exemption(id=fresh_id(), report_id=report_id, level=level, part_id=part_id)
            session.add(row)
        context.changed(f"exemption:{level}:{part_id}", [row.paragraph, row.reason], [basis.paragraph, basis.reason])
        row.paragraph, row.reason, row.review_on = basis.paragraph, basis.reason.strip(), basis.review_on or date.max

    amend(
        session, actor, report_id, "report.edit", "report.exemption_recorded", change,
        now=now, key=key, body=[level, part_id, basis.paragraph, basis.reason, str(basis.review_on)],
    )  # fmt: skip


def review_exemption(
    session: Session,
    actor: Actor,
    report_id: int,
    exemption_id: int,
    review_on: date | None,
    reason: str,
    *,
    now: datetime,
    key: str | None = None,
) -> None:
    """A part stays withheld until a new date of review, or is opened (`review_on` None) as a new edition of the paper.

    Raises Invalid by field, NotFound, NotNow for opening part of a paper that is not published.
    """
    said = reason.strip()

    def change(context: Context) -> None:
        row = session.get(Exemption, exemption_id)
        if row is None or row.report_id != report_id:
            raise NotFound
        part = _part(context, row.level, row.part_id)
        context.reason = "" if part.level == "report" else said
        context.notes["review"] = said
        if review_on is not None:
            _check(Basis(row.paragraph, said, review_on), part.secrecy, london_day(now), says="Enter why it stays so")
            context.changed(f"review_on:{row.level}:{row.part_id}", str(row.review_on), str(review_on))
            row.review_on, row.reason = review_on, said
            return
        if not said:
            raise Invalid({"reason": "Enter why it is opened"})
        if not context.case.where.has("public"):
            raise NotNow([Refusal("not_published", "It is not published yet: its author changes it", "the author")])
        context.changed(f"secrecy:{row.level}:{row.part_id}", part.secrecy, "open")
        _open(context, row)

    amend(
        session, actor, report_id, "report.review_exemption", "report.exemption_reviewed", change,
        now=now, key=key, body=[exemption_id, str(review_on), said],
    )  # fmt: skip


def _part(context: Context, level: str, part_id: int) -> SecretPart:
    parts = list_secret_parts(context.session, context.case, read_parts(context.session, context.case.id))
    found = next((p for p in parts if (p.level, p.part_id) == (level, part_id)), None)
    if found is None:
        raise NotFound
    return found


def _check(basis: Basis, secrecy: str, today: date, says: str = "Enter the reason in the public interest") -> None:
    errors = {}
    if secrecy == "exempt" and basis.paragraph not in range(1, 8):
        errors["paragraph"] = "Choose the paragraph of Schedule 12A, 1 to 7"
    if not basis.reason.strip():
        errors["reason"] = says
    elif len(basis.reason) > MAX_REASON:
        errors["reason"] = f"The reason must be {MAX_REASON:,} characters or fewer"
    if basis.review_on is None:
        errors["review_on"] = "Enter the day on which it is looked at again"
    elif basis.review_on <= today:
        errors["review_on"] = "The day of review must be after today"
    if errors:
        raise Invalid(errors)


def _open(context: Context, row: Exemption) -> None:
    """Open the part, freeze the paper as a new edition, and put it out wherever it was put out."""
    session, case = context.session, context.case
    if row.level == "report":
        report = session.get_one(Report, case.id)
        report.is_exempt = report.is_confidential = False
        case.secrecy = secrecy_of(is_confidential=False, is_exempt=False)
    else:
        part = session.get_one(_TABLES[row.level], row.part_id)
        if part.secrecy == "open":
            part.text = without_marks(part.text)
            if row.level == "section" and part.key == RISK:
                for risk in session.scalars(select(Risk).where(Risk.report_id == case.id, Risk.secrecy != "open")):
                    risk.secrecy, risk.version = "open", risk.version + 1
        part.secrecy, part.version = "open", part.version + 1
    session.delete(row)
    session.flush()
    freeze(context)
    items = select(AgendaItem.case_id, AgendaItem.meeting_id).where(
        AgendaItem.case_id.in_(select(Publication.item_id).where(Publication.report_id == case.id))
    )
    for item in session.execute(items).all():
        put_out_for(context, case, item.case_id, item.meeting_id)


def _holds() -> ColumnElement[bool]:
    """Over `Exemption` joined to the report's `Case`: whether its part is secret still."""
    levels = [and_(Exemption.level == "report", Case.secrecy != "open")]
    for level, table in _TABLES.items():
        part = exists(select(table.id).where(table.id == Exemption.part_id, is_secret_part(table)))
        levels.append(and_(Exemption.level == level, part))
    return or_(*levels)


def _listed() -> ColumnElement[bool]:
    """Over the same: of the whole from the moment it is claimed, of a part once the paper is submitted; both while the
    part is secret still."""
    return and_(or_(Case.exposure != "draft", Exemption.level == "report"), _holds())


def list_exemptions(
    session: Session, actor: Actor, today: date, *, body_id: int | None = None, is_due: bool = False
) -> Sequence[Exemption]:
    """The register: what is withheld of papers, soonest review first, the whole of one also while it is written.

    For clerks of their bodies, the monitoring officer, and the director, each of what they may read.
    """
    officer = actor.is_granted("monitoring_officer") or actor.is_granted("director")
    mine = has_part(actor, "clerk", "other_clerk")
    query = (
        select(Exemption)
        .join(Case, Case.id == Exemption.report_id)
        .where(visible(actor, "report", today), may_read_secret(actor, today), _listed())
        .options(joinedload(Exemption.report_case))
        .order_by(Exemption.review_on, Exemption.id)
    )
    query = query if officer else query.where(mine)
    query = query.where(Case.scope == f"body:{body_id}") if body_id is not None else query
    query = query.where(Exemption.review_on <= today) if is_due else query
    return session.scalars(query.limit(MOST_LISTED)).all()


def remind_of_reviews(session: Session, now: datetime) -> int:
    """Tell the clerks of each withheld part whose day of review has come, once for each day; how many were told of."""
    today = london_day(now)
    due = session.execute(
        select(Exemption.id, Exemption.report_id, Exemption.review_on)
        .join(Case, Case.id == Exemption.report_id)
        .where(Exemption.review_on <= today, _listed())
        .where(or_(Exemption.reminded_on.is_(None), Exemption.reminded_on != Exemption.review_on))
        .order_by(Exemption.review_on, Exemption.id)
        .limit(100)
    ).all()
    for row in due:

        def change(context: Context, row: Any = row) -> None:
            session.get_one(Exemption, row.id).reminded_on = row.review_on
            context.notes["review_on"] = str(row.review_on)
            context.tell(
                "exemption_due",
                f"Review what is withheld: {context.case.safe_title}",
                f"A part of it was to be looked at again on {in_words(row.review_on)}. See the register of exemptions.",
                "You are the clerk of a body on its route.",
                roles=("clerk", "other_clerk"),
            )

        amend(
            session, system_actor("exemptions"), row.report_id, "report.review_exemption", "report.exemption_due",
            change, now=now,
        )  # fmt: skip
    return len(due)


def list_reviews_ahead(session: Session, now: datetime, last: date) -> Iterable[Foretold]:
    """What will be told of withheld parts until a day, for the forecast."""
    today = london_day(now)
    rows = session.execute(
        select(Exemption.report_id, Exemption.review_on)
        .join(Case, Case.id == Exemption.report_id)
        .where(Exemption.review_on <= last, _listed())
        .where(or_(Exemption.reminded_on.is_(None), Exemption.reminded_on != Exemption.review_on))
        .order_by(Exemption.review_on, Exemption.id)
    )
    for row in rows:
        on = max(row.review_on, today)
        yield Foretold(on, "Review what is withheld", "exemption_due+0", row.report_id, ("clerk", "other_clerk"))


FORETOLD.append(list_reviews_ahead)
