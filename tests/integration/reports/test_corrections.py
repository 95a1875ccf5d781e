"""Spelling and layout corrections by the clerk, where every signer allowed them (product.md, "Sign-offs"); on both
engines."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from commissioning.audit_verify import snapshot, verify
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.models.cases import Event, Message
from commissioning.models.people import PostHolding
from commissioning.models.reports import ReportEdition
from commissioning.reports.correcting import correct_passage, list_corrections, passages
from commissioning.reports.covers import read_parts
from commissioning.reports.queue import sign_off_queue, sign_off_view
from tests.integration.reports.test_pages import SignIn, hidden, sign_in
from tests.integration.reports.world import Papers
from tests.support.council import NOW, PUBLISH_AT

__all__ = ["sign_in"]
WRONG = "The Council has the power to do thsi."
RIGHT = "The Council has the power to do this."


def cleared(papers: Papers, *, legal: bool = True, finance: bool = True) -> None:
    """A report at its sponsor with a slip in the legal implications and another in the recommendation."""
    papers.draft()
    papers.write("legal", WRONG)
    papers.council.step("author", papers.report, "request_clearance")
    papers.sign("lena", "legal", corrections_allowed=legal)
    papers.sign("fin", "finance", corrections_allowed=finance)
    assert papers.state == "with_sponsor"


def code(papers: Papers, heading: str) -> str:
    """How addresses name a passage."""
    found = papers.council.read(lambda s: passages(read_parts(s, papers.report)))
    return str(next(p.code for p in found if p.heading == heading))


def correct(
    papers: Papers, text: str, heading: str = "Legal implications", who: str = "clerk", version: int | None = None
) -> None:
    """Correct a passage as somebody."""
    which = code(papers, heading)
    papers.council.run(who, correct_passage, papers.report, which, text, "One spelling mistake", version)


def told(papers: Papers, name: str) -> int:
    """How many messages about corrections a person got in the service."""
    query = select(Message.id).where(
        Message.person_id == papers.council.people[name], Message.about == "corrected", Message.channel == "in_app"
    )
    return len(papers.council.read(lambda s: s.scalars(query).all()))


def test_a_correction_stales_nothing_and_both_texts_are_in_the_record(papers: Papers) -> None:
    cleared(papers)
    version, signed = papers.section("legal").version, papers.sign_off("legal").content_sha256
    correct(papers, RIGHT)
    row = papers.section("legal")
    assert (row.text, row.version) == (RIGHT, version + 1)
    assert papers.current("legal")
    assert papers.current("finance")
    assert papers.state == "with_sponsor"
    event = papers.council.read(lambda s: s.scalars(select(Event).where(Event.name == "report.corrected")).one())
    body, chained = json.loads(event.body), json.loads(event.chained)
    assert body["changes"] == {"section:legal": [WRONG, RIGHT]}
    hashes, mine = chained["hashes"], papers.sign_off("legal")
    assert hashes[f"signed:{mine.id}"] == signed
    assert hashes[f"corrected:{mine.id}"] == mine.content_sha256 != signed
    with snapshot(papers.council.engine) as session:
        assert verify(session).is_whole


def test_signers_see_it_with_the_difference_and_are_told_but_not_asked(papers: Papers) -> None:
    cleared(papers)
    correct(papers, RIGHT)
    c = papers.council
    view = c.read(lambda s: sign_off_view(s, c.actor("lena", s), papers.report, papers.sign_off("legal").id, c.now))
    assert [(x.heading, x.old, x.new, x.by) for x in view.corrections] == [
        ("Legal implications", WRONG, RIGHT, "Clerk")
    ]
    assert view.changes == []
    assert c.read(lambda s: sign_off_queue(s, c.actor("lena", s), c.now)) == []
    other = c.read(lambda s: sign_off_view(s, c.actor("fin", s), papers.report, papers.sign_off("finance").id, c.now))
    assert other.corrections == [], "Finance does not cover the legal implications"
    assert [told(papers, n) for n in ("author", "lena", "lou", "fin")] == [1, 1, 1, 0]


def test_it_is_refused_where_one_signer_who_covers_it_did_not_allow_it(papers: Papers) -> None:
    cleared(papers, finance=False)
    with pytest.raises(NotNow) as refused:
        correct(papers, "That the Cabinet aproves the plan for short breaks", "Recommendation 1")
    assert [r.code for r in refused.value.reasons] == ["not_allowed"]
    assert "Finance has not allowed" in refused.value.reasons[0].text
    correct(papers, RIGHT)
    assert papers.section("legal").text == RIGHT, "Finance does not cover the legal implications"


def test_a_recommendation_that_all_of_them_cover(papers: Papers) -> None:
    cleared(papers)
    correct(papers, "That the Cabinet approves the plan for short-breaks", "Recommendation 1")
    assert papers.recommendations()[0].text.endswith("short-breaks")
    assert papers.current("legal")
    assert papers.current("finance")
    assert [told(papers, n) for n in ("lena", "fin")] == [1, 1]


def test_a_submitted_paper_gets_a_new_edition(papers: Papers) -> None:
    cleared(papers)
    papers.council.step("sponsor", papers.report, "submit")
    correct(papers, RIGHT)
    editions = papers.council.read(lambda s: s.scalars(select(ReportEdition).order_by(ReportEdition.number)).all())
    assert [(WRONG in e.content, RIGHT in e.content) for e in editions] == [(True, False), (False, True)]
    papers.council.step("clerk", papers.report, "put_on_agenda")
    correct(papers, RIGHT.replace("power", "Power"))
    assert papers.current("legal")


def test_published_text_is_frozen(papers: Papers) -> None:
    cleared(papers)
    c = papers.council
    c.step("sponsor", papers.report, "submit")
    c.step("clerk", papers.report, "put_on_agenda")
    c.step("clerk", papers.meeting, "open_for_papers")
    c.now = PUBLISH_AT
    c.step("clerk", papers.meeting, "close_papers")
    c.step("clerk", papers.meeting, "publish_agenda")
    assert papers.state == "published"
    with pytest.raises(NotNow) as refused:
        correct(papers, RIGHT)
    assert [r.code for r in refused.value.reasons] == ["published"]


def test_drafts_are_corrected_by_their_writers(papers: Papers) -> None:
    papers.out()
    papers.sign("lena", "legal", corrections_allowed=True)
    with pytest.raises(NotNow):
        correct(papers, "The Council has the power to do That.")


@pytest.mark.parametrize("who", ["author", "sponsor", "lena", "chair", "olga"])
def test_only_the_clerk_corrects(papers: Papers, who: str) -> None:
    cleared(papers)
    with pytest.raises(Forbidden):
        correct(papers, RIGHT, who=who)


def test_a_clerk_who_signs_for_it_does_not_correct_it(papers: Papers) -> None:
    cleared(papers)
    c = papers.council
    c.write(lambda s: s.add(PostHolding(post_id=c.posts["finance"], person_id=c.people["clerk"], from_on=NOW.date())))
    with pytest.raises(Forbidden) as refused:
        correct(papers, RIGHT)
    assert [r.code for r in refused.value.reasons] == ["own_work"]


def test_what_is_more_than_spelling_goes_back_to_the_author(papers: Papers) -> None:
    cleared(papers)
    with pytest.raises(Invalid) as refused:
        correct(papers, "The Council has not the power to do this.")
    assert "changes the sense" in refused.value.errors["text"]
    with pytest.raises(Invalid):
        papers.council.run(
            "clerk", correct_passage, papers.report, code(papers, "Legal implications"), RIGHT, " ", None
        )


def test_a_stale_form_is_told_both_texts(papers: Papers) -> None:
    cleared(papers)
    seen = papers.section("legal").version
    correct(papers, RIGHT)
    with pytest.raises(Stale):
        correct(papers, RIGHT + ".", version=seen)


def test_a_passage_that_nobody_signs_for_is_not_among_them(papers: Papers) -> None:
    cleared(papers)
    with pytest.raises(NotFound):
        papers.council.run(
            "clerk", correct_passage, papers.report, f"section-{papers.section('purpose').id}", "x", "y", None
        )


def test_a_secret_passage_is_left_out_for_who_may_not_read_it(papers: Papers) -> None:
    cleared(papers)
    correct(papers, RIGHT)
    from commissioning.reports.queries import open_parts

    def told_of(session: object) -> tuple[int, int]:
        parts = read_parts(session, papers.report)
        parts.sections[2].secrecy = "exempt"
        one = len(list_corrections(session, papers.report, parts))
        return one, len(list_corrections(session, papers.report, open_parts(parts)))

    assert papers.council.read(told_of) == (1, 0)


def test_the_pages_of_the_clerk(papers: Papers, sign_in: SignIn) -> None:
    cleared(papers)
    client = sign_in("clerk")
    top = f"/reports/{papers.report}"
    assert "Correct spelling or layout" in client.get(top).get_data(as_text=True)
    assert "Legal implications" in client.get(f"{top}/corrections").get_data(as_text=True)
    path = f"{top}/corrections/{code(papers, 'Legal implications')}"
    values = hidden(client, path) | {"text": RIGHT, "reason": ""}
    assert client.post(path, data=values).status_code == 422
    assert client.post(path, data=values | {"reason": "One slip"}).status_code == 303
    signer = sign_in("lena").get(f"{top}/sign-offs/{papers.sign_off('legal').id}").get_data(as_text=True)
    assert "Corrected by the clerk" in signer
    assert "Corrections by the clerk" in sign_in("author").get(top).get_data(as_text=True)
    assert sign_in("olga").get(f"{top}/corrections").status_code == 404
    refused = sign_in("author").get(path).get_data(as_text=True)
    assert "This is for: clerk" in refused
    assert sign_in("author").post(path, data=values | {"reason": "One slip"}).status_code in (400, 403)
