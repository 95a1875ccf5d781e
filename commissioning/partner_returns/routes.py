"""`/partner-returns`: the grid of partners and askings, one return and its answer, the totals beside the plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import Blueprint, render_template, request, url_for

from commissioning.casework.errors import NotFound
from commissioning.casework.timeline import list_happenings, sent_back
from commissioning.labels import parts_typed
from commissioning.models.cases import Case
from commissioning.models.plans import Plan
from commissioning.partner_returns import commands, queries, words
from commissioning.partner_returns.asking import WRITE
from commissioning.partner_returns.figures import get_answers, list_large_changes, what_is_missing
from commissioning.partner_returns.forms import answer_form, data_of, typed
from commissioning.partner_returns.reported import Asking, Reported, get_reported, list_askings
from commissioning.partner_returns.spending import get_spending
from commissioning.policy import may_globally
from commissioning.reports.from_work import get_paper
from commissioning.web import access, requests
from commissioning.web.saving import Saved, ask, csv_file, save
from commissioning.web.step_forms import begun_at
from commissioning.web.steps import case_view, may_amend

blueprint = Blueprint("partner_returns", __name__)
begun_at("partner_return.send", "Answer", lambda case_id, _part: f"/partner-returns/{case_id}/answer")


def _year(offered: list[int], usual: int) -> date:
    """The financial year that is asked for, by the year of its first of April."""
    given = request.args.get("year", "")
    return date(int(given) if given.isdecimal() and int(given[:5]) in offered else usual, 4, 1)


@blueprint.get("/partner-returns")
@access.signed_in
def partner_returns() -> str:
    """Partners down, askings of a financial year across, a letter in each cell."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    this = words.year_of(today).year
    years = sorted({*queries.list_years(session, actor, today), this}, reverse=True)
    year = _year(years, this)
    return render_template(
        "partner_returns/grid.html",
        grid=queries.get_grid(session, actor, year, today),
        year=year,
        years=years,
        words=words,
        may_write=may_globally(actor, WRITE),
        sees_all=may_globally(actor, "units.read"),
    )


@blueprint.get("/partner-returns/<int:partner_return_id>")
@access.signed_in
def partner_return(partner_return_id: int) -> str:
    """One return: what was asked and answered, what is missing, what differs from the one before."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    row = queries.get_return(session, actor, partner_return_id, today)
    asked = get_answers(session, row)
    view = case_view(session, row.case)
    return render_template(
        "partner_returns/return.html",
        row=row,
        asked=asked,
        view=view,
        sent_back=sent_back(view.events, "sent_back"),
        missing=what_is_missing(asked, row.text),
        changes=list_large_changes(session, row, asked),
        words=words,
        may_answer=may_amend(session, row.case, "partner_return.answer"),
    )


@blueprint.route("/partner-returns/<int:partner_return_id>/answer", methods=["GET", "POST"])
@access.signed_in
def answer(partner_return_id: int) -> Any:
    """Answer it, whole or in part."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    row = queries.get_return(session, actor, partner_return_id, today)
    if not may_amend(session, row.case, "partner_return.answer"):
        raise NotFound
    asked = get_answers(session, row)
    form = answer_form(asked, data_of(asked, row.text, row.change_words, row.version))

    def send() -> Saved:
        return save(form, commands.answer, partner_return_id, typed(form, asked), seen=form.version.data)

    back = url_for(".partner_return", partner_return_id=partner_return_id)
    shown = {"row": row, "asked": asked, "back": back}
    shown["sent_back"] = sent_back(list_happenings(session, actor, row.case_id, row.case.kind, today), "sent_back")
    return ask(
        form,
        send,
        "Saved. Send it when nothing is missing.",
        lambda _value: back,
        lambda _done: render_template("partner_returns/answer.html", form=form, **shown),
    )


@blueprint.get("/partner-returns/totals")
@access.allowed("units.read")
def totals() -> str:
    """Planned spend by priority and partner, beside what the plan says that each priority costs."""
    return render_template("partner_returns/totals.html", words=words, **_totals())


@blueprint.get("/partner-returns/totals.csv")
@access.allowed("units.read")
def totals_csv() -> Any:
    """The same as a file."""
    found = _totals()
    header = ("Code", "Priority", *found["partners"].values(), "Together", "The plan’s cost", "Missing")
    lines = [
        (
            *(r.priority.code, r.priority.title, *(_typed(r.by_partner.get(u)) for u in found["partners"])),
            *(_typed(r.total), _typed(r.priority.cost_pence), _typed(r.gap)),
        )
        for r in found["rows"]
    ]
    return csv_file(f"planned-spend-{found['year'].year}", header, lines)


@blueprint.get("/partner-returns/spending")
@access.allowed("units.read")
def spending() -> str:
    """Spend over the years: the share that prevents need, what was added to each priority and used, unit costs."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    plans, plan = _plans()
    found = get_spending(session, actor, plan.case_id if plan else 0, today)
    this, years = words.year_of(today).year, [y.year for y in found.years]
    year = _year(years, next((y for y in years if y >= this), years[-1] if years else this))
    return render_template("partner_returns/spending.html", words=words, plans=plans, plan=plan, found=found, year=year)


@blueprint.get("/partner-returns/spending.csv")
@access.allowed("units.read")
def spending_csv() -> Any:
    """The same as a file: a line for each priority and year."""
    _, plan = _plans()
    found = get_spending(requests.reading(), requests.actor(), plan.case_id if plan else 0, requests.today())
    header = ("Code", "Priority", "Prevents need", "Year", "Planned first", "Planned", "Spent", "Planned, not spent")
    lines = [
        (
            *(p.code, p.title, "yes" if p.is_preventative else "no", words.year_words(year)),
            *(_typed(n) for n in (sums.first, sums.planned, sums.spent, sums.unused)),
        )
        for p in found.priorities
        for year in found.years
        if (sums := found.sums.get((p.id, year))) is not None
    ]
    return csv_file("spending-over-the-years", header, lines)


@blueprint.get("/partner-returns/reported")
@access.allowed("units.read")
def reported() -> str:
    """What partners reported to one asking, beside each other: progress, staffing, performance."""
    askings, asking, found = _reported()
    session, source, paper = requests.reading(), None, None
    if found.returns:
        source = session.get_one(Case, next(iter(found.returns.values())))
        paper = get_paper(session, requests.actor(), source, requests.now())
    return render_template(
        "partner_returns/reported.html",
        words=words,
        askings=askings,
        asking=asking,
        found=found,
        view={"case": source},
        paper=paper,
    )


@blueprint.get("/partner-returns/reported.csv")
@access.allowed("units.read")
def reported_csv() -> Any:
    """The same as a file: a line for each partner and priority, and for each partner and indicator."""
    _, asking, found = _reported()
    header = ("Partner", "Code", "Priority or indicator", "How it goes, or figure", "Before", "Words")
    lines: list[tuple[str, ...]] = []
    for unit_id, name in found.partners.items():
        rated = [(p, x) for p in found.priorities if (x := found.progress.get((p.id, unit_id))) is not None]
        lines += [(name, p.code, p.title, words.RATINGS[x.rating], "", x.words) for p, x in rated]
        counted = [(i, (i.id, unit_id)) for i in found.indicators if (i.id, unit_id) in found.figures]
        both = (found.figures, found.before)
        lines += [(name, i.code, i.title, *(_figure(said.get(key)) for said in both), "") for i, key in counted]
    return csv_file(f"reported-{asking.period_on}" if asking else "reported", header, lines)


def _reported() -> tuple[list[Asking], Asking | None, Reported]:
    """The askings offered, the one that is looked at, and what was reported to it."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    askings = list_askings(session, actor, today)
    given = request.args.get("asking", "")
    asking = next((a for a in askings if a.code == given), askings[0] if askings else None)
    return askings, asking, get_reported(session, actor, asking, today) if asking else Reported()


def _figure(hundredths: int | None) -> str:
    return "" if hundredths is None else parts_typed(hundredths, 2).replace(",", "")


def _plans() -> tuple[Sequence[Plan], Plan | None]:
    """The plans of which spend is asked for, and the one that is looked at."""
    plans = queries.list_plans_asked(requests.reading())
    given = request.args.get("plan", "")
    return plans, next((p for p in plans if str(p.case_id) == given), plans[0] if plans else None)


def _totals() -> dict[str, Any]:
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    plans, plan = _plans()
    this = words.year_of(today).year
    offered = [this + n for n in range(words.YEARS + 1)]
    year = _year(offered, this + 1)
    rows, partners = queries.list_totals(session, actor, plan.case_id, year, today) if plan else ([], {})
    return {"plans": plans, "plan": plan, "year": year, "years": offered, "rows": rows, "partners": partners}


def _typed(pence: int | None) -> str:
    return "" if pence is None else f"{'-' if pence < 0 else ''}{abs(pence) // 100}.{abs(pence) % 100:02d}"
