"""Draft outcomes: the table of outcomes by ask, votes, interests, two clerks at once (LI-04 to LI-08, P-20)."""

from typing import Any

import pytest
from sqlalchemy import select

from commissioning import labels
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.decisions.outcomes import BY_ASK, outcomes_for
from commissioning.meetings.sitting_commands import declare_interest
from commissioning.models.bodies import Outcome
from tests.integration.meetings.scenes import attend, options, outcome, published
from tests.support.council import Council

DECIDED = {"agreed", "agreed_as_amended", "rejected"}
ALWAYS = {"deferred", "referred", "withdrawn"}
TABLE = {
    **dict.fromkeys(("approve", "agree", "agree_not_to", "proceed", "delegate", "refer", "choose"), DECIDED | ALWAYS),
    "comment": {"commented"} | ALWAYS,
    "note": {"noted"} | ALWAYS,
}


def test_the_table_is_that_of_the_design_and_has_words() -> None:
    assert {ask: set(outcomes_for(ask)) for ask in BY_ASK} == TABLE
    assert set(BY_ASK) == set(labels.ASKS)
    assert set().union(*TABLE.values()) == set(labels.OUTCOMES)


def test_every_ask_refuses_what_it_cannot_have(council: Council) -> None:
    body = council.body(kind="partnership")
    asks = list(BY_ASK)
    extra = {"choose": {"options": ["One", "Two"], "least": 1, "most": 1}}
    meeting, report, item = published(council, body, [{"ask": a} | extra.get(a, {}) for a in asks])
    for ask, recommendation in zip(asks, council.recommendations(report), strict=True):
        for is_ in labels.OUTCOMES.keys() - TABLE[ask]:
            with pytest.raises(Invalid, match="Select one of"):
                outcome(council, meeting, item, recommendation, is_)


def test_li05_choosing_needs_from_least_to_most_options(council: Council) -> None:
    body = council.body(kind="partnership")
    given = {"ask": "choose", "options": ["A", "B", "C", "D"], "least": 1, "most": 2}
    meeting, report, item = published(council, body, [given, {}])
    choose, other = council.recommendations(report)
    ids = options(council, choose)
    for chosen in ((), tuple(ids[:3]), (ids[0], 12345)):
        with pytest.raises(Invalid) as refused:
            outcome(council, meeting, item, choose, chosen=chosen)
        assert set(refused.value.errors) == {"chosen"}
    with pytest.raises(Invalid):
        outcome(council, meeting, item, other, chosen=(ids[0],))
    outcome(council, meeting, item, choose, chosen=(ids[1], ids[3]))
    outcome(council, meeting, item, other)
    council.step("clerk", meeting, "confirm_decisions")
    assert council.decisions(meeting)[0].chosen == "B\nD"


@pytest.mark.parametrize(
    ("ask", "is_", "missing"),
    [
        ("agree", "agreed_as_amended", "amended_text"),
        ("comment", "commented", "comments"),
        ("agree_not_to", "rejected", "reasons"),
    ],
)
def test_li07_some_outcomes_need_words(council: Council, ask: str, is_: str, missing: str) -> None:
    """LI-07: what is commented is collected; LI-06: to agree not to do it is an outcome."""
    body = council.body(kind="partnership")
    meeting, report, item = published(council, body, [{"ask": ask}])
    (recommendation,) = council.recommendations(report)
    with pytest.raises(Invalid) as refused:
        outcome(council, meeting, item, recommendation, is_)
    assert set(refused.value.errors) == {missing}
    if is_ == "agreed_as_amended":
        with pytest.raises(Invalid, match="The text is as it was proposed"):
            outcome(council, meeting, item, recommendation, is_, amended_text=" That recommendation 1  be agreed")
    outcome(council, meeting, item, recommendation, is_, **{missing: "Words"})


def test_votes_are_not_more_than_those_who_may_vote(council: Council) -> None:
    body = council.body()
    meeting, report, item = published(council, body, [{}])
    (recommendation,) = council.recommendations(report)
    outcome(council, meeting, item, recommendation, votes_for=3, abstentions=1)
    council.run("ann", declare_interest, meeting, item, council.people["ann"], "A relative works there")
    with pytest.raises(Invalid, match="4 votes are more than the 3 who may vote"):
        outcome(council, meeting, item, recommendation, votes_for=3, abstentions=1, version=1)
    with pytest.raises(Invalid, match="0 or more"):
        outcome(council, meeting, item, recommendation, votes_for=3, abstentions=-1, version=1)
    outcome(council, meeting, item, recommendation, votes_for=3, version=1)


def test_a_member_declares_their_own_interest_and_once(council: Council) -> None:
    body = council.body()
    meeting, _, item = published(council, body, [{}])
    with pytest.raises(Forbidden, match="declare your own"):
        council.run("ann", declare_interest, meeting, item, council.people["bob"], "Not hers to say")
    with pytest.raises(Forbidden):
        council.run("stranger", declare_interest, meeting, item, council.people["stranger"], "Nothing")
    council.run("ann", declare_interest, meeting, item, council.people["ann"], "A relative works there")
    with pytest.raises(Invalid, match="declared already"):
        council.run("ann", declare_interest, meeting, item, council.people["ann"], "Again")


def test_two_clerks_at_one_outcome_are_shown_both(council: Council) -> None:
    body = council.body()
    meeting, report, item = published(council, body, [{}])
    (recommendation,) = council.recommendations(report)
    outcome(council, meeting, item, recommendation, "rejected", reasons="Too dear")
    with pytest.raises(Stale) as stale:
        outcome(council, meeting, item, recommendation, "agreed")
    assert (stale.value.theirs, stale.value.yours) == ("Rejected: Too dear", "Agreed")
    outcome(council, meeting, item, recommendation, "agreed", version=1)
    row = council.read(lambda s: s.scalars(select(Outcome)).one())
    assert (row.outcome, row.version) == ("agreed", 2)


def test_outcomes_are_the_clerks_until_confirmed_and_then_frozen(council: Council) -> None:
    body = council.body(kind="partnership")
    meeting, report, item = published(council, body, [{}])
    (recommendation,) = council.recommendations(report)
    from commissioning.decisions.outcome_commands import save_outcome
    from commissioning.decisions.outcomes import OutcomeInput

    for who in ("ann", "chair", "author"):
        with pytest.raises(Forbidden):
            council.run(who, save_outcome, meeting, item, recommendation, OutcomeInput("agreed"))
    outcome(council, meeting, item, recommendation)
    council.step("clerk", meeting, "confirm_decisions")
    with pytest.raises(NotNow, match="frozen"):
        outcome(council, meeting, item, recommendation, "rejected", reasons="Later", version=1)
    with pytest.raises(NotNow, match="frozen"):
        attend(council, meeting, "ann")


def test_an_outcome_belongs_to_an_item_of_this_meeting(council: Council) -> None:
    body = council.body()
    meeting, report, item = published(council, body, [{}])
    (recommendation,) = council.recommendations(report)
    for wrong in ((item + 1, recommendation), (item, recommendation + 1)):
        with pytest.raises(NotFound):
            outcome(council, meeting, *wrong)


def test_a_long_text_is_refused(council: Council) -> None:
    body = council.body()
    meeting, report, item = published(council, body, [{}])
    given: dict[str, Any] = {"reasons": "x" * 10_001}
    with pytest.raises(Invalid, match="10,000 characters"):
        outcome(council, meeting, item, council.recommendations(report)[0], **given)
