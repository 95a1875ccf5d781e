"""Virements: the ladder, nobody's own, money that is there, the year's one lock, decisions that act (product.md, 3)."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError

from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Refused
from commissioning.models.cases import Case, Event, Task
from commissioning.models.money import MoneyEntry, Virement
from commissioning.models.people import Grant, Post, PostHolding
from commissioning.models.reports import Recommendation, Section
from commissioning.money.commands import set_baselines, take_saving
from commissioning.money.ledger import Balances, get_balances, limit_of
from commissioning.money.virements import NewVirement, create_virement
from commissioning.reports.from_work import start_report
from commissioning.visibility import visible
from tests.integration.meetings.scenes import decide, published
from tests.support.units import SPRING, START, Town

TEN_THOUSAND, DIRECTOR, BOARD = 1_000_000, 10_000_000, 50_000_000


@pytest.fixture
def world(town: Town) -> tuple[Town, int, int, int]:
    """Two units with a million and a quarter each, and an open year."""
    one, two, year = town.unit(), town.unit("Study Centre", head="head_two"), town.year()
    town.money(year, {one: 125_000_000, two: 125_000_000})
    return town, year, one, two


def propose(town: Town, year: int, source: int | None, to: int | None, pence: int, who: str = "carla") -> int:
    """A virement for a purpose."""
    return int(town.run(who, create_virement, year, NewVirement(source, to, pence, "Tutors")))


def balances(town: Town, year: int) -> Balances:
    found: Balances = town.read(lambda s: get_balances(s, year))
    return found


def grant_finance(town: Town, who: str) -> None:
    """Who may propose any virement."""
    given = {"person_id": town.people[who], "role": "finance", "scope_kind": "organisation", "from_on": START}
    town.write(lambda s: s.execute(insert(Grant).values(**given)))


def test_the_finance_leader_approves_what_is_small_and_both_limits_move(world: tuple[Town, int, int, int]) -> None:
    town, year, one, two = world
    made = propose(town, year, one, two, TEN_THOUSAND)
    town.step("fay", made, "approve")
    assert town.state(made) == "applied"
    held = balances(town, year)
    assert (held.limits[one], held.limits[two]) == (117_500_000 - TEN_THOUSAND, 117_500_000 + TEN_THOUSAND)
    assert held.is_balanced
    row = town.read(lambda s: s.scalars(select(MoneyEntry).where(MoneyEntry.source_id == made)).one())
    assert (row.kind, row.reason, row.entered_by_id) == ("virement", "Tutors", town.people["fay"])
    event = town.read(lambda s: s.scalars(select(Event.body).where(Event.name == "virement.approved")).one())
    assert f'["virement", "limit", {one}, "limit", {two}, {TEN_THOUSAND}]' in event or str(TEN_THOUSAND) in event


@pytest.mark.parametrize(
    ("pence", "states"),
    [
        (DIRECTOR - 1, ["applied"]),
        (DIRECTOR, ["for_director", "applied"]),
        (BOARD - 1, ["for_director", "applied"]),
        (BOARD, ["for_director", "for_board"]),
    ],
)
def test_the_amount_says_how_high_it_goes(world: tuple[Town, int, int, int], pence: int, states: list[str]) -> None:
    town, year, one, two = world
    made = propose(town, year, one, two, pence)
    seen = []
    for who, step in (("fay", "approve"), ("director", "approve_further"))[: len(states)]:
        town.step(who, made, step)
        seen.append(town.state(made))
    assert seen == states


def test_money_comes_from_and_goes_to_the_commissioning_budget(world: tuple[Town, int, int, int]) -> None:
    """Either side may be the commissioning budget; the sum stays (BR-22, BR-23)."""
    town, year, one, _ = world
    town.step("fay", propose(town, year, None, one, TEN_THOUSAND), "approve")
    assert balances(town, year).pot == 15_000_000 - TEN_THOUSAND
    town.step("fay", propose(town, year, one, None, 2 * TEN_THOUSAND), "approve")
    held = balances(town, year)
    assert (held.pot, held.limits[one]) == (15_000_000 + TEN_THOUSAND, 117_500_000 - TEN_THOUSAND)
    assert held.is_balanced


def test_who_may_propose(world: tuple[Town, int, int, int]) -> None:
    """A commissioner, finance, the giving unit's strategy leader; not a head, and no leader over the common pot."""
    town, year, one, two = world
    for who in ("carla", "finn", "leo"):
        propose(town, year, one, two, TEN_THOUSAND, who)
    for who in ("heidi", "hugo", "audrey", "stranger", "director"):
        with pytest.raises(Forbidden):
            propose(town, year, one, two, TEN_THOUSAND, who)
    with pytest.raises(Forbidden):
        propose(town, year, None, two, TEN_THOUSAND, "leo")


def test_nobody_approves_their_own(world: tuple[Town, int, int, int]) -> None:
    """The bar covers the post that approves: whoever proposed cannot, whatever post they hold (policy and CHECK)."""
    town, year, one, two = world
    town.write(
        lambda s: s.execute(
            insert(PostHolding).values(
                post_id=town.posts["finance_leader"], person_id=town.people["carla"], from_on=START
            )
        )
    )
    made = propose(town, year, one, two, TEN_THOUSAND)
    with pytest.raises(Forbidden, match="proposer"):
        town.step("carla", made, "approve")
    with pytest.raises(DBAPIError):
        town.write(
            lambda s: s.execute(
                update(Virement).where(Virement.case_id == made).values(approved_by_id=Virement.proposed_by_id)
            )
        )
    town.step("fay", made, "approve")
    assert town.state(made) == "applied"


def test_what_only_the_proposer_could_approve_falls_to_the_posts_second(world: tuple[Town, int, int, int]) -> None:
    """Only somebody excluded holds the post: its named second is asked, and nobody waits for themselves."""
    town, year, one, two = world
    post = Post.id == town.posts["finance_leader"]
    grant_finance(town, "fay")
    with pytest.raises(Invalid, match="Nobody else holds Strategy Leader of Finance, which must approve it"):
        propose(town, year, one, two, TEN_THOUSAND, "fay")
    town.write(lambda s: s.execute(update(Post).where(post).values(second_id=town.posts["leader"])))
    made = propose(town, year, one, two, TEN_THOUSAND, "fay")
    asked = select(Task.post_id, Task.step).where(Task.case_id == made, Task.closed_at.is_(None))
    assert [tuple(row) for row in town.read(lambda s: s.execute(asked).all())] == [(town.posts["leader"], "approve")]
    with pytest.raises(Forbidden):
        town.step("fay", made, "approve")
    town.step("leo", made, "approve")
    assert town.state(made) == "applied"
    others = propose(town, year, one, two, TEN_THOUSAND)
    town.step("fay", others, "approve")
    assert town.state(others) == "applied"


def test_the_director_alone_does_not_wait_for_themselves(world: tuple[Town, int, int, int]) -> None:
    """The second rung too: who proposed, or is the only one for the first, is not asked; below it nobody minds."""
    town, year, one, two = world
    post = Post.id == town.posts["director_post"]
    grant_finance(town, "director")
    propose(town, year, one, two, DIRECTOR - 1, "director")
    with pytest.raises(Invalid, match="Nobody else holds Director of Children’s Services"):
        propose(town, year, one, two, DIRECTOR, "director")
    town.write(lambda s: s.execute(update(Post).where(post).values(second_id=town.posts["finance_leader"])))
    with pytest.raises(Invalid, match="Nobody else holds Director"):
        propose(town, year, one, two, DIRECTOR, "director")
    town.write(lambda s: s.execute(update(Post).where(post).values(second_id=town.posts["leader"])))
    made = propose(town, year, one, two, DIRECTOR, "director")
    town.step("fay", made, "approve")
    town.step("leo", made, "approve_further")
    assert town.state(made) == "applied"


def test_two_rungs_are_two_people(world: tuple[Town, int, int, int]) -> None:
    town, year, one, two = world
    town.write(
        lambda s: s.execute(
            insert(PostHolding).values(post_id=town.posts["director_post"], person_id=town.people["fay"], from_on=START)
        )
    )
    made = propose(town, year, one, two, DIRECTOR)
    town.step("fay", made, "approve")
    with pytest.raises(NotNow, match="approved this virement"):
        town.step("fay", made, "approve_further")
    town.step("director", made, "approve_further")
    assert town.state(made) == "applied"


def test_money_that_is_no_longer_there_is_refused_with_words(world: tuple[Town, int, int, int]) -> None:
    """BR-19: two proposals each had the money; the second to be approved has not."""
    town, year, one, two = world
    most = 9_000_000
    made = [propose(town, year, one, two, most) for _ in range(14)]
    for virement in made[:13]:
        town.step("fay", virement, "approve")
    with pytest.raises(NotNow) as refused:
        town.step("fay", made[13], "approve")
    assert [r.text for r in refused.value.reasons] == ["The cash limit has £5,000, less than £90,000"]
    assert town.state(made[13]) == "proposed"
    assert balances(town, year).limits[one] == 500_000
    with pytest.raises(Invalid, match="cash limit has"):
        propose(town, year, one, two, most)


def test_two_approvals_at_once_do_not_give_the_same_money_twice(world: tuple[Town, int, int, int]) -> None:
    """The year's lock: one of two approvals of all that there is fails, whichever comes second."""
    town, year, one, two = world
    for _n in range(11):
        town.step("fay", propose(town, year, one, two, 9_900_000), "approve")
    made = [propose(town, year, one, two, 8_000_000) for _ in range(2)]
    said: list[Any] = []
    start = threading.Barrier(2)

    def approve(virement: int) -> None:
        start.wait()
        try:
            town.step("fay", virement, "approve")
            said.append("applied")
        except Refused as refused:
            said.append(type(refused).__name__)

    workers = [threading.Thread(target=approve, args=(m,)) for m in made]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(said) == ["NotNow", "applied"]
    assert balances(town, year).limits[one] == 117_500_000 - 11 * 9_900_000 - 8_000_000


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount_pence": 0}, "amount"),
        ({"amount_pence": -1}, "amount"),
        ({"amount_pence": 10**12}, "amount"),
        ({"purpose": "  "}, "purpose"),
        ({"purpose": "x" * 2001}, "purpose"),
        ({"to_unit_id": 5}, "from_unit_id"),
        ({"to_unit_id": "one"}, "to_unit_id"),
    ],
)
def test_bad_input_is_named_by_field(world: tuple[Town, int, int, int], change: dict[str, Any], field: str) -> None:
    town, year, one, two = world
    values = {"from_unit_id": one, "to_unit_id": two, "amount_pence": 100, "purpose": "Tutors"} | change
    if values["to_unit_id"] == "one":
        values["to_unit_id"] = one
    with pytest.raises(Invalid) as refused:
        town.run("carla", create_virement, year, NewVirement(**values))
    assert list(refused.value.errors) == [field]
    with pytest.raises(NotFound):
        town.run("carla", create_virement, one, NewVirement(one, two, 100, "Tutors"))


def test_a_unit_that_has_ended_gets_nothing_and_gives_what_it_has(world: tuple[Town, int, int, int]) -> None:
    town, year, one, two = world
    town.write(lambda s: s.execute(update(Case).where(Case.id == two).values(is_done=True)))
    with pytest.raises(Invalid, match="Study Centre has ended"):
        propose(town, year, one, two, 100)
    assert town.state(propose(town, year, two, one, 100)) == "proposed"


def test_a_closed_year_moves_nothing_and_waits_for_its_virements(world: tuple[Town, int, int, int]) -> None:
    town, year, one, two = world
    made = propose(town, year, one, two, 100)
    town.now = SPRING.replace(year=2027, month=5)
    with pytest.raises(NotNow, match="virements are still open"):
        town.step("finn", year, "close_year")
    town.step("fay", made, "reject", reason="Too late")
    town.step("finn", year, "close_year")
    with pytest.raises(Invalid, match="is closed"):
        propose(town, year, one, two, 100)


def test_rejected_and_withdrawn_move_nothing(world: tuple[Town, int, int, int]) -> None:
    town, year, one, two = world
    turned, taken_back = propose(town, year, one, two, 100), propose(town, year, one, two, 100)
    with pytest.raises(Invalid):
        town.step("fay", turned, "reject")
    town.step("fay", turned, "reject", reason="Not needed")
    with pytest.raises(Forbidden):
        town.step("leo", taken_back, "withdraw", reason="x")
    town.step("carla", taken_back, "withdraw", reason="A mistake")
    assert (town.state(turned), town.state(taken_back)) == ("rejected", "withdrawn")
    assert town.read(lambda s: limit_of(s, year, one)) == 117_500_000


def for_board(town: Town, year: int, one: int, two: int) -> int:
    """A virement that waits for a board."""
    made = propose(town, year, one, two, BOARD)
    town.step("fay", made, "approve")
    town.step("director", made, "approve_further")
    return made


def test_its_paper_begins_from_the_virement_and_is_linked_to_it(world: tuple[Town, int, int, int]) -> None:
    """Below the last rung no board is asked; at it, whoever proposed starts the paper, with both limits."""
    town, year, one, two = world
    meeting = town.meeting(town.body(kind="partnership"))
    with pytest.raises(NotNow, match="not asked anything"):
        town.run("carla", start_report, propose(town, year, one, two, DIRECTOR), meeting)
    made = for_board(town, year, one, two)
    with pytest.raises(NotFound):
        town.run("stranger", start_report, made, meeting)
    report = town.run("carla", start_report, made, meeting)
    asked = town.read(lambda s: s.scalars(select(Recommendation).where(Recommendation.report_id == report)).one())
    assert (asked.about_id, asked.about_step, asked.amount_pence) == (made, "apply", BOARD)
    texts = {r.key: r.text for r in town.read(lambda s: s.execute(select(Section.key, Section.text)).all())}
    assert "It is proposed to move" in texts["summary"]
    assert "£1,175,000 today, " in texts["financial_revenue"]


@pytest.mark.parametrize(
    ("outcome", "state", "moved"),
    [
        ("agreed", "applied", BOARD),
        ("rejected", "rejected", 0),
        ("deferred", "for_board", 0),
        ("withdrawn", "for_board", 0),
    ],
)
def test_a_boards_decision_acts(world: tuple[Town, int, int, int], outcome: str, state: str, moved: int) -> None:
    """LI-04 and the ladder's last rung: a decision applies or rejects; a decision put off leaves it waiting."""
    town, year, one, two = world
    made = for_board(town, year, one, two)
    body = town.body(kind="partnership")
    meeting, report, item = published(town, body, [{"about_id": made, "about_step": "apply"}])
    decide(town, meeting, report, item, outcome)
    assert town.state(made) == state
    assert town.read(lambda s: limit_of(s, year, one)) == 117_500_000 - moved
    held = balances(town, year)
    assert held.is_balanced
    if moved:
        kinds = town.read(lambda s: s.scalars(select(MoneyEntry.kind).where(MoneyEntry.source_id == made)).all())
        assert kinds == ["decision"]


def test_a_decision_on_money_that_is_gone_stands_and_says_so(world: tuple[Town, int, int, int]) -> None:
    town, year, one, two = world
    made = for_board(town, year, one, two)
    for _ in range(7):
        other = propose(town, year, one, two, DIRECTOR)
        town.step("fay", other, "approve")
        town.step("director", other, "approve_further")
    body = town.body(kind="partnership")
    meeting, report, item = published(town, body, [{"about_id": made, "about_step": "apply"}])
    decide(town, meeting, report, item, "agreed")
    assert town.state(made) == "for_board"
    assert town.decisions(meeting)[0].not_carried_out == "The cash limit has £475,000, less than £500,000"
    assert balances(town, year).is_balanced


def test_who_sees_a_virement(world: tuple[Town, int, int, int]) -> None:
    """Those above units, the heads and leaders of the two units, the proposer; nobody else."""
    town, year, one, _ = world
    made = propose(town, year, one, None, 100)

    def sees(who: str) -> bool:
        query = lambda s: s.scalars(  # noqa: E731
            select(Case.id).where(visible(town.actor(who, s), "virement", town.now.date()))
        ).all()
        return made in town.read(query)

    seen = {
        who for who in ("heidi", "hugo", "leo", "fay", "carla", "finn", "director", "audrey", "stranger") if sees(who)
    }
    assert seen == {"heidi", "leo", "fay", "carla", "finn", "director", "audrey"}


STEPS = st.one_of(
    st.tuples(st.just("baseline"), st.integers(0, 2), st.integers(0, 10**11)),
    st.tuples(st.just("saving"), st.just(0), st.just(0)),
    st.tuples(st.just("virement"), st.integers(0, 11), st.integers(1, 10**9)),
    st.tuples(st.just("decision"), st.integers(0, 11), st.integers(BOARD, 10**10)),
)
SIDES = [(a, b) for a in (None, 0, 1, 2) for b in (None, 0, 1, 2) if a != b]


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS, min_size=2, max_size=8))
def test_limits_and_pot_come_to_the_baselines_whatever_happens(town: Town, steps: list[tuple[str, int, int]]) -> None:
    """BR-22: no sequence of baselines, savings, virements and decisions breaks the sum, and no limit goes below 0."""
    units, year = _world_of_three(town)
    for kind, which, pence in steps:
        try:
            if kind == "baseline":
                town.run("finn", set_baselines, year, {units[which]: pence})
            elif kind == "saving":
                town.run("finn", take_saving, year)
            else:
                _move(town, year, units, SIDES[which], pence)
        except (Invalid, NotNow):
            pass
        held = balances(town, year)
        assert held.is_balanced
        assert min([held.pot, *held.limits.values()]) >= 0


def _move(town: Town, year: int, units: list[int], sides: tuple[int | None, int | None], pence: int) -> None:
    source, to = (None if side is None else units[side] for side in sides)
    made = propose(town, year, source, to, pence)
    town.step("fay", made, "approve")
    if town.state(made) == "for_director":
        town.step("director", made, "approve_further")
    if town.state(made) == "for_board":
        _decide(town, made)


def _decide(town: Town, virement: int) -> None:
    """As the decision does it: the service's own step."""
    from commissioning.actors import system_actor
    from commissioning.casework import perform

    town.write(lambda s: perform(s, system_actor("decision 1"), virement, "apply", now=town.now))


def _world_of_three(town: Town) -> tuple[list[int], int]:
    made: dict[str, Any] = town.__dict__.setdefault("made", {})
    if not made:
        made["units"] = [town.unit(name) for name in ("Arts", "Outdoor", "Music")]
        made["year"] = town.year()
        town.money(made["year"], dict.fromkeys(made["units"], 10**11))
    return made["units"], made["year"]
