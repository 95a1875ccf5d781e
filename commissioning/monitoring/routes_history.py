"""The months behind: on a unit's page as charts with their tables; of the whole council as `/returns/position`."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.models.money import BudgetYear
from commissioning.models.units import Unit
from commissioning.monitoring import charts, queries, tasks
from commissioning.monitoring.charts import Series
from commissioning.monitoring.history import History, get_history
from commissioning.monitoring.opening import month_before
from commissioning.monitoring.position import PER_PAGE, get_position
from commissioning.monitoring.routes import asked_month, words
from commissioning.units.excerpts import excerpt
from commissioning.web import access, requests

blueprint = Blueprint("return_position", __name__)

MILLION, THOUSAND = 100_000_000, 100_000
"""In pence."""


def in_pounds(pence: int) -> str:
    """A mark of the scale: £1.5m, £250k, £0."""
    size, letter = (MILLION, "m") if abs(pence) >= MILLION else (THOUSAND, "k")
    if pence == 0:
        return "£0"
    return f"{'−' if pence < 0 else ''}£{abs(pence) / size:g}{letter}"


def in_people(hundredths: int) -> str:
    """A mark of the scale of headcounts."""
    return f"{hundredths / 100:g}"


def _history(session: Session, actor: Actor, unit: Unit, today: date) -> dict[str, Any] | None:
    found = get_history(session, actor, unit.case_id, today)
    if found is None:
        return None
    months = [m.period_on for m in found.months]
    year = session.get(BudgetYear, found.months[-1].year_id) if found.months[-1].year_id else None
    return {
        "money": found.money,
        "money_chart": _money(found),
        "year": year.label if year else "",
        "outcomes": [(o, *charts.spark([o.values.get(m) for m in months], o.spec.target_thousandths))
                     for o in found.outcomes],
        "people": found.people,
        "people_chart": _people(found),
        "months": months,
        "newest": months[-1],
        "rags": labels.RAGS,
        "tones": tasks.TONES,
        "figure": tasks.figure,
        "in_pounds": in_pounds,
        "in_people": in_people,
    }  # fmt: skip


def _money(found: History) -> charts.Chart:
    rows = found.money
    return charts.draw(
        [m.period_on for m in rows],
        [
            Series("limit", "Cash limit", [m.limit for m in rows]),
            Series("forecast", "Forecast for the year", [m.forecast for m in rows]),
            Series("profile", "Budget to date", [m.profile for m in rows]),
            Series("actual", "Spent to date", [m.actual for m in rows]),
        ],
    )


def _people(found: History) -> charts.Chart:
    rows = found.people
    return charts.draw(
        [m.period_on for m in rows],
        [Series("limit", "Posts", [m.posts for m in rows]), Series("actual", "Filled", [m.filled for m in rows])],
    )


excerpt(28, "returns/_history.html", _history)


@blueprint.get("/returns/position")
@access.signed_in
def position() -> str:
    """Where the units stand that the reader may see, in a month, and what has moved since the month before."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    periods = queries.list_periods(session, actor, today)
    month, page = asked_month(periods[0] if periods else None), requests.page_number()
    rows, totals = get_position(session, actor, month, today, page=page)
    return render_template(
        "returns/position.html",
        units=rows,
        totals=totals,
        month=month,
        before=month_before(month),
        periods=periods,
        page=page,
        pages=-(-totals.units // PER_PAGE),
        wide=True,
        **words(),
    )
