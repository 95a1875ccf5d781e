"""Who may: persons and posts, grants with a scope, deputies, nobody's own work, and visibility of refusals."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from commissioning.actors import load_actor
from commissioning.casework import perform
from commissioning.casework.buttons import buttons
from commissioning.casework.errors import Forbidden
from commissioning.db import reading
from commissioning.models.cases import Case, CaseRole, Event, Task
from commissioning.models.people import Deputy, Grant, Person, PostHolding
from tests.support.errands import NOW, TODAY, Town


def step(town: Town, who: str, case: int, name: str, today: date = TODAY, **more: Any) -> Any:
    return town.run(perform, town.actor(who, today), case, name, **({"now": NOW} | more))


def may_not(town: Town, who: str, case: int, name: str, code: str, today: date = TODAY, **more: Any) -> None:
    with pytest.raises(Forbidden) as caught:
        step(town, who, case, name, today, **more)
    assert [r.code for r in caught.value.reasons] == [code]


def test_a_post_is_held_by_whoever_holds_it_on_the_day(town: Town) -> None:
    case = town.errand(signers=("team",))
    step(town, "ann", case, "submit")
    may_not(town, "eve", case, "sign", "not_yours", part=1)

    def change(session: Any) -> None:
        session.execute(
            update(PostHolding)
            .where(PostHolding.person_id == town.people["cat"])
            .values(to_on=TODAY - timedelta(days=1))
        )
        session.add(PostHolding(post_id=town.posts["checkers"], person_id=town.people["eve"], from_on=TODAY))

    town.run(change)
    may_not(town, "cat", case, "sign", "not_yours", part=1)
    may_not(town, "eve", case, "sign", "not_yours", today=TODAY - timedelta(days=1), part=1)
    assert step(town, "eve", case, "sign", part=1).state == "ready"


def test_a_part_is_held_by_its_own_signer_alone(town: Town) -> None:
    case = town.errand(signers=("cat", "eve"))
    step(town, "ann", case, "submit")
    may_not(town, "cat", case, "sign", "not_yours", part=2)
    may_not(town, "eve", case, "sign", "not_yours", part=1)
    may_not(town, "eve", case, "sign", "not_yours", part=77)


def test_grants_reach_as_far_as_their_scope(town: Town) -> None:
    here, there = town.errand(scope="body:5"), town.errand(scope="body:6")
    town.grant("hal", "clerk", "body", 5)
    may_not(town, "hal", there, "pause", "not_yours", reason="r")
    assert step(town, "hal", here, "pause", reason="r").state == "paused"
    town.grant("hal", "clerk")
    assert step(town, "hal", there, "pause", reason="r").state == "paused"


def test_a_grant_has_days(town: Town) -> None:
    case = town.errand()
    town.grant("hal", "clerk")
    town.run(lambda s: s.execute(update(Grant).values(from_on=TODAY + timedelta(days=1))))
    may_not(town, "hal", case, "pause", "not_yours", reason="r")
    town.run(lambda s: s.execute(update(Grant).values(from_on=TODAY - timedelta(days=2), to_on=TODAY)))
    step(town, "hal", case, "pause", reason="r")
    may_not(town, "hal", case, "resume", "not_yours", today=TODAY + timedelta(days=1))


def test_a_role_that_is_no_office_cannot_be_granted(town: Town) -> None:
    """Owner, signer and their like are named in the case; a stray grant gives nothing."""
    case = town.errand()
    town.grant("hal", "owner")
    may_not(town, "hal", case, "submit", "not_yours")


def test_a_deputy_is_recorded_as_a_for_b(town: Town) -> None:
    case = town.errand()
    town.deputise("hal", "ann")
    step(town, "hal", case, "submit")
    event = town.read(select(Event.actor_id, Event.for_id, Event.body).where(Event.step == "submit"))[0]
    assert (event.actor_id, event.for_id) == (town.people["hal"], town.people["ann"])
    assert '"acting_for":"ann"' in event.body
    assert '"actor":"hal"' in event.body


def test_one_s_own_right_comes_before_a_deputy_s(town: Town) -> None:
    case = town.errand()
    town.deputise("ann", "flo")
    town.deputise("flo", "ann")
    step(town, "flo", case, "pause", reason="r")
    event = town.read(select(Event.actor_id, Event.for_id).where(Event.step == "pause"))[0]
    assert (event.actor_id, event.for_id) == (town.people["flo"], None)


def test_deputies_are_not_chained(town: Town) -> None:
    case = town.errand()
    town.deputise("gus", "ann")
    town.deputise("hal", "gus")
    may_not(town, "hal", case, "submit", "not_yours")


def test_a_deputy_has_days_and_ends_with_either_account(town: Town) -> None:
    case = town.errand()
    town.deputise("hal", "ann", days=1)
    may_not(town, "hal", case, "submit", "not_yours", today=TODAY - timedelta(days=1))
    may_not(town, "hal", case, "submit", "not_yours", today=TODAY + timedelta(days=2))

    def active(name: str, is_active: bool) -> None:
        town.run(lambda s: s.execute(update(Person).where(Person.name == name).values(is_active=is_active)))

    active("ann", False)
    may_not(town, "hal", case, "submit", "not_yours")
    active("ann", True)
    active("hal", False)
    with reading(town.engine) as session:
        assert load_actor(session, town.people["hal"], TODAY) is None
        assert load_actor(session, 999_999, TODAY) is None
    active("hal", True)
    assert step(town, "hal", case, "submit", today=TODAY + timedelta(days=1)).state == "signing"


@pytest.mark.parametrize(("deputy", "person"), [("ann", "cat"), ("ben", "cat")])
def test_nobody_signs_their_own_work_for_somebody_else(town: Town, deputy: str, person: str) -> None:
    case = town.errand(signers=("cat",))
    step(town, "ann", case, "submit")
    town.deputise(deputy, person)
    may_not(town, deputy, case, "sign", "own_work", part=1)


def test_nobody_signs_for_somebody_whose_own_work_it_is(town: Town) -> None:
    case = town.errand(signers=("ann",))
    step(town, "ann", case, "submit")
    town.deputise("hal", "ann")
    may_not(town, "ann", case, "sign", "own_work", part=1)
    may_not(town, "hal", case, "sign", "own_work", part=1)


def test_a_member_of_the_team_who_wrote_it_does_not_sign_it(town: Town) -> None:
    case = town.errand(signers=("team",))
    step(town, "ann", case, "submit")

    def helps(session: Any) -> None:
        session.add(CaseRole(id=5, case_id=case, role="helper", person_id=town.people["cat"]))

    town.run(helps)
    may_not(town, "cat", case, "sign", "own_work", part=1)
    assert step(town, "dev", case, "sign", part=1).state == "ready"


def test_whoever_lost_the_role_has_lost_the_step_though_the_task_is_old(town: Town) -> None:
    """Eligibility is decided when acting, not when the task was made."""
    case = town.errand()
    town.run(
        lambda s: s.execute(
            update(CaseRole)
            .where(CaseRole.case_id == case, CaseRole.role == "owner")
            .values(person_id=town.people["hal"])
        )
    )
    assert town.read(select(Task.person_id).where(Task.case_id == case))[0][0] == town.people["ann"]
    may_not(town, "ann", case, "submit", "not_yours")
    assert step(town, "hal", case, "submit").state == "signing"


def test_buttons_offer_what_the_door_would_do_and_say_why_not(town: Town) -> None:
    case = town.errand(signers=("cat", "eve"))
    step(town, "ann", case, "submit")
    with reading(town.engine) as session:
        row = session.get_one(Case, case)
        shown = {b.step.name: b for b in buttons(session, town.actor("eve"), row, NOW)}
        mine = {b.step.name: b for b in buttons(session, town.actor("ann"), row, NOW)}
    assert (shown["sign"].is_available, shown["sign"].part) == (True, 2)
    assert [r.waits_for for r in shown["pause"].reasons] == ["Clerk"]
    assert [r.code for r in shown["take_back"].reasons] == ["not_yours"]
    assert mine["take_back"].is_available
    assert not mine["sign"].is_available
    assert "complete_checks" not in shown


def test_two_deputies_rows_for_the_same_person_are_one_identity(town: Town) -> None:
    town.deputise("hal", "ann")
    town.deputise("hal", "ann", days=3)
    assert [i.name for i in town.actor("hal").acting_for] == ["ann"]
    assert town.read(select(Deputy.id))[1]
