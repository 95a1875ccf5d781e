"""The council that is thrown at, and the ids in it that a fuzzer may use."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.models.reports import Recommendation, Section
from tests.fuzz.api import Known
from tests.support.api_council import Council


def known_ids(council: Council) -> Known:
    """Ids by the name of the argument that takes them."""

    def find(session: Session) -> Any:
        return (
            list(session.scalars(select(Section.id).order_by(Section.id))),
            list(session.scalars(select(Recommendation.id).order_by(Recommendation.id))),
        )

    sections, recommendations = council.read(find)
    cases, people, posts = council.cases, list(council.people.values()), list(council.posts.values())
    return {
        "case_id": list(cases.values()),
        "report_id": [i for name, i in cases.items() if "paper" in name],
        "meeting_id": [i for name, i in cases.items() if "meets" in name],
        "body_id": [cases["Cabinet"], cases["Management team"]],
        "about_id": list(cases.values()),
        "section_id": sections,
        "recommendation_id": recommendations,
        "person_id": people,
        "owner_id": people,
        "post_id": posts,
        "clerk_post_id": posts,
        "chair_post_id": posts,
        "parent_id": list(cases.values()),
        "part": sections,
    }
