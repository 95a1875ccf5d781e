"""Bodies, their rules, their members, a group's life (product.md, 1; NY-15, NY-16)."""

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select, update

from commissioning.boards.commands import NewBody, NewMember, add_member, create_body, edit_rules, end_member
from commissioning.boards.defaults import PROCEDURES
from commissioning.boards.queries import list_bodies, list_bodies_clerked, list_members, list_overlaps
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.models.bodies import Body, Membership, SectionTemplate
from commissioning.models.cases import Case
from tests.support.council import Council


def test_the_kind_gives_the_defaults(council: Council) -> None:
    """product.md, 1, the table of kinds."""
    said = {
        "executive": (5, 28, 5, True, "vote_or_consensus", 4),
        "committee": (5, 0, 0, True, "vote", 4),
        "partnership": (5, 0, 0, True, "consensus_unless_vote", 4),
        "officer": (0, 0, 0, False, "consensus", 2),
    }
    for kind, expected in said.items():
        body_id = council.body(f"A body of kind {kind}", kind=kind)
        b: Body = council.read(lambda s, i=body_id: s.get_one(Body, i))
        found = (b.clear_days, b.notice_days, b.call_in_days, b.meets_in_public, b.decides_by, b.quorum_divisor)
        assert found == expected
        assert (b.close_days, b.close_time, b.quorum_minimum) == (7, time(10, 0), 3)
    assert set(PROCEDURES) == set(said)


def test_br39_papers_have_every_implication(council: Council) -> None:
    body = council.body(kind="committee")
    rows = council.read(
        lambda s: s.scalars(
            select(SectionTemplate).where(SectionTemplate.body_id == body, SectionTemplate.kind == "implication")
        ).all()
    )
    assert {r.key for r in rows} == {
        *("legal", "financial_revenue", "financial_capital", "land", "personnel", "equalities", "risk", "consultation")
    }
    assert {r.speciality for r in rows if r.speciality} == {"legal", "finance", "hr", "equalities"}
    hints = {r.key: r.hint for r in rows}
    assert "also of not deciding" in hints["risk"]  # BR-44
    assert "Which duties bear on this, by Act and section" in hints["legal"]  # P-23
    assert "no general formula" in hints["equalities"]  # P-23, P-24


def test_a_body_is_in_its_own_scope_and_needs_an_administrator(council: Council) -> None:
    body = council.body()
    assert council.read(lambda s: s.get_one(Case, body).scope) == f"body:{body}"
    new = NewBody("Another", "committee", council.posts["clerk"], council.posts["chair"])
    for who in ("clerk", "author", "stranger"):
        with pytest.raises(Forbidden):
            council.run(who, create_body, new)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "Cabinet"}, "name"),
        ({"kind": "senate"}, "kind"),
        ({"clerk_post_id": 999}, "clerk_post_id"),
        ({"chair_post_id": 1, "clerk_post_id": 1}, "chair_post_id"),
        ({"parent_id": 12345}, "parent_id"),
    ],
)
def test_what_a_body_needs(council: Council, change: dict[str, Any], field: str) -> None:
    council.body()
    given = {"name": "New", "kind": "committee", "clerk_post_id": 1, "chair_post_id": 2} | change
    with pytest.raises(Invalid) as refused:
        council.run("admin", create_body, NewBody(**given))
    assert set(refused.value.errors) == {field}


def test_rules_are_settings_of_the_body_with_the_old_value_on_record(council: Council) -> None:
    body = council.body()
    seen = council.read(lambda s: s.get_one(Case, body).chain_seq)
    council.run("clerk", edit_rules, body, {"clear_days": 3, "remit": "Schools"}, seen=seen)
    assert council.read(lambda s: s.get_one(Body, body).clear_days) == 3
    with pytest.raises(Stale) as stale:
        council.run("clerk", edit_rules, body, {"remit": "Roads"}, seen=seen)
    assert stale.value.version is not None
    for wrong in ({"clear_days": -1}, {"quorum_minimum": 0}, {"decides_by": "lot"}, {"kind": "officer"}):
        with pytest.raises(Invalid):
            council.run("clerk", edit_rules, body, wrong)
    with pytest.raises(Forbidden):
        council.run("ann", edit_rules, body, {"clear_days": 1})


def test_nobody_is_a_member_twice_on_one_day(council: Council) -> None:
    body = council.body()
    person = council.people["director"]
    council.run("clerk", add_member, body, NewMember(person, date(2026, 3, 1), date(2026, 6, 30)))
    for start, end in (
        (date(2026, 6, 30), None),
        (date(2026, 1, 1), date(2026, 3, 1)),
        (date(2026, 1, 1), None),
        (date(2026, 4, 1), date(2026, 5, 1)),
    ):
        with pytest.raises(Invalid, match="member from 1 March 2026 until 30 June 2026 already"):
            council.run("clerk", add_member, body, NewMember(person, start, end))
    council.run("clerk", add_member, body, NewMember(person, date(2026, 7, 1)))
    with pytest.raises(Invalid, match="or later"):
        council.run("clerk", add_member, body, NewMember(person, date(2025, 7, 1), date(2025, 6, 1)))
    names = council.read(lambda s: [m.person_id for m in list_members(s, body, date(2026, 7, 1))])
    assert names.count(person) == 1


def test_ny15_members_who_sit_elsewhere_too_are_shown_with_the_bodies(council: Council) -> None:
    trust, group = council.body("Trust"), council.body("Working group")
    person = council.people["stranger"]
    for body in (trust, group):
        council.run("admin", add_member, body, NewMember(person, date(2026, 1, 1), date(2026, 11, 1)))

    def overlaps(who: str, day: date) -> list[tuple[str, list[str]]]:
        found = council.read(lambda s: list_overlaps(s, council.actor(who, s), trust, day))
        return [(o.name, o.members) for o in found]

    before, after = overlaps("clerk", date(2026, 10, 1)), overlaps("clerk", date(2026, 12, 1))
    assert before[0][0] == "Working group"
    assert "Stranger" in before[0][1]
    assert "Stranger" not in after[0][1], "who has left one of them sits in one alone"
    council.write(lambda s: s.execute(update(Case).where(Case.id == group).values(is_done=True)))
    assert overlaps("clerk", date(2026, 10, 1)) == []


def test_ending_a_membership(council: Council) -> None:
    body = council.body()
    row = council.read(
        lambda s: s.scalars(select(Membership).where(Membership.person_id == council.people["ann"])).one()
    )
    with pytest.raises(Invalid):
        council.run("clerk", end_member, body, row.id, date(2025, 1, 1))
    council.run("clerk", end_member, body, row.id, date(2026, 10, 31))
    assert len(council.read(lambda s: list_members(s, body, date(2026, 10, 31)))) == 4
    assert len(council.read(lambda s: list_members(s, body, date(2026, 11, 1)))) == 3
    other = council.body("Other body")
    with pytest.raises(NotFound):
        council.run("clerk", end_member, other, row.id, date(2026, 10, 1))


def test_ny16_a_group_that_is_proposed_does_not_meet(council: Council) -> None:
    from commissioning.meetings.commands import NewMeeting, create_meeting

    parent = council.body()
    group = council.body("Working Group", kind="partnership", parent_id=parent, is_sitting=False)
    with pytest.raises(NotNow, match="is Proposed, so it does not meet"):
        council.run("clerk", create_meeting, NewMeeting(group, date(2026, 11, 3), time(10, 0)))
    with pytest.raises(Forbidden):
        council.step("admin", group, "approve")
    council.step("admin", group, "drop", reason="No longer wanted")
    assert council.state(group) == "dropped"


def test_a_group_is_not_approved_under_a_body_that_does_not_sit(council: Council) -> None:
    from commissioning.actors import system_actor
    from commissioning.casework import perform

    parent = council.body("Parent", is_sitting=False)
    group = council.body("Child", parent_id=parent, is_sitting=False)

    def approve(case_id: int) -> Any:
        return council.write(lambda s: perform(s, system_actor("decision 1"), case_id, "approve", now=council.now))

    with pytest.raises(NotNow, match="Parent does not sit"):
        approve(group)
    approve(parent)
    council.step("clerk", parent, "start_sitting")
    approve(group)
    assert council.state(group) == "approved"


def test_lists_are_by_name_and_the_clerk_finds_the_bodies_to_call_meetings_of(council: Council) -> None:
    council.body("Scrutiny", kind="committee")
    council.body("Cabinet")
    council.body("Idea", is_sitting=False)
    today = council.now.date()
    names = council.read(lambda s: [b.name for b in list_bodies(s, council.actor("ann", s), today)])
    assert names == ["Cabinet", "Idea", "Scrutiny"]

    def called(who: str) -> list[str]:
        return council.read(lambda s: [b.name for b in list_bodies_clerked(s, council.actor(who, s), today)])

    assert (called("clerk"), called("ann")) == (["Cabinet", "Scrutiny"], [])
