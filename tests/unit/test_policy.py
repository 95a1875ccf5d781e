"""The table of who may do what, asked of people that are made up here: no database, no pages."""

from __future__ import annotations

import pytest

from commissioning.actors import Actor, Identity
from commissioning.policy import (
    ORGANISATION_ROLES,
    PAST,
    PAST_ROLES,
    SCOPED_ROLES,
    Party,
    holds,
    identity_for,
    may_globally,
)
from workflows.registry import Refusal

ANN, BEN = Identity(1, "Ann"), Identity(2, "Ben", frozenset({50}))


def granted(role: str, scope: str = "organisation") -> Identity:
    """Cat, with this one grant."""
    return Identity(3, "Cat", grants=frozenset({(role, scope)}))


def test_roles_are_granted_for_the_organisation_or_for_one_body() -> None:
    """A role more or less here changes what an administrator can give."""
    assert set(ORGANISATION_ROLES) == {
        *("administrator", "auditor", "director", "finance", "commissioner"),
        *("monitoring_officer", "lead_member", "officer"),
    }
    assert SCOPED_ROLES == ("clerk", "chair")
    for role in {*ORGANISATION_ROLES, *SCOPED_ROLES}:
        assert holds(granted(role), role, [], None)
        assert holds(granted(role, "body:5"), role, [], "body:5")
        assert not holds(granted(role, "body:5"), role, [], "body:6")
        assert not holds(granted(role, "body:5"), role, [], None)
    assert not holds(granted("sponsor"), "sponsor", [], None), "a part in a case is never granted"


def test_who_gave_up_a_part_keeps_what_it_bars_them_from() -> None:
    assert PAST == {
        "author": "past_writer",
        "contributor": "past_writer",
        "sponsor": "past_sponsor",
        "owner": "past_owner",
    }
    assert PAST_ROLES == ("past_writer", "past_sponsor", "past_owner")


def test_a_role_is_held_by_name_or_by_post_and_for_its_own_part() -> None:
    parties = [Party("asked", None, 50, 7), Party("author", 1, None)]
    assert holds(BEN, "asked", parties, None)
    assert holds(BEN, "asked", parties, None, 7)
    assert not holds(BEN, "asked", parties, None, 8)
    assert not holds(BEN, "author", parties, None)
    assert not holds(ANN, "asked", parties, None)
    assert holds(ANN, "author", parties, None)
    assert not holds(ANN, "author", [Party("author", 2, None)], None)


def test_oneself_comes_before_those_acted_for() -> None:
    parties = [Party("author", 1, None), Party("author", 2, None)]
    assert identity_for(Actor(ANN, (BEN,)), "report.edit", ("author",), parties, None) == ANN
    assert identity_for(Actor(ANN, (BEN,)), "report.edit", ("author",), parties[1:], None) == BEN
    assert identity_for(Actor(BEN, (ANN, granted("author"))), "report.edit", ("author",), parties[:1], None) == ANN


@pytest.mark.parametrize(
    ("action", "role", "words"),
    [
        ("report.submit", "asked", "a signer"),
        ("report.submit", "author", "the author"),
        ("report.sign_off", "sponsor", "the sponsor"),
        ("action.verify", "owner", "the owner"),
        ("report.submit", "contributor", "a contributor"),
        ("report.submit", "past_writer", "an earlier writer"),
        ("report.agree_late", "past_sponsor", "an earlier sponsor"),
    ],
)
def test_own_work_is_refused_in_words_that_name_the_part(action: str, role: str, words: str) -> None:
    """Also when somebody else is acted for who is clean: what bars oneself bars the deputy."""
    parties = [Party("doer", 2, None), Party(role, 1, None)]
    for actor in (Actor(ANN, (BEN,)), Actor(Identity(1, "Ann", frozenset({50})), ())):
        whole = parties if actor.acting_for else [Party("doer", 1, None), Party(role, 1, None)]
        refusal = identity_for(actor, action, ("doer",), whole, None)
        assert refusal == Refusal("own_work", f"You are {words} of this case, so somebody else must do this")


def test_nobody_acts_for_somebody_whose_own_work_it_is_but_for_another_who_is_clean() -> None:
    parties = [Party("doer", 2, None), Party("author", 2, None), Party("doer", 3, None)]
    clean = Identity(3, "Cat")
    assert identity_for(Actor(ANN, (BEN, clean)), "report.submit", ("doer",), parties, None) == clean
    refusal = identity_for(Actor(ANN, (BEN,)), "report.submit", ("doer",), parties, None)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "own_work"


def test_who_has_no_part_is_told_whose_it_is_and_the_service_is_never_among_them() -> None:
    refusal = identity_for(
        Actor(ANN), "case.replan", ("other_clerk", "system", "chair"), [Party("system", 1, None)], None
    )
    assert refusal == Refusal("not_yours", "This is for: other clerk, chair")


def test_the_service_holds_no_persons_role() -> None:
    nobody = Actor(None, (), "tick")
    refusal = identity_for(nobody, "report.edit", ("author",), [Party("author", 1, None)], None)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "not_yours"
    assert (nobody.name, nobody.person_id, nobody.identities, nobody.person_ids) == ("tick", None, (), ())


def test_what_is_on_no_case_is_opened_by_a_grant_that_reaches_it() -> None:
    for_five = Actor(granted("clerk", "body:5"))
    assert may_globally(for_five, "meetings.create", "body:5")
    assert not may_globally(for_five, "meetings.create", "body:6")
    assert not may_globally(for_five, "meetings.create")
    assert may_globally(Actor(ANN, (granted("clerk"),)), "meetings.create", "body:6")
    assert not may_globally(Actor(ANN), "meetings.create")


def test_an_actor_is_oneself_first_and_sees_as_everybody_they_act_for() -> None:
    both = Actor(
        Identity(9, "Zoe", frozenset({4, 3}), frozenset({("clerk", "body:2")})), (BEN, granted("clerk", "body:1"))
    )
    assert (both.name, both.person_id, both.person_ids) == ("Zoe", 9, (9, 2, 3))
    assert both.post_ids == (3, 4, 50)
    assert both.scopes("clerk") == ("body:1", "body:2")
    assert both.scopes("chair") == ()
