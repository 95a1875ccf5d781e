"""Vacancies and posts at risk: within the department, then across the council, and only then anything else (BR-30)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from commissioning.casework.errors import Forbidden, Invalid, NotFound, Stale
from commissioning.models.staffing import StaffingPost
from commissioning.units.staffing import PostInput, list_posts_of, save_post
from tests.support.units import Town

DAY = date(2026, 4, 1)


@pytest.mark.usefixtures("engine_url")
def test_br30_redeployment_comes_before_redundancy_and_before_recruiting(town: Town) -> None:
    unit, other = town.unit(), town.unit("Study Centre", "head_two")
    today = town.now.date()
    at_risk = PostInput("at_risk", "Education welfare officer", 150, DAY)

    def refused(new: PostInput) -> set[str]:
        with pytest.raises(Invalid) as found:
            town.run("heidi", save_post, unit, new)
        return set(found.value.errors)

    ends: dict[str, Any] = {"outcome": "redundancy", "ended_on": today}
    assert refused(replace(at_risk, **ends)) == {"outcome"}
    assert refused(replace(at_risk, council_on=DAY)) == {"council_on"}, "the department comes first"
    sought = replace(at_risk, department_on=DAY, council_on=today)
    assert refused(replace(sought, **ends)) == {"outcome"}, "no redundancy without the Managing Change Procedures"
    assert refused(replace(sought, outcome="recruited", ended_on=today)) == {"outcome"}
    assert refused(replace(at_risk, kind="vacancy", outcome="recruited", ended_on=today)) == {"outcome"}
    assert refused(replace(at_risk, since_on=today + timedelta(days=1), title=" ", fte_hundredths=0)) == {
        "since_on", "title", "fte",
    }  # fmt: skip
    made = town.run("heidi", save_post, unit, sought, key="once-and-again-1")
    assert town.run("heidi", save_post, unit, sought, key="once-and-again-1") == made
    town.run("carla", save_post, unit, replace(sought, **ends, is_managing_change=True), made, seen=1)
    with pytest.raises(Stale):
        town.run("heidi", save_post, unit, sought, made, seen=1)
    with pytest.raises(NotFound):
        town.run("hugo", save_post, other, sought, made)
    with pytest.raises(Forbidden):
        town.run("finn", save_post, unit, sought)
    rows = town.read(lambda s: list_posts_of(s, town.actor("leo", s), unit, today))
    assert [(r.outcome, r.version) for r in rows] == [("redundancy", 2)]
    with pytest.raises(NotFound):
        town.read(lambda s: list_posts_of(s, town.actor("hugo", s), unit, today))
    for wrong in ({"council_on": None}, {"is_managing_change": False}, {"outcome": "recruited"}):
        with pytest.raises(IntegrityError):  # the database refuses the wrong order as well
            town.write(lambda s, w=wrong: s.execute(update(StaffingPost).values(**w)))
