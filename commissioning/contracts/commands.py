"""Recording contracts and changing them. What follows one is decided by steps of its definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import NewCase, amend, create_once
from commissioning.casework.allowing import require
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, check_seen
from commissioning.clock import fresh_id
from commissioning.contracts.rules import KIND, SAFE_TITLE
from commissioning.models.cases import Case, CaseRole
from commissioning.models.contracts import NOTICE_IN, REACHED, Contract
from commissioning.models.people import Person, Post
from commissioning.models.units import Unit
from commissioning.visibility import may_see
from workflows.london import london_day

LONGEST_NUMBER, LONGEST_TITLE, LONGEST_NAME = 60, 200, 200
MOST_PENCE, MOST_EXTENSIONS, MOST_MONTHS, MOST_NOTICE = 10**13, 20, 120, 400
ELSEWHERE: Final = ("title", "manager_id", "manager_post_id")
"""What of a contract is kept in its case."""


@dataclass(frozen=True)
class ContractInput:
    """A contract as it is typed; money in pence. The manager is a person or a post, the provider a unit or a name."""

    number: str
    title: str
    starts_on: date
    ends_on: date
    provider_unit_id: int | None = None
    provider_name: str = ""
    manager_id: int | None = None
    manager_post_id: int | None = None
    cycle_id: int | None = None
    value_pence: int | None = None
    yearly_pence: int | None = None
    extensions_left: int = 0
    extension_months: int = 0
    notice: int = 0
    notice_in: str = "months"
    decide_on: date | None = None
    reached: str = ""


def create_contract(
    session: Session, actor: Actor, new: ContractInput, *, now: datetime, key: str | None = None
) -> int:
    """Record a contract; its id. Raises Forbidden, or Invalid by field."""
    require(actor, "contracts.write")

    def make() -> NewCase:
        errors = check_values(new) | _check_links(session, actor, new, None, london_day(now))
        if errors:
            raise Invalid(errors)
        return new_case(new)

    return create_once(session, actor, KIND, as_json(new), make, now=now, key=key)


def edit_contract(
    session: Session, actor: Actor, contract_id: int, new: ContractInput, *, seen: int | None = None, now: datetime,
    key: str | None = None,
) -> None:  # fmt: skip
    """Change a contract; its dates and reminders follow. `seen`: its version as it was shown.

    Raises Invalid by field, Stale.
    """

    def change(context: Context) -> None:
        row = session.get_one(Contract, contract_id, populate_existing=True)
        case = context.case
        check_seen(seen, row.version, case.title)
        errors = check_values(new) | _check_links(session, actor, new, row, context.today)
        if errors:
            raise Invalid(errors)
        write_changes(context, row, new)

    amend(session, actor, contract_id, "contract.edit", "contract.edited", change, now=now, key=key,
          body=[as_json(new), seen])  # fmt: skip


def new_case(new: ContractInput) -> NewCase:
    """The case of a contract that was checked."""
    values = _values(new)
    return NewCase(
        KIND,
        new.title.strip(),
        SAFE_TITLE,
        roles=[("manager", new.manager_id, new.manager_post_id, None)],
        facts=lambda case_id: [Contract(case_id=case_id, **values)],
        body={"given": as_json(new)},
    )


def write_changes(context: Context, row: Contract, new: ContractInput) -> None:
    """Write what was typed and checked into the row and its case, and note what it changes."""
    manager = managers_of(context.session, [row.case_id]).get(row.case_id)
    before = as_json(input_of(row, context.case.title, manager))
    for name, value in as_json(new).items():
        context.changed(name, before[name], value)
    if not context.changes:
        return
    for name, value in _values(new).items():
        setattr(row, name, value)
    row.version += 1
    context.case.title = new.title.strip()
    context.session.flush()
    if context.changes.keys() & {"manager_id", "manager_post_id"}:
        context.session.execute(delete(CaseRole).where(CaseRole.case_id == row.case_id, CaseRole.role == "manager"))
        context.session.add(
            CaseRole(
                id=fresh_id(), case_id=row.case_id, role="manager", person_id=new.manager_id,
                post_id=new.manager_post_id,
            )
        )  # fmt: skip


def managers_of(session: Session, contract_ids: Sequence[int]) -> dict[int, tuple[int | None, int | None]]:
    """Who manages these contracts, each as (person, post), of which one is there."""
    found = select(CaseRole.case_id, CaseRole.person_id, CaseRole.post_id).where(CaseRole.role == "manager")
    rows = session.execute(found.where(CaseRole.case_id.in_(contract_ids)).order_by(CaseRole.id.desc()))
    return {case_id: (person_id, post_id) for case_id, person_id, post_id in rows}


def input_of(row: Contract, title: str, manager: tuple[int | None, int | None] | None) -> ContractInput:
    """A contract as it stands, as it would be typed; `manager` as `managers_of` gives it."""
    person_id, post_id = manager or (None, None)
    given = {name: getattr(row, name) for name in _COLUMNS}
    return ContractInput(title=title, manager_id=person_id, manager_post_id=post_id, **given)


def check_values(new: ContractInput) -> dict[str, str]:
    """What is wrong with a contract by itself, in words by field."""
    errors: dict[str, str] = {}
    for name, what, longest in (
        ("number", "its reference", LONGEST_NUMBER),
        ("title", "what it is for", LONGEST_TITLE),
    ):
        text = getattr(new, name).strip()
        if not text:
            errors[name] = f"Enter {what}"
        elif len(text) > longest:
            errors[name] = f"This must be {longest} characters or fewer"
    if (new.provider_unit_id is None) == (not new.provider_name.strip()):
        errors["provider_name"] = "Select a provider of the register, or enter its name; not both"
    elif len(new.provider_name) > LONGEST_NAME:
        errors["provider_name"] = f"Name must be {LONGEST_NAME} characters or fewer"
    if (new.manager_id is None) == (new.manager_post_id is None):
        errors["manager_id"] = "Select who manages it"
    if new.ends_on < new.starts_on:
        errors["ends_on"] = "The last day must be on or after the first"
    elif new.decide_on is not None and new.decide_on > new.ends_on:
        errors["decide_on"] = "The last day to decide must be on or before the contract’s last day"
    for name in ("value_pence", "yearly_pence"):
        amount = getattr(new, name)
        if amount is not None and not 0 <= amount <= MOST_PENCE:
            errors[name] = f"Value must be between £0 and £{MOST_PENCE // 100:,}"
    return errors | _check_numbers(new)


def _check_numbers(new: ContractInput) -> dict[str, str]:
    errors = {
        name: f"This must be a whole number between 0 and {most}"
        for name, most in (("extensions_left", MOST_EXTENSIONS), ("extension_months", MOST_MONTHS),
                           ("notice", MOST_NOTICE))
        if not 0 <= getattr(new, name) <= most
    }  # fmt: skip
    if new.extensions_left > 0 and not new.extension_months:
        errors.setdefault("extension_months", "Enter how many months each extension is")
    if new.notice_in not in NOTICE_IN:
        errors["notice_in"] = "Select months or working days"
    if new.reached not in REACHED:
        errors["reached"] = "Select what is done already"
    return errors


def _check_links(
    session: Session, actor: Actor, new: ContractInput, row: Contract | None, today: date
) -> dict[str, str]:
    """What is wrong with what it names: a reference that is taken, a provider, manager or cycle that is not there."""
    errors: dict[str, str] = {}
    number = new.number.strip()
    same = session.execute(select(Contract.case_id).where(Contract.number == number)).scalar()
    if same is not None and (row is None or same != row.case_id):
        errors["number"] = f"There is a contract {number} already"
    if new.provider_unit_id is not None and session.get(Unit, new.provider_unit_id) is None:
        errors["provider_unit_id"] = "Select a provider from the list"
    person = session.get(Person, new.manager_id) if new.manager_id is not None else None
    if (new.manager_id is not None and (person is None or not person.is_active)) or (
        new.manager_post_id is not None and session.get(Post, new.manager_post_id) is None
    ):
        errors["manager_id"] = "Select who manages it"
    if new.cycle_id is not None and (row is None or row.cycle_id != new.cycle_id):
        is_cycle = session.scalars(select(Case.id).where(Case.id == new.cycle_id, Case.kind == "cycle")).first()
        if is_cycle is None or not (actor.system or may_see(session, actor, new.cycle_id, "cycle", today)):
            errors["cycle_id"] = "Select a cycle from the list"
    return errors


_COLUMNS = tuple(f.name for f in fields(ContractInput) if f.name not in ELSEWHERE)


def _values(new: ContractInput) -> dict[str, Any]:
    given = {name: getattr(new, name) for name in _COLUMNS}
    return {name: value.strip() if isinstance(value, str) else value for name, value in given.items()}


def as_json(new: ContractInput) -> dict[str, Any]:
    """What was typed, as a record keeps it."""
    given: Mapping[str, Any] = asdict(new)
    return {
        name: value.isoformat() if isinstance(value, date) else value.strip() if isinstance(value, str) else value
        for name, value in given.items()
    }
