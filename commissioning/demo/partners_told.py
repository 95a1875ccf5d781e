"""Three partners that the council asks again and again: spend, workforce, progress (NY-22 to NY-30)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import select

from commissioning.demo.builder import Builder
from commissioning.demo.cycles_told import PLAN
from commissioning.demo.units import DIRECTOR, FINANCE_LEADER, TEAM
from commissioning.models.partners import MOST_LEVEL, PartnerRequest, PartnerReturn
from commissioning.models.people import Post, PostHolding
from commissioning.models.plans import Plan, Priority
from commissioning.partner_returns.asking import IndicatorInput, RequestInput, begin_usual, save_indicator, save_request
from commissioning.partner_returns.commands import Answer, answer
from commissioning.partner_returns.figures import Answers, get_answers
from commissioning.partner_returns.opening import days_of, open_due
from commissioning.units.commands import NewUnit, create_unit
from workflows.london import london_instant

ASKS: Final = "commissioner"
PARTNERS: Final = (
    ("health", "Primary Care Trust", "partner", "Director of Commissioning, Primary Care Trust", 30),
    ("police", "Police", "partner", "Partnership Superintendent, Police", 5),
    ("voluntary", "Council for Voluntary Service", "third_sector", "Chief Officer, Council for Voluntary Service", 2),
)
"""Who answers, for which organisation of which kind, in which post; its share of each priority's cost in percent."""
INDICATORS: Final = (
    IndicatorInput("S1", "Staff in post", "Full-time equivalent on the last day, agency staff left out"),
    IndicatorInput("S2", "Vacancies", "Posts that are funded and empty on the last day"),
    IndicatorInput("N1", "First-time entrants to youth justice", "For each 100,000 aged 10 to 17", kind="performance"),
    IndicatorInput("N2", "Breastfed at six weeks", "Percent of infants", kind="performance"),
)
HOLDS: Final = {5: ("N1", 98_400), 30: ("N2", 4_150)}
"""Which figure of performance a partner holds, by its share, in hundredths."""
BEGAN: Final = -295


def tell_partners(b: Builder) -> None:
    """Partners are recorded and asked; what came is validated, one is late and one was sent back."""
    for n, (person, name, kind, post, _) in enumerate(PARTNERS):
        _record(b, n, person, name, kind, post)
    plan = b.session.execute(select(Plan.case_id).where(Plan.name == PLAN)).scalar_one()
    for n, indicator in enumerate(INDICATORS):
        b.do(ASKS, b.at(BEGAN, 10, n), save_indicator, None, indicator)
    b.do(ASKS, b.at(BEGAN, 11), begin_usual, plan)
    requests = b.session.scalars(select(PartnerRequest)).all()
    for request in [r for r in requests if r.kind == "spend"]:
        whole = RequestInput(
            plan, "spend", request.first_on, request.every_months, request.due_working_days, MOST_LEVEL
        )
        b.do(ASKS, b.at(BEGAN, 13), save_request, request.id, whole)
    for day in sorted({day for r in requests for day in days_of(r, b.today)}):
        when = min(london_instant(day, time(6)), b.now - timedelta(hours=2))
        while open_due(b.session, when):
            b.session.expunge_all()
    shares = {name: (person, share) for person, name, _, _, share in PARTNERS}
    found = b.session.scalars(select(PartnerReturn).order_by(PartnerReturn.period_on, PartnerReturn.case_id))
    asked = [(r.case_id, r.unit.name, r.period_on, r.request.kind) for r in found]
    last = max(on for _, _, on, _ in asked)
    for case_id, name, on, _ in asked:
        person, share = shares[name]
        if on == last and person == "police":
            continue  # chased: it is late
        _answer(b, case_id, person, share, london_instant(on, time(10)), is_newest=on == last)


def _record(b: Builder, n: int, person: str, name: str, kind: str, title: str) -> None:
    post = Post(code=f"partner_{person}", name=title)
    b.session.add(post)
    b.session.flush()
    b.posts[post.code] = post.id
    b.session.add(PostHolding(post_id=post.id, person_id=b.people[person], from_on=b.day(BEGAN - 5)))
    b.session.flush()
    new = NewUnit(
        name, kind, b.posts[f"partner_{person}"], b.posts["sl_inclusion"], b.posts[FINANCE_LEADER],
        b.posts[TEAM], b.posts[DIRECTOR], remit="A partner of the Trust.", is_live=True,
        core_group="Core contributor" if kind == "partner" else "",
    )  # fmt: skip
    b.do(ASKS, b.at(BEGAN - 4, 9, n), create_unit, new)


def _answer(b: Builder, case_id: int, person: str, share: int, begun: datetime, *, is_newest: bool) -> None:
    """Three weeks on they answer and send; the core validates and publishes, or asks again. The newest came these days,
    if it was asked long enough ago."""

    def on(days: int, soonest: int) -> datetime:
        usual = begun + timedelta(days=days)
        return max(b.at(days - 24), begun + timedelta(days=soonest)) if is_newest else usual

    asked = get_answers(b.session, b.session.get_one(PartnerReturn, case_id))
    given = _given(asked, share)
    b.session.expunge_all()
    sent, looked_at = on(16, 1), on(21, 2)
    if sent >= b.now:
        return
    b.do(person, sent - timedelta(minutes=5), answer, case_id, given)
    b.step(person, sent, case_id, "send")
    if looked_at >= b.now:
        return
    if is_newest and person == "voluntary":
        b.step(ASKS, looked_at, case_id, "send_back", reason="Say for WT5 what comes next, please.")
        return
    b.step(ASKS, looked_at, case_id, "validate")
    if not is_newest:
        b.step(ASKS, begun + timedelta(days=28), case_id, "publish")


def _given(asked: Answers, share: int) -> Answer:
    if asked.kind == "spend":
        spend = {
            (p.id, year): (p.cost_pence or 3_000_000) * share * _percent(p, year, n) // 10_000
            for p in asked.priorities
            for n, year in enumerate(asked.years)
        }
        spent = {p.id: (p.cost_pence or 3_000_000) * share * 97 // 10_000 for p in asked.priorities}
        units = {p.id: 10 * share + 3 for p in asked.priorities if asked.asks_units(p)}
        why = "More for help that comes early, as the Trust asked; prices are as before."
        told = "People and buildings are included; units are families."
        return Answer(told, why, spend=spend, spent=spent, units=units)
    if asked.kind == "workforce":
        return Answer(figures={i.id: share * (400 if n == 0 else 25) for n, i in enumerate(asked.indicators)})
    ratings = (
        ("green", "What was planned for this time is done."),
        ("green", "Done, and begun on what is planned for next year."),
        ("amber", "One part has slipped; a second team begins in spring."),
    )
    said = {p.id: ratings[(n + share) % len(ratings)] for n, p in enumerate(asked.priorities)}
    figures = {i.id: HOLDS[share][1] for i in asked.indicators if i.code == HOLDS.get(share, ("", 0))[0]}
    told = "Most of what was planned is under way; the next report says what came of it."
    return Answer(told, figures=figures, progress=said)


def _percent(priority: Priority, year: date, n: int) -> int:
    """Two more in a hundred each year. What prevents need or is examined in depth is given more as its year comes near,
    so that something was added to it (NY-30)."""
    grown = 12 if (priority.is_preventative or priority.is_examined) and n == 0 else 0
    return 100 + 2 * (year.year - 2020) + grown
