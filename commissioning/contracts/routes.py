"""`/contracts`: the register with its exceptions, one contract with its dates counted back, recording and changing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.boards.queries import list_people
from commissioning.casework.errors import NotFound
from commissioning.contracts import commands, queries, words
from commissioning.contracts.dates import words_for_skipped
from commissioning.contracts.forms import ContractForm
from commissioning.contracts.standing import Counter
from commissioning.models.contracts import Contract
from commissioning.policy import may_globally
from commissioning.units.queries import list_posts, list_units
from commissioning.web import access, requests
from commissioning.web.formbase import choice
from commissioning.web.saving import Saved, ask, csv_file, save
from commissioning.web.steps import case_url, case_view, may_amend

blueprint = Blueprint("contracts", __name__)
BOTH = ["GET", "POST"]
MOST_EXPORTED = 10_000
MOST_PROVIDERS = 1000
_SHOWN = (
    *("number", "provider_unit_id", "provider_name", "cycle_id", "starts_on", "ends_on", "value_pence"),
    *("yearly_pence", "extensions_left", "extension_months", "notice", "notice_in", "decide_on", "version"),
)


def _filters() -> queries.Filters:
    given = request.args
    show = given.get("show", "open")
    return queries.Filters(
        show=show if show in words.SHOWN else "open",
        whose=given.get("whose", "") if given.get("whose") in words.WHOSE else "",
        words=given.get("q", "")[:200],
    )


@blueprint.get("/contracts")
@access.signed_in
def register() -> str:
    """The register, as far as the reader may see it, by the day on which contracts end."""
    session, actor, now = requests.reading(), requests.actor(), requests.now()
    filters, page = _filters(), requests.page_number()
    rows, total = queries.list_contracts(session, actor, now, filters, page=page)
    return render_template(
        "contracts/register.html",
        rows=rows,
        total=total,
        page=page,
        pages=requests.pages_of(total, queries.PER_PAGE),
        filters=filters,
        words=words,
        exceptions=queries.count_exceptions(session, actor, now),
        months=Counter(session, now).exception_months,
        may_write=may_globally(actor, "contracts.write"),
    )


@blueprint.get("/contracts.csv")
@access.signed_in
def contracts_csv() -> Any:
    """The same as a file."""
    session, actor = requests.reading(), requests.actor()
    rows, _ = queries.list_contracts(session, actor, requests.now(), _filters(), per_page=MOST_EXPORTED)
    header = (
        *("Reference", "Title", "Provider", "Starts", "Ends", "Value of the whole term", "Value a year"),
        *("Extensions left", "Months of each extension", "Notice", "Notice in", "Last date to decide", "Manager"),
        *("Cycle", "Decided", "Light", "Next date", "Next", "Without a cycle"),
    )
    return csv_file("contracts", header, [_line(r) for r in rows])


def _line(row: queries.Row) -> tuple[Any, ...]:
    c, standing = row.contract, row.standing
    following = standing.plan.following
    return (
        *(c.number, row.case.title, c.provider, c.starts_on, c.ends_on, _amount(c.value_pence)),
        *(_amount(c.yearly_pence), c.extensions_left, c.extension_months, c.notice, words.NOTICE_IN[c.notice_in]),
        *(standing.decide_on or "", row.manager, row.cycle.reference if row.cycle else "", row.state),
        words.LIGHTS[standing.light][0],
        *((following.on, words.STEPS[following.code]) if following else ("", "")),
        "yes" if standing.is_exception else "",
    )


def _amount(pence: int | None) -> str:
    return "" if pence is None else f"{pence / 100:.2f}"


@blueprint.get("/contracts/<int:contract_id>")
@access.signed_in
def contract(contract_id: int) -> str:
    """One contract: by when each thing must be done, the routes that remain, what it says, what happened."""
    session, actor, now = requests.reading(), requests.actor(), requests.now()
    row = queries.get_contract(session, actor, contract_id, now)
    counter = Counter(session, now, row.followed)
    return render_template(
        "contracts/contract.html",
        row=row,
        contract=row.contract,
        standing=row.standing,
        plan=row.standing.plan,
        view=case_view(session, row.case),
        routes=counter.routes(row.contract, row.followed) if row.standing.light == "red" else [],
        lengths=counter.lengths,
        board=row.followed.cycle.board if row.followed is not None and row.cycle is not None else None,
        words=words,
        skipped=words_for_skipped,
        link=case_url,
        now=now,
        may_edit=may_amend(session, row.case, "contract.edit"),
    )


@blueprint.route("/contracts/new", methods=BOTH)
@access.allowed("contracts.write")
def new() -> Any:
    """Record a contract."""
    cycle_id = request.args.get("cycle", "")
    form = ContractForm(data={"notice_in": "months", "reached": "nothing", "cycle_id": cycle_id})
    _offer(requests.reading(), form, None)
    return ask(
        form,
        lambda: _save(form, None),
        "The contract is recorded.",
        lambda made: url_for("contracts.contract", contract_id=made),
        lambda _done: render_template("contracts/form.html", form=form, row=None),
    )


@blueprint.route("/contracts/<int:contract_id>/edit", methods=BOTH)
@access.signed_in
def edit(contract_id: int) -> Any:
    """Change a contract."""
    session = requests.reading()
    row = queries.get_contract(session, requests.actor(), contract_id, requests.now())
    if not may_amend(session, row.case, "contract.edit"):
        raise NotFound
    found = row.contract
    held = commands.managers_of(session, [contract_id]).get(contract_id, (None, None))
    manager = f"person:{held[0]}" if held[0] is not None else f"post:{held[1]}"
    now = {name: getattr(found, name) for name in _SHOWN}
    form = ContractForm(
        data=now | {"title": row.case.title, "manager_id": manager, "reached": found.reached or "nothing"}
    )
    _offer(session, form, row)
    return ask(
        form,
        lambda: _save(form, found),
        "The contract is changed.",
        lambda _value: url_for("contracts.contract", contract_id=contract_id),
        lambda _done: render_template("contracts/form.html", form=form, row=row),
    )


def _save(form: ContractForm, row: Contract | None) -> Saved:
    """What was typed; who may not see the cycle of a contract leaves it as it is."""
    typed = _typed(form, row.cycle_id if row is not None else None)
    if row is None:
        return save(form, commands.create_contract, typed)
    return save(form, commands.edit_contract, row.case_id, typed, seen=form.version.data)


def _offer(session: Session, form: ContractForm, row: queries.Row | None) -> None:
    """What can be chosen."""
    actor, today = requests.actor(), requests.today()
    units, _ = list_units(session, actor, today, state="open", per_page=MOST_PROVIDERS)
    form.provider_unit_id.choices = [choice(str(u.case_id), f"{u.name} ({labels.UNIT_KINDS[u.kind]})") for u in units]
    mine = row.contract.provider_unit if row is not None else None
    if mine is not None and mine.case_id not in {u.case_id for u in units}:
        form.provider_unit_id.choices.append(choice(str(mine.case_id), mine.name))  # it has ended, and stays named
    people = [choice(f"person:{p.id}", p.name) for p in list_people(session)]
    form.manager_id.choices = [*people, *(choice(f"post:{p.id}", f"{p.name} (post)") for p in list_posts(session))]
    if row is not None and row.contract.cycle_id is not None and row.cycle is None:
        del form.cycle_id
        return
    offered = list(queries.list_open_cycles(session, actor, today))
    if row is not None and row.cycle is not None and row.cycle.is_done:
        offered.append(row.cycle)
    form.cycle_id.choices = [choice(str(c.id), f"{c.title} ({c.reference})") for c in offered]


def _typed(form: ContractForm, cycle_id: int | None) -> commands.ContractInput:
    kind, _, held = (form.manager_id.data or "").partition(":")
    if "cycle_id" in form:
        cycle_id = int(form.cycle_id.data) if form.cycle_id.data else None
    return commands.ContractInput(
        number=form.number.data,
        title=form.title.data,
        starts_on=form.starts_on.data,
        ends_on=form.ends_on.data,
        provider_unit_id=int(form.provider_unit_id.data) if form.provider_unit_id.data else None,
        provider_name=form.provider_name.data or "",
        manager_id=int(held) if kind == "person" else None,
        manager_post_id=int(held) if kind == "post" else None,
        cycle_id=cycle_id,
        value_pence=form.value_pence.data,
        yearly_pence=form.yearly_pence.data,
        extensions_left=form.extensions_left.data or 0,
        extension_months=form.extension_months.data or 0,
        notice=form.notice.data or 0,
        notice_in=form.notice_in.data or "months",
        decide_on=form.decide_on.data,
        reached="" if form.reached.data in (None, "nothing") else form.reached.data,
    )
