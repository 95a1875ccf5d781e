"""What of a paper is claimed to be exempt or confidential, and whether it is said why (LI-02, P-13).

That the whole is exempt is in the register of exemptions from the moment it is claimed: the header asks for paragraph,
reason and day of review, so that the record is whole. What is said of parts is recorded in `public.exemptions`; a paper
is neither submitted nor put out while an exempt part has neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.clock import fresh_id
from commissioning.models.publishing import Exemption
from commissioning.models.reports import Report
from commissioning.reports.covers import Parts
from commissioning.reports.marks import class_of, has_marks

FIELDS = ("is_exempt", "exempt_paragraph", "public_interest", "exempt_review_on")
"""The fields of a header that make the claim."""


def keep_claim(session: Session, report: Report) -> None:
    """Let the register say what the header says now; a claim that is given up is no longer there."""
    whole = select(Exemption).where(Exemption.report_id == report.case_id, Exemption.level == "report")
    row = session.scalars(whole).first()
    if not report.is_exempt:
        if row is not None:
            session.delete(row)
        return
    if row is None:
        row = Exemption(id=fresh_id(), report_id=report.case_id, level="report", part_id=0)
        session.add(row)
    row.paragraph, row.reason = report.exempt_paragraph, report.public_interest
    row.review_on = report.exempt_review_on or date.max


@dataclass(frozen=True, slots=True)
class SecretPart:
    """A part that is withheld: where it stands, its class, and the record of why, if there is one."""

    level: str
    part_id: int
    name: str
    secrecy: str
    exemption: Exemption | None


def list_secret_parts(session: Session, case: Any, parts: Parts) -> list[SecretPart]:
    """Everything in a paper that is withheld, in its order. The caller may read it."""
    whole = [("report", 0, "The whole report", case.secrecy)] if case.secrecy != "open" else []
    return _with_records(whole + _secret_in(parts), read_exemptions(session, [case.id])[case.id])


def list_unexplained(parts: Parts, kept: Sequence[Exemption]) -> list[SecretPart]:
    """Its parts that are exempt, and nothing says why: no record of their own, and the header does not claim the whole.

    What is confidential must be withheld by law, so nobody has to say why. `kept` are the records of this paper.
    """
    if parts.report.is_exempt:
        return []
    return [p for p in _with_records(_secret_in(parts), kept) if p.secrecy == "exempt" and p.exemption is None]


def read_exemptions(session: Session, report_ids: Sequence[int]) -> dict[int, list[Exemption]]:
    """The records of these papers. One query."""
    found: dict[int, list[Exemption]] = {i: [] for i in report_ids}
    for row in session.scalars(select(Exemption).where(Exemption.report_id.in_(report_ids)).order_by(Exemption.id)):
        found[row.report_id].append(row)
    return found


_Found = tuple[str, int, str, str]
"""A part by level and id, its name and its class."""


def _secret_in(parts: Parts) -> list[_Found]:
    found: list[_Found] = []
    for s in parts.sections:
        if s.secrecy != "open":
            found.append(("section", s.id, f"Section “{s.heading}”", s.secrecy))
        elif has_marks(text := parts.text_of(s)):
            found.append(("section", s.id, f"Marked paragraphs of “{s.heading}”", class_of(text)))
    found += [("recommendation", r.id, f"Recommendation {r.position}", r.secrecy) for r in parts.recommendations]
    found += [("appendix", a.id, f"Appendix {a.letter}", a.secrecy) for a in parts.appendices]
    return [one for one in found if one[3] != "open"]


def _with_records(found: Sequence[_Found], rows: Sequence[Exemption]) -> list[SecretPart]:
    kept = {(e.level, e.part_id): e for e in rows}
    return [SecretPart(*one, kept.get((one[0], one[1]))) for one in found]
