"""Sign-offs recorded from e-mail, telephone or paper, and disputed; on both engines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from commissioning.auditing.queries import count_from_elsewhere
from commissioning.casework.errors import Forbidden, Invalid, NotNow
from commissioning.models.bodies import Body
from commissioning.models.cases import Message
from commissioning.models.reports import Appendix
from commissioning.reports.commands import Header, edit_header, remove_recommendation, save_appendix
from commissioning.reports.queue import sign_off_queue
from commissioning.reports.sign_offs import dispute, record_elsewhere
from tests.integration.reports.world import Papers
from tests.support.council import NOW


def queue(papers: Papers, who: str) -> list[str]:
    """How the lines of somebody's queue stand."""
    c = papers.council
    return [x.code for x in c.read(lambda s: sign_off_queue(s, c.actor(who, s), c.now))]


def elsewhere(papers: Papers, **more: Any) -> None:
    """Fin's word, given by e-mail today, recorded by the clerk."""
    given: dict[str, Any] = {
        "outcome": "cleared", "comment": "Affordable", "evidence": "E-mail of 1 October",
        "given_at": papers.council.now,
        "who": "fin", "by": "clerk", "post": "finance",
    } | more  # fmt: skip
    papers.council.run(
        given["by"], record_elsewhere, papers.report, papers.sign_off(given["post"]).id,
        papers.council.people[given["who"]], given["outcome"], given["comment"], given["evidence"], given["given_at"],
        conditions=given.get("conditions", ""),
    )  # fmt: skip


def test_recorded_from_elsewhere_and_disputed(papers: Papers) -> None:
    papers.out()
    papers.sign("lena", "legal")
    elsewhere(papers)
    assert papers.state == "with_sponsor"
    row, people = papers.sign_off("finance"), papers.council.people
    assert (row.signed_by_id, row.recorded_by_id, row.comment) == (people["fin"], people["clerk"], "Affordable")
    told = papers.council.read(
        lambda s: s.scalars(select(Message.about).where(Message.person_id == people["fin"])).all()
    )
    assert "recorded_elsewhere" in told
    assert papers.council.read(count_from_elsewhere) == (1, 0, 0, 0), "such records are counted"
    with pytest.raises(Forbidden):
        papers.council.run("lena", dispute, papers.report, row.id, "Not mine")
    papers.council.run("fin", dispute, papers.report, row.id, "I said no such thing")
    assert papers.sign_off("finance").outcome is None
    assert papers.council.read(count_from_elsewhere) == (0, 1, 0, 0)
    assert queue(papers, "fin") == ["disputed"]
    with pytest.raises(NotNow, match="outstanding"):
        papers.council.step("sponsor", papers.report, "submit")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"evidence": " "}, "evidence"),
        ({"outcome": "fine"}, "outcome"),
        ({"outcome": "not_applicable", "comment": ""}, "comment"),
        ({"outcome": "cleared_with_conditions"}, "conditions"),
        ({"given_at": NOW + timedelta(days=2)}, "given_at"),
        ({"who": "olga"}, "person_id"),
    ],
)
def test_what_is_recorded_from_elsewhere_is_checked(papers: Papers, more: dict[str, Any], field: str) -> None:
    papers.out()
    with pytest.raises(Invalid) as refused:
        elsewhere(papers, **more)
    assert field in refused.value.errors


def test_a_word_given_on_an_older_text_cannot_be_recorded(papers: Papers) -> None:
    papers.out()
    given = papers.council.now
    papers.council.now = given + timedelta(days=1)
    papers.write("finance", "The cost has doubled.")
    with pytest.raises(Invalid, match="another text"):
        elsewhere(papers, given_at=given)


def _take_out(papers: Papers) -> None:
    papers.council.run("author", remove_recommendation, papers.report, papers.recommendations()[-1].id)


def _classify(papers: Papers) -> None:
    papers.council.run("author", edit_header, papers.report, Header(is_key_decision=True, key_reason="Cost"), None)


def _attach(papers: Papers, letter: str) -> None:
    rows = papers.council.read(lambda s: s.scalars(select(Appendix).where(Appendix.letter == letter)).all())
    papers.council.run("author", save_appendix, papers.report, "Another plan", appendix_id=rows[0].id)


@pytest.mark.parametrize(
    ("change", "is_other"),
    [
        (_take_out, True),
        (_classify, True),
        (lambda papers: _attach(papers, "B"), True),
        (lambda papers: _attach(papers, "A"), False),
        (lambda papers: papers.council.run("author", edit_header, papers.report, Header(ward="North"), None), False),
    ],
)
def test_a_word_given_before_anything_that_it_covers_was_changed(
    papers: Papers, change: Callable[[Papers], None], is_other: bool
) -> None:
    """Recommendations taken out, the classification and cited appendices are covered as the text is."""
    papers.draft()
    papers.ask("That the Cabinet notes the risks", "note")
    papers.write("finance", "The cost is in Appendix B.")
    for title in ("Map", "Costs"):
        papers.council.run("author", save_appendix, papers.report, title)
    papers.council.step("author", papers.report, "request_clearance")
    given = papers.council.now
    papers.council.now = given + timedelta(days=1)
    change(papers)
    if not is_other:
        elsewhere(papers, given_at=given)
        return
    with pytest.raises(Invalid, match="another text"):
        elsewhere(papers, given_at=given)


def test_a_body_can_forbid_recording_from_elsewhere(papers: Papers) -> None:
    def forbid(session: Any) -> None:
        session.get_one(Body, papers.body).allows_elsewhere = False

    papers.council.write(forbid)
    papers.out()
    with pytest.raises(NotNow, match="does not accept"):
        elsewhere(papers)


def test_only_the_clerk_records_from_elsewhere_and_never_over_a_standing_answer(papers: Papers) -> None:
    papers.out()
    with pytest.raises(Forbidden):
        elsewhere(papers, by="author")
    papers.sign("fin", "finance")
    with pytest.raises(NotNow, match="given already"):
        elsewhere(papers)
