"""What the page of a report says of being decided without a meeting."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from commissioning.labels_decisions import DECISION_WAYS
from commissioning.models.bodies import Body
from commissioning.models.cases import Case
from commissioning.models.deciding import Arrangement
from commissioning.web.steps import may_amend

WITHOUT_MEETING = {"via": "decided", "past": "on_agenda"}
"""What lies ahead of a paper that stands on no agenda of ours."""


def arranged_of(session: Session, case: Case) -> dict[str, Any]:
    """How it is decided, if without a meeting; and whether the reader may say so."""
    arrangement, kept_in = session.get(Arrangement, case.id), _kept_in(session, case)
    open_to = case.exposure != "published" and may_amend(session, case, "report.arrange")
    return {
        "arrangement": arrangement,
        "decision_ways": DECISION_WAYS,
        "may_arrange": open_to,
        "kept_in": kept_in if may_amend(session, case, "report.hand_over") else "",
        "way_ahead": WITHOUT_MEETING if arrangement or kept_in else {},
    }


def _kept_in(session: Session, case: Case) -> str:
    body = session.get(Body, int((case.scope or "body:0").rpartition(":")[2]))
    return body.kept_in if body else ""
