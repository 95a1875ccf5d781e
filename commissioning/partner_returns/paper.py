"""What a board is told of what partners reported to one asking, and what of it goes into its report (NY-22 to NY-24).

One report for an asking, whichever partner's return it is started from. Only what the author may see, and what counts.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.labels import parts_typed
from commissioning.models.cases import Case
from commissioning.models.partners import PartnerRequest, PartnerReturn
from commissioning.partner_returns.reported import COUNTS, Asking, Reported, get_reported
from commissioning.partner_returns.rules import KIND
from commissioning.partner_returns.words import RATINGS, REPORTED, title_of
from commissioning.reports.passages import Facts
from commissioning.reports.recommending import Wording
from commissioning.reports.sources import Occasion, gathers_from, starts_from
from workflows.london import london_day


def _occasion(session: Session, actor: Actor, case: Case, now: datetime) -> Occasion | None:
    """The asking that a return answers; None before the return counts, and for spend, which is read by year."""
    del actor, now
    row = session.get_one(PartnerReturn, case.id)
    request = session.get_one(PartnerRequest, row.request_id)
    if request.kind not in REPORTED or case.state not in COUNTS:
        return None
    plan = session.get_one(Case, request.plan_id)
    what = title_of(request.kind, row.period_on)
    text = f"That what partners reported on {plan.title} ({what}) be noted"
    said = f"what partners reported: {what[0].lower()}{what[1:]}"
    return Occasion(plan, Asking(request, row.period_on).code, said, f"{plan.title}: {what}", [Wording("note", text)])


def _gather(session: Session, actor: Actor, about: Case, code: str, now: datetime) -> list[Facts]:
    """Who reported and who has not; of each partner its progress, its figures beside those before, its own words."""
    request_id, _, period_on = code.partition("-")
    asking = Asking(session.get_one(PartnerRequest, int(request_id)), date.fromisoformat(period_on))
    found = get_reported(session, actor, asking, london_day(now))
    if not found.partners:
        return []
    lead = f"{title_of(asking.request.kind, asking.period_on)}: {', '.join(found.partners.values())} reported"
    waits = [f"Not validated yet, and so not told here: {', '.join(found.waits_for)}"] if found.waits_for else []
    facts = [Facts("reported.who", "summary", about, lead, waits)]
    cases = session.scalars(select(Case).where(Case.id.in_(found.returns.values())))
    sources = {case.id: case for case in cases}
    for unit_id, name in found.partners.items():
        source = sources[found.returns[unit_id]]
        own = [found.texts[unit_id]] if unit_id in found.texts else []
        for topic, purpose, words, lines in (
            ("reported.progress", "performance", "Progress against the plan", _progress(found, unit_id)),
            ("reported.figures", "performance", "Figures", _figures(found, unit_id)),
            ("reported.words", "background", "In its own words", own),
        ):
            if lines:
                facts.append(Facts(topic, purpose, source, f"{name}: {words[0].lower()}{words[1:]}", lines))
    return facts


def _progress(found: Reported, unit_id: int) -> list[str]:
    rated = [(p, x) for p in found.priorities if (x := found.progress.get((p.id, unit_id))) is not None]
    return [f"{p.code} {p.title}: {RATINGS[x.rating]}{f'. {x.words}' if x.words else ''}" for p, x in rated]


def _figures(found: Reported, unit_id: int) -> list[str]:
    lines = []
    for i in found.indicators:
        now, then = found.figures.get((i.id, unit_id)), found.before.get((i.id, unit_id))
        if now is not None:
            before = "" if then is None else f" (before: {parts_typed(then, 2)})"
            lines.append(f"{i.title}: {parts_typed(now, 2)}{before}")
    return lines


starts_from(KIND, _occasion)
gathers_from("plan", _gather)
