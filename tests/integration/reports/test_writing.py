"""Writing, submitting and freezing a report (BR-39 to BR-47, LI-01 to LI-08), on both engines."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from commissioning.boards.defaults import parts_of
from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow, Stale
from commissioning.models.cases import Case, CaseRole, Event, Task
from commissioning.models.reports import Report, ReportEdition, RouteStop
from commissioning.reports.commands import (
    Header,
    Wording,
    change_meeting,
    create_report,
    edit_header,
    edit_section,
    move_recommendation,
    remove_appendix,
    remove_recommendation,
    save_appendix,
    save_recommendation,
)
from commissioning.reports.queries import ReportFilter, get_report, list_reports
from commissioning.reports.uploads import store_file
from tests.integration.reports.world import CLOSED_AT, Papers


def report_of(papers: Papers) -> Report:
    """The report's own row."""
    found: Report = papers.council.read(lambda s: s.get_one(Report, papers.report))
    return found


def case_of(papers: Papers) -> Case:
    """The report's case."""
    found: Case = papers.council.read(lambda s: s.get_one(Case, papers.report))
    return found


def test_a_report_begins_with_the_sections_of_its_body_li01(papers: Papers) -> None:
    papers.draft()
    assert papers.section("legal").speciality == "legal"
    hints = {p.key: p.hint for p in parts_of("executive")}
    assert "economy, efficiency and effectiveness" in hints["legal"], "BR-47: best value is said where the law signs"
    assert all(who in hints["consultation"] for who in ("workforce", "trade unions", "partners", "schools")), "BR-46"
    roles = papers.council.read(
        lambda s: set(s.scalars(select(CaseRole.role).where(CaseRole.case_id == papers.report)).all())
    )
    assert roles == {"author", "clerk", "chair", "sponsor", "asked"}


def test_the_same_form_sent_twice_starts_one_report(papers: Papers) -> None:
    first = papers.council.run("author", create_report, "Twice", papers.meeting, key="k" * 20)
    assert papers.council.run("author", create_report, "Twice", papers.meeting, key="k" * 20) == first


def test_only_officers_start_reports_and_only_for_meetings_to_come(papers: Papers) -> None:
    with pytest.raises(Forbidden):
        papers.council.run("ann", create_report, "Mine", papers.meeting)
    with pytest.raises(Invalid, match="Choose a meeting"):
        papers.council.run("author", create_report, "Mine", 12345)
    with pytest.raises(Invalid, match="Enter a title"):
        papers.council.run("author", create_report, "  ", papers.meeting)
    papers.council.at(date(2026, 12, 1))
    with pytest.raises(Invalid, match="still to come"):
        papers.council.run("author", create_report, "Mine", papers.meeting)


def test_it_may_be_decided_elsewhere_than_where_it_is_tabled_br42_li03(papers: Papers) -> None:
    other = papers.council.body("Board", "partnership")
    papers.report = papers.council.run("author", create_report, "Route", papers.meeting, route=[(other, True)])
    stops = papers.council.read(
        lambda s: s.execute(
            select(RouteStop.body_id, RouteStop.decides)
            .where(RouteStop.report_id == papers.report)
            .order_by(RouteStop.position)
        ).all()
    )
    assert [tuple(s) for s in stops] == [(papers.body, False), (other, True)]


def test_a_stale_save_keeps_both_texts(papers: Papers) -> None:
    papers.draft()
    row = papers.section("background")
    papers.council.run("author", edit_section, papers.report, row.id, "First", row.version)
    with pytest.raises(Stale) as refused:
        papers.council.run("author", edit_section, papers.report, row.id, "Second", row.version)
    assert (refused.value.theirs, refused.value.yours, refused.value.changed_by) == ("First", "Second", "Author")
    # Who saved what is there already is not stale: nothing of theirs would be lost.
    assert papers.council.run("author", edit_section, papers.report, row.id, "First", row.version) == row.version + 1


def test_a_stale_recommendation_and_header_keep_both_versions(papers: Papers) -> None:
    papers.draft()
    row = papers.recommendations()[0]
    change = {"recommendation_id": row.id, "version": row.version}
    papers.council.run("author", save_recommendation, papers.report, Wording("approve", "One"), **change)
    with pytest.raises(Stale) as refused:
        papers.council.run(
            "author", save_recommendation, papers.report, Wording("approve", "Two", reasons="Mine"), **change
        )
    assert refused.value.theirs.startswith("One")
    assert "Mine" in refused.value.yours
    papers.council.run("author", edit_header, papers.report, Header(ward="North"), 1)
    with pytest.raises(Stale) as second:
        papers.council.run("author", edit_header, papers.report, Header(ward="South"), 1)
    assert (second.value.theirs, second.value.yours) == ("Ward: North", "Ward: South")


def test_confidential_and_exempt_are_two_answers_li02(papers: Papers) -> None:
    papers.draft()
    with pytest.raises(Invalid) as refused:
        papers.council.run("author", edit_header, papers.report, Header(is_exempt=True), None)
    assert set(refused.value.errors) == {"exempt_paragraph", "public_interest", "exempt_review_on"}
    exempt = Header(is_exempt=True, exempt_paragraph=3, public_interest="Prices", exempt_review_on=date(2027, 1, 4))
    papers.council.run("author", edit_header, papers.report, exempt, None)
    assert case_of(papers).secrecy == "exempt"
    # Another field can then be changed alone: what was answered before still counts.
    papers.council.run("author", edit_header, papers.report, Header(ward="North"), None)
    papers.council.run("author", edit_header, papers.report, Header(is_confidential=True), None)
    assert case_of(papers).secrecy == "confidential"
    papers.council.run("author", edit_header, papers.report, Header(is_confidential=False, is_exempt=False), None)
    assert case_of(papers).secrecy == "open"


def test_what_others_read_is_never_blank_nor_a_title_that_is_withheld_li02(papers: Papers) -> None:
    papers.draft()

    def others_read(**header: Any) -> str:
        papers.council.run("author", edit_header, papers.report, Header(**header), None)
        return str(case_of(papers).safe_title)

    assert others_read(ward="North", safe_title=" ") == case_of(papers).title, "as the form sends it"
    assert others_read(title="Sale of the depot") == "Sale of the depot"
    reference = f"Report {case_of(papers).reference}"
    assert others_read(is_confidential=True) == reference
    assert others_read(title="Sale of the depot to a buyer", safe_title="") == reference
    assert others_read(safe_title="A property matter") == "A property matter"
    assert others_read(title="Sale") == "A property matter"
    assert others_read(safe_title="", is_confidential=False) == "Sale"
    assert others_read(restricted=True) == reference
    for header, is_safe in ((Header(is_confidential=True), True), (Header(restricted=True), True), (Header(), False)):
        papers.report = papers.council.run("author", create_report, "Sale of the mill", papers.meeting, header=header)
        made = case_of(papers)
        assert made.safe_title == (f"Report {made.reference}" if is_safe else "Sale of the mill")


def test_dates_can_be_set_and_emptied(papers: Papers) -> None:
    papers.draft()
    papers.council.run("author", edit_header, papers.report, Header(draft_on=date(2026, 10, 9)), None)
    assert case_of(papers).due_on == date(2026, 10, 9)
    papers.council.run("author", edit_header, papers.report, Header(clear=("draft_on",)), None)
    assert report_of(papers).draft_on is None
    assert case_of(papers).due_on == date(2026, 10, 23)


def test_a_draft_and_its_sign_offs_are_wanted_in_time_for_the_meeting(papers: Papers) -> None:
    """Late papers are the chair's matter, so the meeting's own day is what counts."""
    papers.draft()
    c = papers.council

    def refused(**dates: date) -> dict[str, str]:
        with pytest.raises(Invalid) as found:
            c.run("author", edit_header, papers.report, Header(**dates), None)
        return found.value.errors

    closing = "3 November 2026, the day of the meeting, or earlier"
    late = refused(draft_on=date(2026, 11, 10), sign_off_on=date(2026, 11, 9))
    assert late["draft_on"].endswith(closing)
    assert late["sign_off_on"].endswith(closing)
    early = refused(draft_on=date(2026, 10, 13), sign_off_on=date(2026, 10, 12))
    assert early == {"draft_on": "The draft must be ready by the day on which sign-offs are needed, 12 October 2026"}
    c.run(
        "author", edit_header, papers.report, Header(draft_on=date(2026, 10, 9), sign_off_on=date(2026, 10, 23)), None
    )
    c.run("author", edit_header, papers.report, Header(sign_off_on=date(2026, 11, 3)), None)


@pytest.mark.parametrize(
    ("wording", "field"),
    [
        (Wording("approve", " "), "text"),
        (Wording("order", "That it be so"), "ask"),
        (Wording("choose", "Choose", options=(("One", False),)), "options"),
        (Wording("choose", "Choose", options=(("One", False), ("Two", False)), least=3), "most"),
        (Wording("approve", "Spend", amount_pence=-1), "amount_pence"),
        (Wording("approve", "Do", about_id=1), "about_step"),
        (Wording("approve", "Do", about_id=1, about_step="agree"), "about_id"),
        (Wording("approve", "x" * 10_001), "text"),
        (Wording("approve", "Do", secrecy="hidden"), "secrecy"),
    ],
)
def test_what_is_wrong_with_a_recommendation_is_said(papers: Papers, wording: Wording, field: str) -> None:
    papers.draft()
    with pytest.raises(Invalid) as refused:
        papers.council.run("author", save_recommendation, papers.report, wording)
    assert field in refused.value.errors


@pytest.mark.parametrize("ask", ["approve", "agree", "agree_not_to", "comment", "proceed", "note", "delegate", "refer"])
def test_every_kind_of_ask_can_be_put_li04_to_li08(papers: Papers, ask: str) -> None:
    """LI-06: also that something is NOT to be done; LI-25: each with its own reasons and risks."""
    papers.draft()
    wording = Wording(ask, "That it be so", reasons="No definition", risks="The name suffers")
    papers.council.run("author", save_recommendation, papers.report, wording)
    made = papers.recommendations()[-1]
    assert (made.ask, made.reasons, made.risks) == (ask, "No definition", "The name suffers")


def test_things_to_choose_from_li05(papers: Papers) -> None:
    papers.draft()
    made = papers.ask("Two of", "choose", options=(("One", True), ("Two", False), ("Three", False)), least=1, most=2)
    row = papers.recommendations()[-1]
    assert (row.id, row.least, row.most) == (made, 1, 2)
    again = Wording("agree", "Only one thing now", least=1, most=2, options=(("One", True),))
    papers.council.run("author", save_recommendation, papers.report, again, recommendation_id=made)
    row = papers.recommendations()[-1]
    assert (row.least, row.most) == (None, None)


def test_recommendations_close_up_and_can_be_moved(papers: Papers) -> None:
    papers.draft()
    first = papers.recommendations()[0].id
    second, third = papers.ask("Second", "note"), papers.ask("Third", "note")
    papers.council.run("author", move_recommendation, papers.report, third, 1)
    assert [(r.id, r.position) for r in papers.recommendations()] == [(third, 1), (first, 2), (second, 3)]
    papers.council.run("author", remove_recommendation, papers.report, first)
    assert [(r.id, r.position) for r in papers.recommendations()] == [(third, 1), (second, 2)]
    with pytest.raises(NotFound):
        papers.council.run("author", remove_recommendation, papers.report, first)


def test_a_recommendation_can_be_about_a_thing_that_a_decision_moves(papers: Papers) -> None:
    papers.draft()
    with pytest.raises(Invalid, match="what is to happen"):
        papers.ask("Approve it", about_id=papers.body, about_step="fly")
    papers.ask("Stand it down", about_id=papers.body, about_step="stand_down")
    assert papers.recommendations()[-1].about_step == "stand_down"


def test_letters_of_appendices_stay_br09(papers: Papers) -> None:
    papers.draft()
    for title in ("One", "Two", "Three"):
        papers.council.run("author", save_appendix, papers.report, title)
    c = papers.council

    def letters() -> dict[str, int]:
        view = c.read(lambda s: get_report(s, c.actor("author", s), papers.report, c.now))
        return {a.letter: a.id for a in view.parts.appendices}

    c.run("author", remove_appendix, papers.report, letters()["A"])
    assert sorted(letters()) == ["B", "C"]
    c.run("author", save_appendix, papers.report, "Four")
    assert sorted(letters()) == ["A", "B", "C"]
    row = letters()["B"]
    c.run("author", save_appendix, papers.report, "Two, better", appendix_id=row, version=1)
    with pytest.raises(Stale):
        c.run("author", save_appendix, papers.report, "Two, worse", appendix_id=row, version=1)


def test_blank_is_no_answer_but_none_because_is_br40(papers: Papers) -> None:
    papers.draft()
    papers.write("equalities", "")
    with pytest.raises(NotNow, match="Equalities implications"):
        papers.council.step("author", papers.report, "request_clearance")
    papers.write("equalities", "None, because nothing changes for anybody.")
    papers.council.step("author", papers.report, "request_clearance")
    assert papers.state == "in_clearance"


def test_what_changes_the_terms_of_staff_comes_with_its_assessment_br45(papers: Papers) -> None:
    papers.draft()
    papers.council.run("author", edit_header, papers.report, Header(changes_terms=True), None)
    stored = papers.council.run("author", store_file, b"Nobody is worse off", "eia.txt")
    file: dict[str, Any] = {"file_name": stored.name, "file_sha256": stored.sha256}
    papers.council.run("author", save_appendix, papers.report, "Figures", kind="figures", **file)
    papers.council.run("author", save_appendix, papers.report, "Assessment to come", kind="assessment")
    with pytest.raises(NotNow, match="attach the equality impact assessment"):
        papers.council.step("author", papers.report, "request_clearance")
    papers.council.run("author", save_appendix, papers.report, "Who is affected", kind="assessment", **file)
    papers.council.step("author", papers.report, "request_clearance")


def test_every_missing_thing_is_named_at_once(papers: Papers) -> None:
    papers.report = papers.council.run("author", create_report, "Bare", papers.meeting)
    with pytest.raises(NotNow) as refused:
        papers.council.step("author", papers.report, "request_clearance")
    assert {r.code for r in refused.value.reasons} == {
        "no_sponsor", "no_recommendation", "no_sign_offs", "parts_blank",
    }  # fmt: skip


def test_a_blocking_finding_holds_submission_back(papers: Papers) -> None:
    papers.draft()
    papers.council.run("author", save_recommendation, papers.report, Wording("approve", "The Board and its future"))
    papers.council.step("author", papers.report, "request_clearance")
    papers.sign("lena", "legal")
    papers.sign("fin", "finance")
    with pytest.raises(NotNow) as refused:
        papers.council.step("sponsor", papers.report, "submit")
    assert [r.code for r in refused.value.reasons] == ["blocking_findings"]


def test_the_sponsor_submits_and_nobody_else(papers: Papers) -> None:
    papers.cleared()
    with pytest.raises(Forbidden):
        papers.council.step("author", papers.report, "submit")
    papers.council.step("sponsor", papers.report, "submit")
    assert papers.state == "submitted"


def test_what_is_submitted_is_frozen(papers: Papers) -> None:
    papers.submitted()
    edition = papers.council.read(lambda s: s.scalars(select(ReportEdition)).one())
    paper = json.loads(edition.content)
    assert (edition.number, paper["sections"][0]["number"], paper["sections"][0]["heading"]) == (1, 1, "Purpose")
    assert paper["sign_offs"][0] | {"covers": "", "signed_at": ""} == {
        "post": "Legal", "speciality": "legal", "outcome": "cleared", "comment": "In the words of lena",
        "conditions": "", "signed_by": "Lena", "signed_for": None, "recorded_by": None, "covers": "", "signed_at": "",
    }  # fmt: skip
    chained = papers.council.read(
        lambda s: s.scalars(
            select(Event.chained).where(Event.case_id == papers.report, Event.name == "report.submitted")
        ).one()
    )
    assert edition.sha256 in chained
    with pytest.raises(NotNow, match="Submitted"):
        papers.write("purpose", "Something else")
    with pytest.raises(DBAPIError, match="append-only"):
        papers.council.write(lambda s: s.execute(update(ReportEdition).values(content="{}")))


def test_returned_with_a_reason_and_submitted_again_as_a_second_edition(papers: Papers) -> None:
    papers.cleared()
    with pytest.raises(Invalid, match="reason"):
        papers.council.step("sponsor", papers.report, "return_report")
    papers.council.step("sponsor", papers.report, "return_report", reason="Say what it costs")
    papers.council.step("author", papers.report, "revise")
    papers.council.step("author", papers.report, "request_clearance")
    assert papers.state == "with_sponsor"
    papers.council.step("sponsor", papers.report, "submit")
    papers.council.step("clerk", papers.report, "send_back", reason="A page is missing")
    papers.council.step("author", papers.report, "revise")
    papers.council.step("author", papers.report, "request_clearance")
    papers.council.step("sponsor", papers.report, "submit")
    numbers = papers.council.read(
        lambda s: list(s.scalars(select(ReportEdition.number).order_by(ReportEdition.number)))
    )
    assert numbers == [1, 2]


def test_late_needs_the_chairs_agreement_with_a_reason_p03(papers: Papers) -> None:
    """Submitted after papers closed it waits for the chair, who may know of it from then on, and then for the clerk."""
    papers.cleared()
    papers.council.now = CLOSED_AT
    with pytest.raises(NotFound):
        view(papers, "chair")
    papers.council.step("sponsor", papers.report, "submit")
    assert asked_of(papers) == {"agree_late": "chair"}
    with pytest.raises(NotNow, match=r"submitted after papers .* had closed; the chair may agree"):
        papers.council.step("clerk", papers.report, "put_on_agenda")
    assert view(papers, "chair").case.id == papers.report
    with pytest.raises(Invalid):
        papers.council.step("chair", papers.report, "agree_late")
    papers.council.step("chair", papers.report, "agree_late", reason="The grant came on Thursday")
    assert report_of(papers).late_reason == "The grant came on Thursday"
    assert asked_of(papers) == {"put_on_agenda": "clerk"}
    with pytest.raises(NotNow, match="agreed already"):
        papers.council.step("chair", papers.report, "agree_late", reason="Again")
    papers.council.step("clerk", papers.report, "put_on_agenda")


def asked_of(papers: Papers) -> dict[str, str]:
    """What is asked of the report, and of which role."""
    rows = select(Task.step, Task.role).where(Task.case_id == papers.report, Task.closed_at.is_(None))
    return {r.step: r.role for r in papers.council.read(lambda s: s.execute(rows).all()) if r.step != "resign"}


def test_papers_are_open_until_the_minute_at_which_they_close(papers: Papers) -> None:
    papers.cleared()
    papers.council.now = CLOSED_AT - timedelta(seconds=1)
    papers.council.step("sponsor", papers.report, "submit")
    assert papers.state == "submitted"
    with pytest.raises(NotNow, match="not closed yet"):
        papers.council.step("chair", papers.report, "agree_late", reason="Too soon")
    papers.council.now = CLOSED_AT
    assert asked_of(papers) == {"put_on_agenda": "clerk"}
    papers.council.step("clerk", papers.report, "put_on_agenda")


def test_another_meeting_moves_the_dates_and_ends_the_chairs_agreement(papers: Papers) -> None:
    papers.cleared()
    papers.council.now = CLOSED_AT
    papers.council.step("sponsor", papers.report, "submit")
    papers.council.step("chair", papers.report, "agree_late", reason="Urgent")
    papers.council.step("clerk", papers.report, "send_back", reason="Next month will do")
    later = papers.council.meeting(papers.body, date(2026, 12, 1))
    papers.council.run("author", change_meeting, papers.report, later)
    found = report_of(papers)
    assert (found.meeting_id, found.late_agreed_at) == (later, None)
    papers.council.step("author", papers.report, "revise")
    due_on = case_of(papers).due_on
    assert due_on is not None
    assert due_on > date(2026, 11, 3)


def view(papers: Papers, who: str) -> Any:
    """The report as somebody may see it."""
    c = papers.council
    return c.read(lambda s: get_report(s, c.actor(who, s), papers.report, c.now))


def test_a_draft_is_known_to_those_with_a_part_in_it_alone(papers: Papers) -> None:
    papers.out()
    for who in ("author", "sponsor", "lena", "fin", "clerk"):
        assert view(papers, who).case.id == papers.report
    for who in ("chair", "ann", "director", "olga", "una", "admin"):
        with pytest.raises(NotFound):
            view(papers, who)


def test_secret_parts_are_for_those_who_may_read_them(papers: Papers) -> None:
    papers.draft()
    row = papers.section("background")
    papers.council.run("author", edit_section, papers.report, row.id, "Secret prices", row.version, secrecy="exempt")
    papers.ask("That the secret be kept", "note", secrecy="confidential")
    papers.council.run("author", save_appendix, papers.report, "Prices", secrecy="exempt")

    def publish(session: Any) -> None:
        session.execute(update(Case).where(Case.id == papers.report).values(exposure="published", state="published"))

    papers.council.write(publish)
    found = view(papers, "lena")
    assert found.secret_parts == ("a section", "a recommendation", "an appendix")
    assert (found.withheld, len(found.parts.recommendations)) == ((), 2)
    for who in ("olga", "admin"):
        other = view(papers, who)
        assert other.withheld == ("a section", "a recommendation", "an appendix")
        assert "background" not in [s.key for s in other.parts.sections]
        assert [r.position for r in other.parts.recommendations] == [1]
        assert other.parts.appendices == []
    assert view(papers, "ann").withheld == ()


def test_lists_are_narrowed_and_know_nothing_of_what_is_hidden(papers: Papers) -> None:
    papers.out()
    c = papers.council

    def lines(who: str, **wanted: Any) -> list[str]:
        found = c.read(lambda s: list_reports(s, c.actor(who, s), ReportFilter(**wanted), c.now))
        assert found.total == len(found.lines)
        return [x.case.title for x in found.lines]

    assert lines("author", whose="mine") == ["Short breaks"]
    assert lines("lena", whose="mine") == []
    assert lines("lena", is_waiting_for_me=True) == ["Short breaks"]
    assert lines("author", is_waiting_for_me=True) == []
    assert lines("author", state="drafting") == []
    assert lines("author", body_id=papers.body, words="short REP-") == ["Short breaks"]
    assert lines("author", words="50%_") == []
    assert lines("olga") == []
    assert lines("author", is_overdue=True) == []
    c.at(date(2026, 12, 1))
    assert lines("author", is_overdue=True) == ["Short breaks"]
