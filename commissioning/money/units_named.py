"""Which unit a cell of an imported sheet names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning import labels
from commissioning.models.cases import Case
from commissioning.models.units import Unit, UnitName


class UnitNames:
    """Units by the names that people write: as recorded, whatever the capitals; with the kind where two share one.

    An earlier name finds its unit as long as no other unit bears it.
    """

    def __init__(
        self, units: Sequence[Unit], earlier: Sequence[UnitName] = (), ended: Mapping[int, date] | None = None
    ) -> None:
        self.ended = ended or {}
        """The last day of units that have ended."""
        self.names = {u.case_id: u.name for u in units}
        self._by_name: dict[str, list[int]] = {}
        for u in units:
            for name in (u.name, f"{u.name} ({labels.UNIT_KINDS[u.kind]})", f"{u.name} ({u.kind})"):
                found = self._by_name.setdefault(_plain(name), [])
                if u.case_id not in found:
                    found.append(u.case_id)
        now = frozenset(self._by_name)
        for old in earlier:
            found = self._by_name.setdefault(_plain(old.name), [])
            if _plain(old.name) not in now and old.unit_id not in found:
                found.append(old.unit_id)

    def bearing(self, text: str) -> list[int]:
        """The units of that name: none, one, or two of different kinds."""
        return self._by_name.get(_plain(text), [])

    def find(self, text: str) -> int:
        """The unit of that name. Raises ValueError in words, with the nearest name."""
        found = self.bearing(text)
        if len(found) == 1:
            return found[0]
        if found:
            raise ValueError(f"Two units are called “{text}”: write “{text} (business unit)” or “{text} (core unit)”")
        near = get_close_matches(_plain(text), self._by_name, n=1, cutoff=0.75)
        hint = f": did you mean “{self.names[self._by_name[near[0]][0]]}”?" if near else ""
        raise ValueError(f"There is no unit called “{text[:60]}”{hint}")


def list_unit_names(session: Session) -> UnitNames:
    """All units, ended ones too: last year's money was theirs."""
    units = session.scalars(select(Unit).order_by(Unit.case_id)).all()
    earlier = session.scalars(select(UnitName).order_by(UnitName.id)).all()
    gone = session.execute(
        select(Unit.case_id, Unit.to_on, Case.entered_on)
        .join(Case, Case.id == Unit.case_id)
        .where(Case.is_done.is_(True))
    )
    return UnitNames(units, earlier, {row.case_id: row.to_on or row.entered_on for row in gone})


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("&", "and").replace("\u2019", "'").split())
