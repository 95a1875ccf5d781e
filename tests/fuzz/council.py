"""The council that is thrown at, with its units, and the ids in it that a fuzzer may use."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from tests.fuzz.api import Known
from tests.support.api_council import Council

_IDS = {
    "section_id": "SELECT id FROM sections",
    "recommendation_id": "SELECT id FROM recommendations",
    "case_id": "SELECT id FROM cases",
    "report_id": "SELECT case_id FROM reports",
    "meeting_id": "SELECT case_id FROM meetings",
    "body_id": "SELECT case_id FROM bodies",
    "unit_id": "SELECT case_id FROM units",
    "specification_id": "SELECT case_id FROM specifications",
    "outcome_id": "SELECT id FROM spec_outcomes",
    "package_id": "SELECT id FROM packages",
    "step_id": "SELECT case_id FROM setup_steps",
    "sizing_id": "SELECT id FROM sizings",
    "function_id": "SELECT id FROM functions",
    "duplication_id": "SELECT case_id FROM duplications",
    "year_id": "SELECT case_id FROM budget_years",
    "virement_id": "SELECT case_id FROM virements",
    "return_id": "SELECT case_id FROM returns",
    "partner_return_id": "SELECT case_id FROM partner_returns",
    "request_id": "SELECT id FROM partner_requests",
    "indicator_id": "SELECT id FROM partner_indicators",
    "plan_id": "SELECT case_id FROM plans",
    "weighed_id": "SELECT case_id FROM cycles",
    "option_id": "SELECT id FROM options",
    "consultation_id": "SELECT id FROM consultations",
    "answer_id": "SELECT id FROM consultation_answers",
    "row_id": "SELECT id FROM return_outcomes",
    "line_id": "SELECT id FROM budget_lines",
    "risk_id": "SELECT id FROM return_risks",
    "question_id": "SELECT id FROM return_questions",
    "action_id": "SELECT case_id FROM actions",
    "monitoring_meeting_id": "SELECT case_id FROM monitoring_meetings",
    "person_id": "SELECT id FROM people",
    "post_id": "SELECT id FROM posts",
}
_SAME = {
    "about_id": "case_id",
    "parent_id": "body_id",
    "board_id": "body_id",
    "core_unit_id": "unit_id",
    "owner_id": "person_id",
    "people": "person_id",
    "part": "section_id",
    **dict.fromkeys(("clerk_post_id", "chair_post_id", "head_post_id", "strategy_post_id"), "post_id"),
    **dict.fromkeys(("finance_post_id", "commissioner_post_id", "director_post_id"), "post_id"),
}
"""Arguments that take the ids of another one."""


def known_ids(council: Council) -> Known:
    """Ids by the name of the argument that takes them."""

    def find(session: Session) -> Known:
        return {name: [row[0] for row in session.execute(text(f"{query} ORDER BY 1"))] for name, query in _IDS.items()}

    known: Known = council.read(find)
    return known | {name: known[other] for name, other in _SAME.items()}
