"""What a unit says beside its figures, as rows of the return's sheet: risks, and how its actions stand.

Here too: what taking any row shares. A risk has its words under "What it is", how serious it is under the value, and
what is done about it as comment; emptied of both it is taken out. Spare rows without a code begin new ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.actors import Actor
from commissioning.casework.errors import Invalid, NotNow, Stale
from commissioning.models.monitoring import ReturnRisk
from commissioning.money.sheets import Formula, Sheet
from commissioning.monitoring import commands, commands_said, queries

SPARE_RISKS = 3
NONE = "none"
"""The code of the row that says that there is no risk to report."""
STALE = "Somebody changed this since the sheet was taken: take it anew"
_RAGS = {words.lower(): code for code, words in labels.RAGS.items()}
_FIELDS = {"actual": "value", "own": "value", "not_available": "reason", "own_reason": "reason", "method": "method",
           "commentary": "comment", "establishment": "value", "in_post": "value", "note": "comment", "text": "name",
           "rag": "value", "mitigation": "comment", "progress": "comment"}  # fmt: skip


def said_rows(sheet: queries.Sheet) -> Iterator[tuple[Any, ...]]:
    """Risks, the word that there are none, spare rows, and the unit's actions."""
    for n, risk in enumerate(sheet.risks, 1):
        words = labels.RAGS[risk.rag]
        yield ("Risk", f"R{n}", risk.text, "", "", words, "", "", risk.mitigation, risk.version)
    yield ("Risk", NONE, "No risks to report: write yes", "", "", "yes" if sheet.found.no_risks else "", "", "", "", "")
    yield from (("Risk", "", "", "", "", "", "", "", "", ""),) * SPARE_RISKS
    for a in sheet.actions:
        due = f"by {a.action.action_due_on:%-d %B %Y}" if a.action.action_due_on else ""
        yield ("Action", a.action.case.reference, a.action.text, due, "", "", "", "", a.row.progress, a.row.version)


class RowTaker:
    """One sheet being taken: reads cells, and runs the command of the page for each row that changed."""

    def __init__(self, session: Session, actor: Actor, sheet: queries.Sheet, table: Sheet, now: datetime) -> None:
        self.session, self.actor, self.table, self.now, self.changed = session, actor, table, now, 0
        self.found = sheet.found
        self.risks = {f"R{n}": risk for n, risk in enumerate(sheet.risks, 1)}
        self.actions = {a.action.case.reference: a for a in sheet.actions}
        self._no_risks: int | None = None

    def text(self, number: int, cells: Sequence[Any], name: str) -> str:
        """The words of a cell; a formula is a problem."""
        value = self.table.cell(cells, name)
        if isinstance(value, Formula):
            self.table.say(number, name, f"This is a formula ({value.text[:40]}): put its value there")
            return ""
        whole = isinstance(value, float) and value.is_integer()
        return ("" if value is None else str(int(value)) if whole else str(value)).strip()

    def run(self, number: int, command: Any, *given: Any, **more: Any) -> None:
        """Run a command; what it refuses is a problem of the row."""
        try:
            command(self.session, self.actor, self.found.case_id, *given, now=self.now, **more)
            self.changed += 1
        except Invalid as error:
            for name, text in error.errors.items():
                self.table.say(number, _FIELDS.get(name, "code"), text)
        except Stale:
            self.table.say(number, "version", STALE)
        except NotNow as error:
            self.table.say(number, "code", "; ".join(r.text for r in error.reasons))

    def seen(self, number: int, cells: Sequence[Any]) -> int:
        """The version that the sheet was taken with; -1, which none is, where it was lost."""
        version = self.text(number, cells, "version")
        return int(version) if version.isdigit() else -1

    def risk(self, number: int, cells: Sequence[Any], code: str) -> None:
        """A risk: changed, taken out or new; or that there is none."""
        text, comment = self.text(number, cells, "name"), self.text(number, cells, "comment")
        value = self.text(number, cells, "value")
        if code == NONE:
            if value.lower() in ("yes", "y") and not self.found.no_risks:
                self._no_risks = number
            elif value.lower() not in ("yes", "y", "no", ""):
                self.table.say(number, "value", f"“{value[:40]}” is neither yes nor no")
            return
        risk = self.risks.get(code)
        if risk is None and not (text or value or comment):
            return
        rag = _RAGS.get(value.lower(), "")
        if risk is None:
            self.run(number, commands_said.save_risk, None, text, rag, comment)
        elif not text and not value:
            self._remove(number, cells, risk)
        elif (text, rag, comment) != (risk.text, risk.rag, risk.mitigation):
            seen = self.seen(number, cells)
            self.run(number, commands_said.save_risk, risk.id, text, rag, comment, seen=seen)

    def _remove(self, number: int, cells: Sequence[Any], risk: ReturnRisk) -> None:
        if self.seen(number, cells) == risk.version:
            self.run(number, commands_said.remove_risk, risk.id)
        else:
            self.table.say(number, "version", STALE)

    def take_no_risks(self) -> None:
        """That there is no risk: after every other row, so that those taken out are gone."""
        if self._no_risks is not None:
            self.run(self._no_risks, commands_said.say_no_risks)

    def action(self, number: int, cells: Sequence[Any], code: str) -> None:
        """How an action stands."""
        row, progress = self.actions[code].row, self.text(number, cells, "comment")
        if progress != row.progress:
            seen = self.seen(number, cells)
            self.run(number, commands.save_progress, row.action_id, progress, seen=seen)
