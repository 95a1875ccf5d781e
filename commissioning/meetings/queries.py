"""Reading meetings: their items, open recommendations, outcomes, decisions; lists that are scoped to the actor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from commissioning.actors import Actor
from commissioning.casework.errors import NotFound
from commissioning.casework.registry import house
from commissioning.decisions.outcomes import STAYS_OPEN
from commissioning.models.bodies import AgendaItem, Attendance, Body, CallIn, Decision, Interest, Meeting, Outcome
from commissioning.models.cases import Case
from commissioning.models.people import Person
from commissioning.models.reports import Recommendation, Report, RouteStop
from commissioning.models.sittings import RecordedVote
from commissioning.visibility import reports, visible

PER_PAGE = 50


def means(case: Case, meaning: str) -> bool:
    """Whether the state of a case carries a meaning of its definition."""
    return house.workflows[case.definition].states[case.state].has(meaning)


def list_items(session: Session, meeting_id: int, *, is_open: bool = False) -> Sequence[AgendaItem]:
    """The items of a meeting in order; taken off and rolled on are left out with `is_open`."""
    found = select(AgendaItem).where(AgendaItem.meeting_id == meeting_id).options(joinedload(AgendaItem.case))
    if is_open:
        found = found.join(Case, Case.id == AgendaItem.case_id).where(Case.is_done.is_(False))
    return session.scalars(found.order_by(AgendaItem.position, AgendaItem.case_id)).all()


def find_open_item(session: Session, report_id: int) -> AgendaItem | None:
    """The item under which a report is to be heard, if it is on an agenda."""
    return session.scalars(
        select(AgendaItem)
        .join(Case, Case.id == AgendaItem.case_id)
        .where(AgendaItem.report_id == report_id, Case.is_done.is_(False))
        .order_by(AgendaItem.case_id.desc())
    ).first()


def open_recommendations(
    session: Session, report_ids: Sequence[int], body_id: int | None = None
) -> dict[int, list[Recommendation]]:
    """The recommendations of these reports that still wait for a decision, by report, in order.

    What was deferred, or was referred back after call-in, waits for the body that had it; what was referred, for the
    body that it was referred to. With `body_id`, only what that body is to decide.
    """
    settled = {rec for rec, home in _homes(session, report_ids).items() if home is None or body_id not in (None, home)}
    rows = session.scalars(
        select(Recommendation)
        .where(Recommendation.report_id.in_(report_ids))
        .options(selectinload(Recommendation.options), joinedload(Recommendation.about))
        .order_by(Recommendation.position, Recommendation.id)
    )
    found: dict[int, list[Recommendation]] = {i: [] for i in report_ids}
    for row in rows:
        if row.id not in settled:
            found[row.report_id].append(row)
    return found


def _homes(session: Session, report_ids: Sequence[int]) -> dict[int, int | None]:
    """Of each recommendation that a deciding body had, the body that it waits for now, or None."""
    return {row.recommendation_id: home for row, home in _decided(session, report_ids)}


def settled_as(session: Session, report_ids: Sequence[int]) -> dict[int, str]:
    """The outcome of each recommendation of these reports that waits for no body any more, by id."""
    last = {row.recommendation_id: (row.outcome, home) for row, home in _decided(session, report_ids)}
    return {recommendation: outcome for recommendation, (outcome, home) in last.items() if home is None}


def _decided(session: Session, report_ids: Sequence[int]) -> list[tuple[Any, int | None]]:
    """What deciding bodies made of the recommendations, oldest first, each with the body that it then waits for."""
    rows = session.execute(
        select(Decision.recommendation_id, Decision.outcome, Decision.body_id, Decision.referred_to_id, Case.state)
        .join(Case, Case.id == Decision.case_id)
        .join(
            RouteStop,
            (RouteStop.report_id == Decision.report_id) & (RouteStop.body_id == Decision.body_id),
            isouter=True,
        )
        .where(Decision.report_id.in_(report_ids), func.coalesce(RouteStop.decides, True))
        .order_by(Case.created_at, Decision.number, Decision.case_id)
    ).all()
    again = house.states_meaning("decision", "decided_again")
    waits = [row.outcome == STAYS_OPEN or row.state in again for row in rows]
    return [(row, row.body_id if is_open else row.referred_to_id) for row, is_open in zip(rows, waits, strict=True)]


def list_waiting_for(session: Session, body_id: int) -> list[int]:
    """Decided papers with a recommendation that was referred to a body, or deferred by it, and that no agenda has."""
    had = or_(Decision.referred_to_id == body_id, (Decision.body_id == body_id) & (Decision.outcome == STAYS_OPEN))
    of = aliased(Case)  # the query around it has cases of its own
    listed = select(AgendaItem.report_id).join(of, of.id == AgendaItem.case_id).where(of.is_done.is_(False))
    rows = session.execute(
        select(Decision.recommendation_id, Decision.report_id)
        .join(Case, Case.id == Decision.report_id)
        .where(had, Case.state.in_(house.states_meaning("board-report", "decided")), Decision.report_id.not_in(listed))
    ).all()
    homes = _homes(session, [r.report_id for r in rows]) if rows else {}
    return sorted({r.report_id for r in rows if homes.get(r.recommendation_id) == body_id})


def numbers_of(session: Session, report_ids: Sequence[int]) -> dict[int, int]:
    """The number of each recommendation of these reports within its report, by id."""
    rows = session.execute(
        select(Recommendation.id, Recommendation.report_id)
        .where(Recommendation.report_id.in_(report_ids))
        .order_by(Recommendation.report_id, Recommendation.position, Recommendation.id)
    )
    found: dict[int, int] = {}
    last: dict[int, int] = {}
    for row in rows:
        last[row.report_id] = last.get(row.report_id, 0) + 1
        found[row.id] = last[row.report_id]
    return found


def outcomes_of(session: Session, item_ids: Sequence[int]) -> dict[tuple[int, int], Outcome]:
    """Draft outcomes by (item, recommendation)."""
    rows = session.scalars(select(Outcome).where(Outcome.item_id.in_(item_ids)).order_by(Outcome.id))
    return {(o.item_id, o.recommendation_id): o for o in rows}


def named_votes(session: Session, item_ids: Sequence[int]) -> dict[tuple[int, int], list[RecordedVote]]:
    """Votes by name (P-19), by (item, recommendation), each list by name."""
    rows = session.scalars(
        select(RecordedVote)
        .join(Person, Person.id == RecordedVote.person_id)
        .where(RecordedVote.item_id.in_(item_ids))
        .options(joinedload(RecordedVote.person))
        .order_by(Person.name, RecordedVote.id)
    )
    found: dict[tuple[int, int], list[RecordedVote]] = {}
    for row in rows:
        found.setdefault((row.item_id, row.recommendation_id), []).append(row)
    return found


def list_to_decide_again(session: Session, report_ids: Sequence[int]) -> Sequence[Decision]:
    """Decisions on these reports that were referred back after call-in and that nothing has replaced yet."""
    return session.scalars(
        select(Decision)
        .join(Case, Case.id == Decision.case_id)
        .where(Decision.report_id.in_(report_ids), Case.state.in_(house.states_meaning("decision", "decided_again")))
        .order_by(Decision.case_id)
    ).all()


def is_deciding(session: Session, report_id: int, body_id: int) -> bool:
    """Whether a body decides on a report, or advises another that does (BR-42). One off the route decides."""
    stop = session.scalars(
        select(RouteStop).where(RouteStop.report_id == report_id, RouteStop.body_id == body_id)
    ).first()
    return stop is None or stop.decides


def list_next_meetings(session: Session, body_id: int, after: date, today: date) -> Sequence[Meeting]:
    """Meetings of a body after a day, and not before today, that take items and have not published their agenda."""
    takes = set(house.states_meaning("meeting", "takes_items")) - set(house.states_meaning("meeting", "public"))
    return session.scalars(
        select(Meeting)
        .join(Case, Case.id == Meeting.case_id)
        .where(
            Meeting.body_id == body_id, Meeting.meeting_on > after, Meeting.meeting_on >= today, Case.state.in_(takes)
        )
        .order_by(Meeting.meeting_on, Meeting.case_id)
    ).all()


def list_meetings_taking_items(session: Session, body_ids: Sequence[int], today: date) -> Sequence[Meeting]:
    """Meetings of these bodies from today on that take items, soonest first."""
    return session.scalars(
        select(Meeting)
        .join(Case, Case.id == Meeting.case_id)
        .where(
            Meeting.body_id.in_(body_ids),
            Meeting.meeting_on >= today,
            Case.state.in_(house.states_meaning("meeting", "takes_items")),
        )
        .options(joinedload(Meeting.body))
        .order_by(Meeting.meeting_on, Meeting.case_id)
    ).all()


def list_reports_for(session: Session, meeting_id: int) -> list[int]:
    """Reports that are meant for a meeting and have not been heard yet, whatever state they are in."""
    rows = session.execute(
        select(Report.case_id, Case.definition, Case.state)
        .join(Case, Case.id == Report.case_id)
        .where(Report.meeting_id == meeting_id, Case.is_done.is_(False))
        .order_by(Report.case_id)
    )
    found = []
    for row in rows:
        state = house.workflows[row.definition].states[row.state]
        if state.has("editable") or state.exposure == "shared":
            found.append(row.case_id)
    return found


def _meetings(actor: Actor, today: date) -> Select[Meeting]:
    return (
        select(Meeting)
        .join(Case, Case.id == Meeting.case_id)
        .where(visible(actor, "meeting", today))
        .options(joinedload(Meeting.case), joinedload(Meeting.body))
    )


def get_meeting(session: Session, actor: Actor, meeting_id: int, today: date) -> Meeting:
    """One meeting with its body. Raises NotFound."""
    found = session.scalars(_meetings(actor, today).where(Meeting.case_id == meeting_id)).first()
    if found is None:
        raise NotFound
    return found


def list_meetings(
    session: Session,
    actor: Actor,
    today: date,
    *,
    body_id: int | None = None,
    is_past: bool = False,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> tuple[Sequence[Meeting], int]:
    """Meetings to come, soonest first, or past ones, latest first; and how many there are in all."""
    found = _meetings(actor, today)
    found = found.where(Meeting.meeting_on < today if is_past else Meeting.meeting_on >= today)
    if body_id is not None:
        found = found.where(Meeting.body_id == body_id)
    total = session.execute(select(func.count()).select_from(found.options().subquery())).scalar_one()
    order = Meeting.meeting_on.desc() if is_past else Meeting.meeting_on
    rows = session.scalars(found.order_by(order, Meeting.case_id).limit(per_page).offset((page - 1) * per_page)).all()
    return rows, total


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item as an actor sees it: title and link for whom may know of the report, else the safe title alone."""

    item: AgendaItem
    title: str
    report_id: int | None
    report_state: str
    state_label: str


def list_shown_items(session: Session, actor: Actor, meeting_id: int, today: date) -> list[ShownItem]:
    """The agenda for one reader. Two queries.

    What was taken off is left out. Of a report that the reader may not know of, a published item has its safe title and
    no link, and one that is not published yet is not there at all.
    """
    return shown_of(session, actor, list_items(session, meeting_id), today)


def shown_of(session: Session, actor: Actor, of: Sequence[AgendaItem], today: date) -> list[ShownItem]:
    """These items for one reader, as `list_shown_items` says. One query."""
    items = [i for i in of if not i.case.is_done or i.case.exposure == "published"]
    wanted = [i.report_id for i in items]
    seen_rows = session.execute(
        select(Case.id, Case.title, Case.state, Case.definition).where(
            Case.id.in_(wanted), Case.kind == "report", reports(actor, today) if not actor.system else Case.id > 0
        )
    )
    seen = {r.id: r for r in seen_rows}
    shown = []
    for item in items:
        report = seen.get(item.report_id)
        label = house.workflows[item.case.definition].states[item.case.state].label
        if report is None and item.case.exposure != "published":
            continue
        if report is None:
            shown.append(ShownItem(item, item.case.safe_title, None, "", label))
        else:
            state = house.workflows[report.definition].states[report.state].label
            shown.append(ShownItem(item, report.title, report.id, state, label))
    return shown


def list_attendance(session: Session, meeting_id: int) -> dict[int, Attendance]:
    """Attendance by person."""
    rows = session.scalars(
        select(Attendance)
        .where(Attendance.meeting_id == meeting_id)
        .options(joinedload(Attendance.person))
        .order_by(Attendance.id)
    )
    return {a.person_id: a for a in rows}


def list_interests(session: Session, line_ids: Sequence[int]) -> Sequence[Interest]:
    """Declared interests in these lines of an agenda, in the order in which they were declared."""
    return session.scalars(
        select(Interest)
        .where(Interest.line_id.in_(line_ids))
        .options(joinedload(Interest.person))
        .order_by(Interest.declared_at, Interest.id)
    ).all()


def _decisions(actor: Actor, today: date) -> Select[Decision]:
    return (
        select(Decision)
        .join(Case, Case.id == Decision.case_id)
        .where(visible(actor, "decision", today))
        .options(
            joinedload(Decision.case),
            joinedload(Decision.body),
            joinedload(Decision.meeting),
            joinedload(Decision.call_in),
            joinedload(Decision.referred_to),
        )
    )


def get_decision(session: Session, actor: Actor, decision_id: int, today: date) -> Decision:
    """One decision. Raises NotFound."""
    found = session.scalars(_decisions(actor, today).where(Decision.case_id == decision_id)).first()
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """What is looked for in the register; days are those on which it was decided, both inclusive.

    `state` may be `not_carried_out`; `called_in` any decision that ever was.
    """

    body_id: int | None = None
    state: str = ""
    ask: str = ""
    outcome: str = ""
    from_on: date | None = None
    to_on: date | None = None
    called_in: bool = False
    words: str = ""
    meeting_id: int | None = None
    report_id: int | None = None


def list_decisions(
    session: Session,
    actor: Actor,
    today: date,
    wanted: DecisionFilter = DecisionFilter(),
    *,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> tuple[Sequence[Decision], int]:
    """The register of decisions, newest first, and how many there are in all."""
    found = _matching(_decisions(actor, today), wanted)
    total = session.execute(select(func.count()).select_from(found.options().subquery())).scalar_one()
    rows = session.scalars(
        found.order_by(Decision.decided_on.desc(), Decision.body_id, Decision.number.desc())
        .limit(per_page)
        .offset((page - 1) * per_page)
    ).all()
    return rows, total


def _matching(found: Select[Decision], wanted: DecisionFilter) -> Select[Decision]:
    for name in ("body_id", "meeting_id", "report_id", "ask", "outcome"):
        value = getattr(wanted, name)
        if value not in (None, ""):
            found = found.where(getattr(Decision, name) == value)
    if wanted.state == "not_carried_out":
        found = found.where(Decision.not_carried_out != "")
    elif wanted.state:
        found = found.where(Case.state == wanted.state)
    if wanted.from_on is not None:
        found = found.where(Decision.decided_on >= wanted.from_on)
    if wanted.to_on is not None:
        found = found.where(Decision.decided_on <= wanted.to_on)
    if wanted.called_in:
        found = found.where(exists(select(CallIn.decision_id).where(CallIn.decision_id == Decision.case_id)))
    for word in wanted.words.split()[:10]:
        said = (Decision.text.icontains(word, autoescape=True), Decision.reasons.icontains(word, autoescape=True))
        found = found.where(or_(*said, Case.title.icontains(word, autoescape=True)))
    return found


def name_of_body(session: Session, body_id: int) -> str:
    """The name of a body."""
    return session.get_one(Body, body_id).name
