"""One line of "what is going wrong", and the words of each kind of line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

MOST: Final = 500
"""Things of one kind that are looked at, the most urgent first."""

IF_NOBODY: Final = {
    "overspend": "It stays over; found “not within budget” two months running, it goes to the board.",
    "late_return": "Its meeting has no figures; late twice within six months, it goes to the board.",
    "sent_back": "The month stays unaccepted, and its meeting has no agreed figures.",
    "meeting": "The month has no findings, and nobody has looked at its money together.",
    "contract": "It ends with nothing to follow, unless one of its other routes is taken.",
    "no_cycle": "It ends with nothing to follow.",
    "undecided": "The time to give notice or to extend is over.",
    "gate": "The next stage begins late, and what it is to replace runs on.",
    "paper": "It misses its board, or needs the chair’s agreement to a late item.",
    "action": "It comes back to its board undone.",
    "redated": "It is put off again.",
    "nobody": "Nobody can do it: it stays where it is.",
    "still": "It stays where it is.",
}
"""What happens if nobody acts, by the code of a line."""


@dataclass(slots=True)
class Line:
    """One thing that is going wrong with one case. `act_on` is the last day to act: the order of the list."""

    code: str
    case_id: int
    kind: str
    title: str
    safe_title: str
    what: str
    since_on: date
    act_on: date
    holder: str = ""
    holder_key: str = ""
    """Whom it waits for, as `post:<id>` or `person:<id>`; empty where no open task says so."""
    task_id: int | None = None
    """The open task whose holder can be asked."""
    more: int = 0
    """How many more things stand still at the same holder."""

    @property
    def if_nobody(self) -> str:
        """What happens if nobody acts."""
        return IF_NOBODY[self.code]
