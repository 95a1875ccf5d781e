"""That the whole of a paper is exempt: in the register of exemptions from the moment it is claimed (LI-02, P-13).

The header asks for paragraph, reason and day of review, so that the record is whole. What is said later of parts is in
`public.exemptions`.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.clock import fresh_id
from commissioning.models.publishing import Exemption
from commissioning.models.reports import Report

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
