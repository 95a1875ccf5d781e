"""What the columns of a sheet of a unit's personal budgets mean (LG-23)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.models.people import Person
from commissioning.models.specifications import Specification
from commissioning.money import words
from commissioning.money.arithmetic import in_pounds
from commissioning.money.ledger import find_year, limit_of
from commissioning.money.registers import At, Doing, Held, Key, Register, Row
from commissioning.money.sheet_kinds import add_register
from commissioning.money.sheets import Sheet
from commissioning.specifications.personal import PersonalInput, list_personal, personal_problems, save_personal


class PersonalRegister(Register[PersonalInput]):
    """Personal budgets of the unit of a specification, known by the family's reference and the financial year."""

    kind = "personal-budgets"
    title = "Personal budgets"
    known_by = "A personal budget is known by the family’s reference and the financial year of its first day."
    headings: ClassVar = {
        "family": ("Family", "Reference", "Family reference"),
        "way": ("How it is held", "Way", "Held"),
        "lead_id": ("Lead professional", "Lead", "Budget-holding lead professional"),
        "amount": ("Amount", "Budget", "Sum"),
        "paid": ("Paid", "Paid so far", "Paid to date"),
        "starts_on": ("First day", "Starts", "Start", "From"),
        "ends_on": ("Last day", "Ends", "End", "To"),
    }
    needed = ("family", "way", "amount", "starts_on", "ends_on")

    def read(self, at: At[PersonalInput], sheet: Sheet) -> dict[Key, Row[PersonalInput]]:
        """A family's budget in each row."""
        people = _people(at.session)
        found = dict[Key, Row[PersonalInput]]()
        for number, cells in sheet.rows:
            before = len(sheet.problems)
            family = sheet.words(number, cells, "family", "Family")
            way = sheet.coded(number, cells, "way", "How it is held", words.WAYS)
            amount = sheet.pence(number, cells, "amount", "Amount")
            starts_on = sheet.day(number, cells, "starts_on", "First day")
            ends_on = sheet.day(number, cells, "ends_on", "Last day")
            said = _optional(sheet, number, cells, people)
            if len(sheet.problems) > before or amount is None or starts_on is None or ends_on is None:
                continue
            key = (family, _year_of(at.session, starts_on))
            if key in found:
                sheet.say(number, "family", f"{family} stands in row {found[key].number} already")
                continue
            old = at.held[key].given if key in at.held else PersonalInput(family, way, amount, starts_on, ends_on)
            said |= {"way": way, "amount_pence": amount, "starts_on": starts_on, "ends_on": ends_on}
            found[key] = Row(number, family, replace(old, **said))
        return found

    def held(self, session: Session, owner_id: int) -> dict[Key, Held[PersonalInput]]:
        """The unit's personal budgets, of every year."""
        names = PersonalInput.__dataclass_fields__
        return {
            (b.family, b.year_id): Held(b.id, PersonalInput(**{n: getattr(b, n) for n in names}))
            for b in list_personal(session, _unit_of(session, owner_id))
        }

    def problems(
        self, at: At[PersonalInput], given: PersonalInput, _held: Held[PersonalInput] | None
    ) -> dict[str, str]:
        """As on its page, but for the cash limit, which all rows together must keep."""
        return personal_problems(at.session, find_year(at.session, given.starts_on), given)

    def together(
        self, at: At[PersonalInput], rows: Mapping[Key, Row[PersonalInput]]
    ) -> Sequence[tuple[Row[PersonalInput], str, str]]:
        """All families' budgets of a year are within the unit's cash limit."""
        unit_id, found = _unit_of(at.session, at.owner_id), []
        everything = {k: h.given.amount_pence for k, h in at.held.items()}
        everything |= {k: r.given.amount_pence for k, r in rows.items()}
        for year_id in sorted({year_id for _, year_id in rows if year_id}):
            whole = sum(pence for (_, year), pence in everything.items() if year == year_id)
            limit = limit_of(at.session, year_id, unit_id)
            if whole > limit:
                last = max((r for (_, year), r in rows.items() if year == year_id), key=lambda r: r.number)
                text = f"All families together would have {in_pounds(whole)}, the cash limit is {in_pounds(limit)}"
                found.append((last, "amount", text))
        return found

    def weight(self, row: Row[PersonalInput], held: Held[PersonalInput] | None) -> int:
        """What shrinks first makes room for what grows."""
        return row.given.amount_pence - (held.given.amount_pence if held else 0)

    def write(self, doing: Doing, given: PersonalInput, held: Held[PersonalInput] | None) -> None:
        """Record or change it."""
        save_personal(*doing.who, given, held.id if held else None, now=doing.now)


def _unit_of(session: Session, specification_id: int) -> int:
    return session.get_one(Specification, specification_id).unit_id


def _year_of(session: Session, day: date) -> int:
    """The financial year of a day; 0 where there is none."""
    year = find_year(session, day)
    return year.case_id if year else 0


def _people(session: Session) -> dict[str, list[int]]:
    """Who may be named, by name and by e-mail address."""
    found: dict[str, list[int]] = {}
    for person in session.scalars(select(Person).where(Person.is_active).order_by(Person.id)):
        for text in {person.email.lower(), person.name.lower()}:
            found.setdefault(text, []).append(person.id)
    return found


def _optional(sheet: Sheet, number: int, cells: list[Any], people: Mapping[str, list[int]]) -> dict[str, Any]:
    """What a file may leave out: only the columns that are there."""
    said: dict[str, Any] = {}
    if "paid" in sheet.columns:
        said["paid_pence"] = sheet.pence(number, cells, "paid", "Paid", empty=0)
    if "lead_id" in sheet.columns:
        text = sheet.optional(number, cells, "lead_id", "Lead professional")
        found = people.get(text.lower(), [])
        said["lead_id"] = found[0] if len(found) == 1 else None
        if text and len(found) != 1:
            why = "Two people are" if found else "Nobody is"
            sheet.say(number, "lead_id", f"{why} called “{text[:60]}”: write the e-mail address")
    return said


add_register(PersonalRegister(), "specification.keep_personal_budgets", "specification")
