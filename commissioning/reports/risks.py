"""The risks of a paper, listed one by one under its heading on risk (BR-44); that of not deciding among them.

A risk is a paragraph of that section wherever the paper is read: it hides with the section, and is signed by whoever
signs for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.casework.keys import noted
from commissioning.clock import fresh_id
from commissioning.models.reports import ARISES, RATINGS, RISK, Risk, Section
from commissioning.reports.checks import check_secrecy, check_version, contributes, stamp
from commissioning.reports.marks import has_marks
from commissioning.reports.risk_words import words_of

MAX_WORDS = 2000
MOST = 50
_NAMES = {"text": "What could happen", "consequence": "What would follow", "response": "What is done about it"}


@dataclass(frozen=True)
class RiskWording:
    """A risk as typed. `arises` is one of ARISES, `rating` one of RATINGS."""

    text: str
    arises: str
    rating: str
    consequence: str
    response: str = ""
    secrecy: str = "open"


def save_risk(
    session: Session,
    actor: Actor,
    report_id: int,
    wording: RiskWording,
    *,
    now: datetime,
    key: str | None = None,
    risk_id: int | None = None,
    version: int | None = None,
) -> int:
    """Add a risk, or change one; its id. Raises Invalid by field, Stale with both texts."""
    _check_wording(wording)
    made: list[int] = []

    def change(context: Context) -> None:
        contributes(context)
        row = _row(session, report_id, risk_id) if risk_id is not None else _new(session, report_id)
        old = words_of(row) if risk_id is not None else None
        if old is not None:
            check_version(context, row, f"Risk {row.position}", version, old, words_of(wording))
        for name in ("text", "consequence", "response"):
            setattr(row, name, getattr(wording, name).replace("\r\n", "\n").strip())
        row.arises, row.rating, row.secrecy = wording.arises, wording.rating, wording.secrecy
        context.changed(f"risk:{row.position}", old, words_of(row))
        context.notes["risk"] = row.id
        stamp(context, row)
        session.add(row)
        made.append(row.id)

    amend(
        session, actor, report_id, "report.edit", "report.risk_saved", change,
        now=now, key=key, body=[risk_id, vars(wording)],
    )  # fmt: skip
    return made[0] if made else risk_id or noted(session, actor, key or "", "risk") or 0


def remove_risk(
    session: Session, actor: Actor, report_id: int, risk_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take a risk out; the others close up. Its words stay in the record."""

    def change(context: Context) -> None:
        contributes(context)
        row = _row(session, report_id, risk_id)
        context.changed(f"risk:{row.position}", words_of(row), None)
        session.delete(row)
        session.flush()
        _renumber(_rows(session, report_id))

    amend(session, actor, report_id, "report.edit", "report.risk_removed", change, now=now, key=key, body=risk_id)


def move_risk(
    session: Session, actor: Actor, report_id: int, risk_id: int, to: int, *, now: datetime, key: str | None = None
) -> None:
    """Put a risk at another place (1 is first). Numbering is no content: no sign-off becomes stale."""

    def change(context: Context) -> None:
        contributes(context)
        row, rows = _row(session, report_id, risk_id), _rows(session, report_id)
        old = row.position
        rows.remove(row)
        rows.insert(max(0, min(to - 1, len(rows))), row)
        _renumber(rows)
        context.changed("risk_place", old, row.position)

    amend(
        session, actor, report_id, "report.edit", "report.risks_ordered", change, now=now, key=key, body=[risk_id, to]
    )  # fmt: skip


def _check_wording(wording: RiskWording) -> None:
    errors = {}
    if not wording.text.strip():
        errors["text"] = "Enter what could happen"
    if wording.arises not in ARISES:
        errors["arises"] = "Choose whether it is a risk of deciding or of not deciding"
    if wording.rating not in RATINGS:
        errors["rating"] = "Choose how great the risk is"
    if not wording.consequence.strip():
        errors["consequence"] = "Enter what would follow"
    for name, words in _NAMES.items():
        said = getattr(wording, name)
        if len(said) > MAX_WORDS:
            errors[name] = f"{words} must be {MAX_WORDS:,} characters or fewer"
        elif has_marks(said):
            errors[name] = f"Take [exempt] or [confidential] out of “{words}”, and say below who may read the risk"
    if errors:
        raise Invalid(errors)
    check_secrecy(wording.secrecy)


def _row(session: Session, report_id: int, risk_id: int) -> Risk:
    found = session.get(Risk, risk_id)
    if found is None or found.report_id != report_id:
        raise NotFound
    return found


def _new(session: Session, report_id: int) -> Risk:
    has_place = select(Section.id).where(Section.report_id == report_id, Section.key == RISK)
    if session.scalars(has_place).first() is None:
        raise Invalid({"": "The paper has no heading Risk under which risks could be listed"})
    count = len(_rows(session, report_id))
    if count >= MOST:
        raise Invalid({"": f"A paper lists {MOST} risks at most"})
    return Risk(id=fresh_id(), report_id=report_id, position=count + 1, version=0)


def _rows(session: Session, report_id: int) -> list[Risk]:
    mine = select(Risk).where(Risk.report_id == report_id)
    return list(session.scalars(mine.order_by(Risk.position, Risk.id)))


def _renumber(rows: Sequence[Risk]) -> None:
    for position, row in enumerate(rows, 1):
        row.position = position
