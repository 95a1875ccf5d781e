"""Appendices: lettered, so that the text can cite them; the file itself is checked and stored by `uploads`."""

from __future__ import annotations

import string
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound
from commissioning.clock import fresh_id
from commissioning.models.reports import Appendix
from commissioning.reports.checks import check_secrecy, check_title, check_version, contributes

KINDS = ("document", "assessment", "plan", "figures", "map", "letter", "other")
APPENDIX_CHANGES = ("appendix", "secrecy", "illustrative")
"""What a change of an appendix is noted as in the record, before a colon and its letter."""


def save_appendix(
    session: Session,
    actor: Actor,
    report_id: int,
    title: str,
    *,
    now: datetime,
    key: str | None = None,
    appendix_id: int | None = None,
    kind: str = "document",
    is_illustrative: bool = False,
    secrecy: str = "open",
    file_name: str | None = None,
    file_sha256: str | None = None,
    version: int | None = None,
) -> int:
    """Add an appendix under the next free letter, or change one; its id. The file is stored and checked before.

    Raises Invalid, NotFound, or Stale if somebody else changed it since `version`.
    """
    check_title(title)
    check_secrecy(secrecy)
    if kind not in KINDS:
        raise Invalid({"kind": "Choose what kind of appendix it is"})
    made: list[int] = []

    def change(context: Context) -> None:
        contributes(context)
        row = _row(context, report_id, appendix_id)
        check_version(context, row, f"Appendix {row.letter}", version, row.title, title.strip())
        sha256 = file_sha256 or row.file_sha256
        context.changed(f"appendix:{row.letter}", [row.title, row.file_sha256], [title.strip(), sha256])
        context.changed(f"secrecy:{row.letter}", row.secrecy, secrecy)
        context.changed(f"illustrative:{row.letter}", row.is_illustrative, is_illustrative)
        row.title, row.kind, row.is_illustrative, row.secrecy = title.strip(), kind, is_illustrative, secrecy
        if file_sha256 is not None:
            row.file_sha256, row.file_name = file_sha256, (file_name or "")[:200]
        row.version += 1
        made.append(row.id)

    amend(
        session, actor, report_id, "report.edit", "report.appendix_saved", change,
        now=now, key=key, body=[appendix_id, title, kind, is_illustrative, secrecy, file_sha256],
    )  # fmt: skip
    return made[0] if made else appendix_id or 0


def _row(context: Context, report_id: int, appendix_id: int | None) -> Appendix:
    rows = context.session.scalars(select(Appendix).where(Appendix.report_id == report_id)).all()
    if appendix_id is not None:
        found = next((a for a in rows if a.id == appendix_id), None)
        if found is None:
            raise NotFound
        return found
    taken = {a.letter for a in rows}
    letter = next((x for x in string.ascii_uppercase if x not in taken), None)
    if letter is None:
        raise Invalid({"": "A report can have 26 appendices, A to Z"})
    row = Appendix(
        id=fresh_id(), report_id=report_id, letter=letter, position=ord(letter), version=0, title="",
        is_illustrative=False, secrecy="open",
    )  # fmt: skip
    context.session.add(row)
    return row


def remove_appendix(
    session: Session, actor: Actor, report_id: int, appendix_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take an appendix out; the letters of the others stay, because the text cites them."""

    def change(context: Context) -> None:
        contributes(context)
        row = _row(context, report_id, appendix_id)
        context.changed(f"appendix:{row.letter}", [row.title, row.file_sha256], None)
        session.delete(row)

    amend(
        session, actor, report_id, "report.edit", "report.appendix_removed", change,
        now=now, key=key, body=appendix_id,
    )  # fmt: skip
