"""The decisions of the papers in the world: published, on a secret recommendation, recorded but not published yet."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.casework import NewCase, create
from commissioning.models.bodies import Decision
from commissioning.models.reports import Recommendation
from tests.support.council import NOW, Council

_HOLDERS = (("clerk", "clerk"), ("chair", "chair"), ("publisher", "clerk"))


def decide(
    session: Session, council: Council, paper: tuple[int, str], body_id: int, meeting_id: int, mark: str
) -> dict[str, tuple[int, str]]:
    """The decisions of a paper (id, secrecy), each with its canary; an open paper has one of each sort."""
    report_id, secrecy_of_paper = paper
    recommendation = session.scalars(select(Recommendation.id).where(Recommendation.report_id == report_id)).one()
    kinds = {"published": secrecy_of_paper}
    if secrecy_of_paper == "open":
        kinds |= {"secret": "exempt", "recorded": "open"}
    found = {}
    for sort, secrecy in kinds.items():
        word = f"zqdecided{sort}{mark}"
        last = session.scalar(select(func.coalesce(func.max(Decision.number), 0)).where(Decision.body_id == body_id))
        row = {
            "body_id": body_id, "meeting_id": meeting_id, "report_id": report_id, "number": int(last or 0) + 1,
            "recommendation_id": recommendation, "ask": "agree", "outcome": "agreed", "text": f"Text {word}",
            "original_text": f"Proposed {word}", "reasons": f"Because {word}", "decided_on": NOW.date(),
            "effective_at": NOW,
        }  # fmt: skip
        new = NewCase(
            "decision", f"Decision {word}", f"Safe decision {mark}", scope=f"body:{body_id}", secrecy=secrecy,
            roles=[(role, None, council.posts[post], None) for role, post in _HOLDERS],
            facts=lambda case_id, row=row: [Decision(case_id=case_id, **row)],
            state="recorded" if sort == "recorded" else "in_effect",
        )  # fmt: skip
        found[sort] = (create(session, council.actor("clerk", session), new, now=NOW), word)
    return found
