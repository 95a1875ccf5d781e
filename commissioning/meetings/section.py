"""What the page of a report says of being decided without a meeting."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from commissioning.labels_decisions import DECISION_WAYS
from commissioning.models.bodies import Body
from commissioning.models.cases import Case
from commissioning.models.deciding import Arrangement
from commissioning.web.steps import may_amend


def arranged_of(session: Session, case: Case) -> dict[str, Any]:
    """How it is decided, if without a meeting; and whether the reader may say so."""
    open_to = case.exposure != "published" and may_amend(session, case, "report.arrange")
    return {
        "arrangement": session.get(Arrangement, case.id),
        "decision_ways": DECISION_WAYS,
        "may_arrange": open_to,
        "kept_in": _kept_in(session, case) if may_amend(session, case, "report.hand_over") else "",
    }


def _kept_in(session: Session, case: Case) -> str:
    body = session.get(Body, int((case.scope or "body:0").rpartition(":")[2]))
    return body.kept_in if body else ""
