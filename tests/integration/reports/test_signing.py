"""Sign-offs bound to what they cover (BR-40, BR-41), and nobody signing their own work; on both engines."""

from __future__ import annotations

import html
import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from commissioning.audit import sha256
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.models.bodies import Body
from commissioning.models.cases import Event, Message, Task
from commissioning.models.reports import ReportSignOff, SignOffQuestion
from commissioning.reports.commands import (
    Wording,
    edit_section,
    move_recommendation,
    name_contributor,
    name_signer,
    name_sponsor,
    remove_signer,
    save_appendix,
    save_recommendation,
)
from commissioning.reports.covers import cited_letters, covered_words, read_parts, what_changed
from commissioning.reports.queries import list_questions
from commissioning.reports.queue import sign_off_queue, sign_off_view
from commissioning.reports.sign_offs import (
    answer_question,
    ask_question,
    sign_off,
    still_stands,
)
from tests.integration.reports.test_pages import SignIn, sign_in
from tests.integration.reports.world import Papers
from tests.support.council import NOW

__all__ = ["sign_in"]


def changes(papers: Papers, post: str) -> list[tuple[str, str, str]]:
    """What a signer would be shown."""
    row = papers.sign_off(post)
    return list(papers.council.read(lambda s: what_changed(read_parts(s, papers.report), row)))


def queue(papers: Papers, who: str) -> list[str]:
    """How the lines of somebody's queue stand."""
    c = papers.council
    return [x.code for x in c.read(lambda s: sign_off_queue(s, c.actor(who, s), c.now))]


def test_both_sign_offs_bring_it_to_the_sponsor_br40(papers: Papers) -> None:
    papers.out()
    assert papers.sign("lena", "legal").state == "in_clearance"
    assert papers.sign("fin", "finance").state == "in_clearance" or papers.state == "with_sponsor"
    assert papers.state == "with_sponsor"
    row = papers.sign_off("legal")
    assert (row.comment, row.signed_post_name) == ("In the words of lena", "Legal")


def test_an_edit_of_an_implication_makes_only_its_own_sign_off_stale_br40(papers: Papers) -> None:
    papers.cleared()
    papers.write("finance", "The cost is £150,000 a year.")
    assert papers.current("legal")
    assert not papers.current("finance")
    assert queue(papers, "fin") == ["stale"]
    assert queue(papers, "lena") == []
    what, before, after = changes(papers, "finance")[0]
    assert what == "Financial implications"
    assert ("£120,000" in before, "£150,000" in after) == (True, True)


def test_an_edit_of_what_nobody_covers_makes_nothing_stale(papers: Papers) -> None:
    papers.cleared()
    papers.write("background", "Short breaks are used by 150 families.")
    assert papers.current("legal")
    assert papers.current("finance")


def test_recommendations_are_covered_by_all(papers: Papers) -> None:
    papers.cleared()
    row = papers.recommendations()[0]
    again = Wording("approve", "That the Cabinet approves another plan", amount_pence=500)
    papers.council.run(
        "author", save_recommendation, papers.report, again, recommendation_id=row.id, version=row.version
    )
    assert not papers.current("legal")
    assert not papers.current("finance")
    assert "£5.00" in changes(papers, "legal")[0][2]


def test_white_space_numbering_and_order_are_no_content(papers: Papers) -> None:
    papers.draft()
    second = papers.ask("That the Cabinet notes the risks", "note")
    papers.council.step("author", papers.report, "request_clearance")
    papers.sign("lena", "legal")
    papers.write("legal", "The Council   has the\n\npower to do this.")
    papers.council.run("author", move_recommendation, papers.report, second, 1)
    assert papers.recommendations()[0].id == second
    assert papers.current("legal")


def test_a_cited_appendix_is_covered_and_others_are_not(papers: Papers) -> None:
    """Its mark "For illustrative purposes" too (BR-09)."""
    papers.draft()
    papers.write("legal", "See Appendix B.")
    for title in ("Plan", "Contract", "Map"):
        papers.council.run("author", save_appendix, papers.report, title)
    papers.council.step("author", papers.report, "request_clearance")
    papers.sign("lena", "legal")
    ids = {a.letter: a.id for a in papers.council.read(lambda s: read_parts(s, papers.report)).appendices}
    papers.council.run("author", save_appendix, papers.report, "Another map", appendix_id=ids["C"])
    assert papers.current("legal")
    papers.council.run("author", save_appendix, papers.report, "Contract", appendix_id=ids["B"], is_illustrative=True)
    assert not papers.current("legal")
    assert changes(papers, "legal")[0][2].endswith("For illustrative purposes")


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("see Appendix D", "D"),
        ("Appendices A and B", "AB"),
        ("appendices A to D, and Appendix F", "ABCDF"),
        ("Appendix A-C", "ABC"),
        ("the appendix shows it", ""),
        ("Appendix", ""),
    ],
)
def test_letters_of_appendices_are_found_as_people_write_them(text: str, letters: str) -> None:
    assert "".join(sorted(cited_letters(text))) == letters


def test_still_stands_binds_the_same_words_to_the_new_text_br40(papers: Papers) -> None:
    papers.cleared()
    papers.write("finance", "The cost is £150,000 a year.")
    row = papers.sign_off("finance")
    seen = sha256(papers.covered("finance"))
    with pytest.raises(NotNow, match="outstanding"):
        papers.council.step("sponsor", papers.report, "submit")
    arguments = (papers.report, row.id)
    more: dict[str, Any] = {"seen": seen, "version": row.version, "key": "k" * 20}
    papers.council.run("fin", still_stands, *arguments, **more)
    assert papers.current("finance")
    assert papers.sign_off("finance").comment == "In the words of fin"
    # The same form sent twice does it once (double click).
    assert papers.council.run("fin", still_stands, *arguments, **more).is_replay
    papers.council.step("sponsor", papers.report, "submit")
    assert papers.state == "submitted"


def test_who_signs_a_text_that_changed_meanwhile_is_told_and_loses_no_word(papers: Papers) -> None:
    papers.out()
    seen = sha256(papers.covered("legal"))
    papers.write("legal", "Quite another thing.")
    with pytest.raises(Stale) as refused:
        papers.sign("lena", "legal", seen=seen, comment="I am content")
    assert refused.value.yours == "I am content"
    assert papers.sign_off("legal").outcome is None


def test_two_of_one_team_who_answer_at_once_do_not_overwrite_each_other(papers: Papers) -> None:
    papers.out()
    version = papers.sign_off("legal").version
    papers.sign("lena", "legal", version=version)
    with pytest.raises(Stale) as refused:
        papers.sign("lou", "legal", version=version, comment="Mine")
    assert (refused.value.changed_by, refused.value.yours) == ("Lena", "Mine")


def test_changes_requested_blocks_until_the_signer_is_content(papers: Papers) -> None:
    papers.out()
    papers.sign("fin", "finance")
    with pytest.raises(Invalid, match="says why"):
        papers.sign("lena", "legal", "changes_requested", comment=" ")
    papers.sign("lena", "legal", "changes_requested", comment="Name the Act")
    assert papers.state == "in_clearance"
    told = papers.council.read(
        lambda s: s.scalars(select(Message.about).where(Message.person_id == papers.council.people["author"])).all()
    )
    assert "changes_requested" in told
    papers.write("legal", "The Children Act 1989 gives the power.")
    assert papers.state == "in_clearance"
    papers.sign("lou", "legal")
    assert papers.state == "with_sponsor"


def test_conditions_must_be_named(papers: Papers) -> None:
    papers.out()
    with pytest.raises(Invalid, match="conditions"):
        papers.sign("lena", "legal", "cleared_with_conditions")
    papers.sign("lena", "legal", "cleared_with_conditions", conditions="A contract is sealed first")
    assert papers.sign_off("legal").conditions == "A contract is sealed first"


def test_nobody_signs_their_own_work(papers: Papers) -> None:
    """Author, contributor and sponsor are barred, also by deputy, and so is whoever acts for them."""
    papers.draft()
    c = papers.council
    c.run("author", name_contributor, papers.report, c.people["lou"])
    c.step("author", papers.report, "request_clearance")
    with pytest.raises(Forbidden, match="contributor"):
        papers.sign("lou", "legal")
    papers.deputy("author", of="lena")
    with pytest.raises(Forbidden, match="the author"):
        papers.sign("author", "legal")
    papers.deputy("olga", of="lou")
    with pytest.raises(Forbidden, match="contributor"):
        papers.sign("olga", "legal")
    papers.sign("lena", "legal")


def test_a_deputy_who_writes_becomes_a_contributor_and_cannot_sign(papers: Papers) -> None:
    papers.out()
    papers.deputy("lou", of="author")
    papers.write("background", "Written by Lou for the author.", who="lou")
    with pytest.raises(Forbidden, match="contributor"):
        papers.sign("lou", "legal")


def test_a_deputy_signs_for_somebody_and_the_record_says_so(papers: Papers) -> None:
    papers.out()
    papers.deputy("olga", of="lena")
    papers.sign("olga", "legal")
    row, people = papers.sign_off("legal"), papers.council.people
    assert (row.signed_by_id, row.signed_for_id) == (people["olga"], people["lena"])
    with pytest.raises(Invalid, match="signed this report off"):
        papers.council.run("author", name_contributor, papers.report, people["lena"])


def test_who_has_signed_cannot_write_in_it(papers: Papers) -> None:
    papers.out()
    papers.sign("lena", "legal")
    papers.deputy("lena", of="author")
    with pytest.raises(Forbidden, match="signed this report"):
        papers.write("background", "Improved", who="lena")


def test_the_database_refuses_own_work_too(papers: Papers) -> None:
    papers.out()
    row = papers.sign_off("legal")

    def forge(session: Any) -> None:
        found = session.get_one(ReportSignOff, row.id)
        found.outcome, found.signed_by_id = "cleared", papers.council.people["author"]
        found.signed_at, found.content_sha256 = NOW, "x"

    with pytest.raises(IntegrityError, match="own work"):
        papers.council.write(forge)


def test_the_sponsor_holds_no_post_that_signs(papers: Papers) -> None:
    papers.draft()
    people, posts = papers.council.people, papers.council.posts
    with pytest.raises(Invalid, match="holds Legal"):
        papers.council.run("author", name_sponsor, papers.report, people["lena"])
    with pytest.raises(Invalid, match="writes this report"):
        papers.council.run("author", name_sponsor, papers.report, people["author"])
    papers.council.run("author", name_sponsor, papers.report, people["una"])
    with pytest.raises(Invalid, match="sponsors this report"):
        papers.council.run("author", name_signer, papers.report, posts["equalities"])


def test_sending_again_asks_only_who_has_not_cleared(papers: Papers) -> None:
    """What was cleared and is unchanged stands; if that is everything, it goes straight to the sponsor."""
    papers.out()
    papers.sign("lena", "legal")
    papers.sign("fin", "finance")
    papers.council.step("author", papers.report, "take_back", reason="A second thought")
    assert papers.state == "drafting"
    papers.council.step("author", papers.report, "request_clearance")
    assert papers.state == "with_sponsor"
    papers.council.step("author", papers.report, "take_back", reason="A third thought")
    papers.write("legal", "Another power.")
    papers.council.step("author", papers.report, "request_clearance")
    assert papers.state == "in_clearance"
    assert (queue(papers, "lena"), queue(papers, "fin")) == (["stale"], [])


def test_short_notice_needs_a_reason_that_the_team_sees(papers: Papers) -> None:
    papers.draft()
    soon = {"sign_off_on": date(2026, 10, 6)}
    with pytest.raises(Invalid, match="short notice for Legal, Finance"):
        papers.council.step("author", papers.report, "request_clearance", fields=soon)
    with pytest.raises(Invalid, match="today or later"):
        papers.council.step("author", papers.report, "request_clearance", fields={"sign_off_on": date(2026, 9, 30)})
    enough = {"sign_off_on": date(2026, 10, 8)}  # Thu 1 Oct and five working days: Thu 8 Oct
    papers.council.step("author", papers.report, "request_clearance", fields=enough)
    papers.council.step("author", papers.report, "take_back", reason="Again")
    why = soon | {"short_notice_reason": "The grant closes on Friday"}
    papers.council.step("author", papers.report, "request_clearance", fields=why)
    c = papers.council
    line = c.read(lambda s: sign_off_queue(s, c.actor("lena", s), c.now))[0]
    assert (line.short_notice_reason, line.due_on) == ("The grant closes on Friday", date(2026, 10, 6))


def test_a_team_named_while_sign_offs_are_out_is_asked_at_once(papers: Papers) -> None:
    papers.out()
    papers.council.run("author", name_signer, papers.report, papers.council.posts["equalities"])
    assert queue(papers, "una") == ["asked"]
    row = papers.sign_off("equalities")
    assert (row.asked_at, row.due_on) == (papers.council.now, papers.sign_off("legal").due_on)


def test_in_order_nobody_signs_before_the_one_named_earlier(papers: Papers) -> None:
    def in_order(session: Any) -> None:
        session.get_one(Body, papers.body).sign_off_order = "in_order"

    papers.council.write(in_order)
    papers.out()
    assert (queue(papers, "lena"), queue(papers, "fin")) == (["asked"], [])
    with pytest.raises(NotNow, match="in order"):
        papers.sign("fin", "finance")
    papers.sign("lena", "legal")
    papers.sign("fin", "finance")
    assert papers.state == "with_sponsor"


def test_a_question_moves_who_it_waits_for_and_stays_among_those_concerned(papers: Papers) -> None:
    papers.out()
    c = papers.council
    row = papers.sign_off("legal")
    c.run("lena", ask_question, papers.report, row.id, c.people["author"], "Which Act?", passage="the power")
    with pytest.raises(Invalid, match="author, a contributor or the sponsor"):
        c.run("lena", ask_question, papers.report, row.id, c.people["olga"], "Which Act?")
    with pytest.raises(Forbidden):
        c.run("fin", ask_question, papers.report, row.id, c.people["author"], "May I?")
    found = c.read(lambda s: sign_off_queue(s, c.actor("lena", s), c.now))[0]
    assert found.waits_for == "Author"

    def sees(who: str) -> int:
        return len(c.read(lambda s: list_questions(s, c.actor(who, s), papers.report)))

    assert {who: sees(who) for who in ("author", "sponsor", "lena", "lou", "fin", "clerk", "chair", "olga")} == {
        "author": 1, "sponsor": 1, "lena": 1, "lou": 1, "fin": 0, "clerk": 0, "chair": 0, "olga": 0,
    }  # fmt: skip
    question = c.read(lambda s: s.scalars(select(SignOffQuestion.id)).one())
    with pytest.raises(Forbidden, match="somebody else"):
        c.run("sponsor", answer_question, papers.report, question, "The Children Act")
    c.run("author", answer_question, papers.report, question, "The Children Act")
    with pytest.raises(NotNow, match="answered already"):
        c.run("author", answer_question, papers.report, question, "Again")
    with pytest.raises(Invalid, match="asked a question"):
        c.run("author", remove_signer, papers.report, row.id)


def test_the_sign_page_is_for_those_with_a_part_in_it(papers: Papers) -> None:
    papers.cleared()
    papers.write("finance", "The cost is £150,000 a year.")
    c = papers.council
    row = papers.sign_off("finance")
    found = c.read(lambda s: sign_off_view(s, c.actor("fin", s), papers.report, row.id, c.now))
    assert found.may_answer
    assert [w for w, _, _ in found.changes] == ["Financial implications"]
    assert found.seen == sha256(papers.covered("finance"))
    headings = [h for h, _ in found.covers]
    assert headings == ["Financial implications", "Recommendation 1", "Classification"]
    with pytest.raises(NotFound):
        c.read(lambda s: sign_off_view(s, c.actor("olga", s), papers.report, row.id, c.now))


def test_signing_is_in_the_record_with_the_hash_of_what_it_covers(papers: Papers) -> None:
    papers.out()
    papers.sign("lena", "legal")
    chained = papers.council.read(
        lambda s: s.scalars(
            select(Event.chained).where(Event.case_id == papers.report, Event.name == "report.signed_off")
        ).one()
    )
    assert sha256(papers.covered("legal")) in chained
    tasks = papers.council.read(
        lambda s: s.scalars(select(Task.post_id).where(Task.case_id == papers.report, Task.closed_at.is_(None))).all()
    )
    assert tasks == [papers.council.posts["finance"]]


def test_what_belongs_to_another_report_cannot_be_reached(papers: Papers) -> None:
    first = papers.draft()
    section = papers.section("purpose").id
    papers.draft()
    assert papers.report != first
    with pytest.raises(NotFound):
        papers.council.run("author", edit_section, papers.report, section, "x", 1)
    with pytest.raises(Forbidden):
        papers.council.run("lena", sign_off, papers.report, 12345, outcome="cleared")


def test_the_signer_reads_all_that_the_signature_covers_br40(papers: Papers, sign_in: SignIn) -> None:
    """What is asked, how many are chosen, what the decision does, who may read it and the paper's classification."""
    papers.draft()
    c = papers.council
    group = c.body(name="Play group")
    papers.write("legal", "The power is the Act of 1989.\n\nSee Appendix A.")
    c.run("author", save_appendix, papers.report, "Tenders", secrecy="exempt")
    papers.ask("Which of them to fund", "choose", options=(("One", True), ("Two", False), ("Three", False)), most=2)
    papers.ask("That the group is stood down", "agree", about_id=group, about_step="stand_down", secrecy="exempt")
    c.write(lambda s: c.explain(s, papers.report))
    c.step("author", papers.report, "request_clearance")
    row = papers.sign_off("legal")
    things = {group: "Play group"}
    read = dict(c.read(lambda s: covered_words(read_parts(s, papers.report), row, things)))
    assert read["Legal implications"] == "The power is the Act of 1989.\n\nSee Appendix A."
    assert read["Recommendation 1"].startswith("The board is asked to: approve\n\nThat the Cabinet")
    assert read["Recommendation 2"].endswith("Choose 1 to 2 of these:\n\n- One (suggested)\n- Two\n- Three")
    assert read["Recommendation 3"].endswith(
        "What the decision does by itself: Stand this group down (Play group)\n\nExempt: not for the public"
    )
    assert read["Classification"] == "Not confidential, not exempt, not a key decision"
    assert read["Appendix A"] == "Tenders\n\nNo file yet\n\nExempt: not for the public"
    page = sign_in("lena").get(f"/reports/{papers.report}/sign-offs/{row.id}").get_data(as_text=True)
    for said in ("Choose 1 to 2 of these:", "<li>One (suggested)</li>", "Stand this group down (Play group)"):
        assert said in page
    assert "Not confidential, not exempt, not a key decision" in page


def test_changes_requested_and_a_question_wait_for_whom_they_are_put_to_br41(papers: Papers, sign_in: SignIn) -> None:
    """On the first page and on the report: the author, with the signer's words; nobody asks the team meanwhile."""
    papers.out()
    c, path = papers.council, f"/reports/{papers.report}"
    row = papers.sign_off("legal")

    def shown(who: str, at: str) -> str:
        page = html.unescape(re.sub(r"<[^>]+>", " ", sign_in(who).get(at).get_data(as_text=True)))
        return " ".join(page.split())

    def between(text: str, start: str, end: str) -> str:
        return text[text.index(start) : text.index(end, text.index(start))]

    assert "Waiting for Legal, Finance " in shown("author", path)
    c.run("lena", ask_question, papers.report, row.id, c.people["sponsor"], "Which Act?")
    assert "Waiting for Sponsor, Finance " in shown("author", path)
    assert "waiting for Legal" not in between(shown("sponsor", "/"), "Waiting on others", "Next meetings")
    question = c.read(lambda s: s.scalars(select(SignOffQuestion.id)).one())
    c.run("sponsor", answer_question, papers.report, question, "That of 1989")
    papers.sign("lena", "legal", "changes_requested", comment="Name the Act of 1989")
    page = shown("author", path)
    assert "Waiting for Author, Finance " in page
    assert "Author Legal asks for changes: “Name the Act of 1989”. Since" in page
    waits = between(page, "Waiting on Author", "Sign-offs")
    assert ("Ask Legal" in waits, "Ask Finance" in waits) == (False, True)
    page = shown("author", "/")
    own = between(page, "Waiting for you", "Waiting on others")
    assert "Short breaks Legal asks for changes: “Name the Act of 1989”" in own
    assert "waiting for Legal" not in between(page, "Waiting on others", "Next meetings")
    others = between(shown("sponsor", "/"), "Waiting on others", "Next meetings")
    assert "Legal asks for changes: “Name the Act of 1989” It waits for the author" in others
    assert "waiting for Legal" not in others
    papers.write("legal", "The Children Act 1989 gives the power.")
    assert "asks for changes" not in shown("author", "/")
    assert "waiting for Legal" in between(shown("author", "/"), "Waiting on others", "Next meetings")
    assert "Waiting for Legal, Finance " in shown("author", path)


def test_sign_offs_are_asked_in_time_for_the_sponsor_and_the_closing_of_papers(papers: Papers, sign_in: SignIn) -> None:
    """Papers close on Fri 23 October: the sponsor has two working days before that. Short, it asks for the reason."""
    papers.draft()
    c, form = papers.council, f"/cases/{papers.report}/steps/request_clearance"
    c.now = datetime(2026, 10, 19, 9, 0, tzinfo=UTC)
    page = sign_in("author").get(form).get_data(as_text=True)
    assert re.findall(r'name="sign_off_on[^"]*"[^>]*value="([^"]*)"', page) == ["21", "10", "2026"]
    with pytest.raises(Invalid, match="short notice for Legal, Finance"):
        c.step("author", papers.report, "request_clearance")
    late = {"sign_off_on": date(2026, 11, 4), "short_notice_reason": "None"}
    with pytest.raises(Invalid, match="by 3 November 2026, the day of the meeting"):
        c.step("author", papers.report, "request_clearance", fields=late)
    c.step("author", papers.report, "request_clearance", fields={"short_notice_reason": "The grant closes"})
    assert papers.sign_off("legal").due_on == date(2026, 10, 21)
