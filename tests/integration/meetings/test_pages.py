"""The pages of boards, meetings, decisions and actions: a board from its set-up to its minutes, by forms alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import select

from commissioning.actions.commands import ActionInput, Line, create_action
from commissioning.db import in_transaction
from commissioning.meetings.due import close_due_papers
from commissioning.models.bodies import Action, Body, Meeting
from tests.integration.meetings.scenes import an_action, decide, options, outcome, published
from tests.support.council import MEETING_AT, MEETING_ON, PUBLISH_AT, Council
from tests.support.pages import Site, site_of
from tests.support.pdf import words_of


@pytest.fixture
def site(council: Council, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The service over the council's database."""
    with site_of(council, engine_url, monkeypatch) as found:
        yield found


def last(location: str | None) -> int:
    """The id at the end of an address."""
    return int(re.findall(r"[0-9]+", str(location))[-1])


def test_a_body_is_set_up_changed_and_peopled_by_forms(site: Site) -> None:
    admin, people, posts = site.visitor("admin"), site.council.people, site.council.posts
    page = admin.fill("/boards/new", name="Children’s Trust Board", kind="partnership", is_sitting="yes")
    assert page.status == 422
    assert "Select the post of its clerk" in page.text
    page = admin.send(
        page, "/boards/new", page.form("name"), clerk_post_id=posts["clerk"], chair_post_id=posts["chair"]
    )
    assert page.status == 303
    board = last(page.location)
    page = admin.fill(f"/boards/{board}/members", person_id=people["ann"], from_on=date(2026, 1, 1))
    assert page.status == 303
    page = admin.fill(f"/boards/{board}/members", person_id=people["ann"], from_on=date(2026, 2, 1))
    assert page.status == 422
    assert "member from 1 January 2026" in page.text
    assert admin.fill(f"/boards/{board}/rules", clear_days="3", close_time="noon").status == 422
    assert admin.fill(f"/boards/{board}/rules", clear_days="3", close_time="12:00").status == 303
    page = admin.get(f"/boards/{board}")
    assert page.status == 200
    assert "3 days" in page.text
    assert "Ann" in page.text
    assert site.council.read(lambda s: s.get_one(Body, board).clear_days) == 3


def test_the_agenda_is_written_by_forms_and_by_its_clerk_alone(site: Site) -> None:
    """BR-39: a heading is added, moved, changed and taken off; what is wrong comes back as it was typed (422)."""
    meeting = site.council.meeting(site.council.body())
    path, clerk = f"/meetings/{meeting}/agenda", site.visitor("clerk")
    typed = {"title": "Visit of the youth council", "kind": "presentation", "secrecy": "exempt", "length": "20"}
    page = clerk.fill(f"{path}/new", **typed)
    assert page.status == 422
    assert "Select the paragraph of Schedule 12A" in page.text
    assert 'value="Visit of the youth council"' in page.html
    page = clerk.send(page, f"{path}/new", page.form("title"), **typed | {"secrecy": "open"})
    assert page.status == 303
    page = clerk.get(path)
    assert "5. Visit of the youth council" in page.text
    assert "20 minutes planned in all" in page.text
    up = page.form(button="Move up: Visit")
    assert clerk.send(page, "", up).status == 303
    line = up.action.removesuffix("/move")
    assert clerk.fill(line, title="Talk", kind="presentation", secrecy="open").status == 303
    page = clerk.get(path)
    assert "4. Talk" in page.text
    assert clerk.send(page, "", page.form(button="Take off: Talk")).status == 303
    assert "Talk" not in clerk.get(path).text
    assert site.visitor("ann").get(path).status == 404
    body = site.council.read(lambda s: s.get_one(Meeting, meeting).body_id)
    assert clerk.fill(f"/boards/{body}/opening", title_1="Prayers", length_1="0").status == 422
    assert clerk.fill(f"/boards/{body}/opening", title_1="Prayers", length_1="3").status == 303
    assert site.visitor("ann").get(f"/boards/{body}/opening").status == 404


def test_a_report_links_the_actions_that_came_of_it_and_they_link_back(site: Site) -> None:
    council = site.council
    body = council.body(kind="partnership")
    meeting, report, item = published(council, body, [{}])
    (recommendation,) = council.recommendations(report)
    given = {"action_title": "Write to the provider", "action_owner_id": council.people["ann"]}
    outcome(council, meeting, item, recommendation, reasons="It helps", action_due_on=date(2026, 12, 1), **given)
    council.step("clerk", meeting, "confirm_decisions")
    action = council.read(lambda s: s.scalars(select(Action.case_id)).one())
    page = site.visitor("ann").get(f"/reports/{report}")
    assert f'href="/actions/{action}"' in page.html
    assert "Ann, due" in page.text
    back = site.visitor("ann").get(f"/actions/{action}")
    assert f'href="/reports/{report}"' in back.html
    assert f'href="/decisions/{council.decisions(meeting)[0].case_id}"' in back.html


def test_stale_rules_are_shown_beside_what_was_typed(site: Site) -> None:
    board = site.council.body()
    admin = site.visitor("admin")
    page = admin.get(f"/boards/{board}/rules")
    assert admin.fill(f"/boards/{board}/rules", remit="First words").status == 303
    page = admin.send(page, f"/boards/{board}/rules", page.form("remit"), remit="Second words")
    assert page.status == 409
    assert "First words" in page.text
    assert "Second words" in page.text
    assert admin.send(page, f"/boards/{board}/rules", page.form("remit")).status == 303
    assert site.council.read(lambda s: s.get_one(Body, board).remit) == "Second words"


def test_only_who_may_finds_the_pages_that_change_things(site: Site) -> None:
    council = site.council
    board = council.body()
    meeting, _, item = published(council, board, [{}])
    stranger = site.visitor("stranger")
    for path in (
        "/boards/new",
        f"/boards/{board}/rules",
        f"/boards/{board}/members",
        f"/meetings/{meeting}/agenda",
        f"/meetings/{meeting}/attendance",
        f"/meetings/{meeting}/interests",
        f"/meetings/{meeting}/minutes",
        f"/meetings/{meeting}/decisions",
        f"/meetings/{meeting}/items/{item}/recommendations/1",
        "/actions/new",
        "/decisions/12345",
        "/meetings/12345",
        "/boards/12345",
        "/actions/12345",
        "/cases/12345",
    ):
        assert stranger.get(path).status == 404, path
    assert stranger.get(f"/meetings/{meeting}").status == 200


def test_a_meeting_from_its_call_to_its_minutes_by_forms(site: Site) -> None:
    council = site.council
    board = council.body(kind="partnership")
    clerk = site.visitor("clerk")
    page = clerk.fill("/meetings/new", body_id=board, meeting_on=date(2026, 10, 31), starts_at="14:00")
    assert page.status == 422
    assert "31 October 2026 is closed (Sat)" in page.text
    page = clerk.send(page, "/meetings/new", page.form("meeting_on-day"), meeting_on=MEETING_ON)
    meeting = last(page.location)
    shown = clerk.get(f"/meetings/{meeting}").text
    assert re.search("Papers close ?: ?Fri 23 Oct 2026 ?, 10:00", shown)
    assert "Not counted: Sat 31 Oct 2026, Sun 1 Nov 2026" in shown

    group = council.body("New Group", is_sitting=False, parent_id=board)
    choose = {"ask": "choose", "options": ["One", "Two"], "least": 1, "most": 1}
    report = council.report(meeting, [choose, {"about_id": group, "about_step": "approve"}])
    asks = f'Approve this group: <a class="govuk-link" href="/reports/{report}">'
    assert asks in clerk.get(f"/boards/{group}").html, "NY-16: who may see the paper is led to it"
    assert "No paper that you can see asks for it yet" in site.visitor("stranger").get(f"/boards/{group}").text
    page = clerk.get(f"/cases/{report}/steps/put_on_agenda")
    assert clerk.send(page, f"/cases/{report}/steps/put_on_agenda", page.form("meeting_id")).status == 303
    council.now = PUBLISH_AT
    in_transaction(council.engine, close_due_papers, council.now)
    clerk = site.visitor("clerk")
    page = clerk.get(f"/meetings/{meeting}")
    assert clerk.send(page, "", page.form(button="Publish the agenda")).status == 303
    council.now = MEETING_AT

    names = {f"status_{council.people[n]}": "present" for n in ("ann", "bob", "cat")}
    clerk = site.visitor("clerk")
    assert clerk.fill(f"/meetings/{meeting}/attendance", **names).status == 303
    page = clerk.get(f"/meetings/{meeting}")
    assert clerk.send(page, "", page.form(button="Record that it was held")).status == 303

    (item,) = council.items(meeting)
    first, second = council.recommendations(report)
    path = f"/meetings/{meeting}/items/{item}/recommendations/{{}}"
    page = clerk.fill(path.format(first), outcome="agreed", votes_for="9")
    assert page.status == 422
    assert "Select 1 of the 2 options" in page.text
    page = clerk.send(
        page, path.format(first), page.form("votes_for"), chosen=[str(options(council, first)[1])], votes_for="3"
    )
    assert page.status == 303
    page = clerk.get(f"/meetings/{meeting}/decisions")
    assert "Not settled yet: item 5, 1 of 2 recommendations" in page.text
    assert clerk.fill(path.format(second), outcome="agreed").status == 303
    entered = clerk.get(path.format(first))
    page = clerk.get(f"/meetings/{meeting}/decisions")
    assert "Approve this group: New Group" in page.text
    assert clerk.send(page, "", page.form(button="Confirm the decisions")).status == 303

    assert council.state(group) == "approved"
    page = clerk.send(entered, path.format(first), entered.form("votes_for"), outcome="noted", reasons="Typed before")
    assert page.status == 409, "a form that was opened before"
    assert "Typed before" in page.text, "nothing that was typed is lost"
    assert "Item 5 is “Heard”: outcomes are entered of items that are published and not yet heard" in page.text
    page = clerk.get(f"/meetings/{meeting}")
    assert "Decision 1" in page.text
    page = clerk.get(f"/cases/{meeting}/steps/draft_minutes")
    assert "Decision 2" in page.html
    file, stranger = f"/meetings/{meeting}/minutes.pdf", site.visitor("stranger")
    assert clerk.client.get(file).status_code == 404, "there are none yet"
    assert clerk.send(page, f"/cases/{meeting}/steps/draft_minutes", page.form("text")).status == 303
    page = clerk.get(f"/meetings/{meeting}/minutes")
    assert f'href="{file}"' in page.html
    hostile = '\n\n#### #read("/etc/passwd") 中 <b>\n\n' + "- said\n" * 90
    text = dict(page.form("text").values)["text"] + hostile
    assert clerk.send(page, f"/meetings/{meeting}/minutes", page.form("text"), text=text).status == 303
    assert stranger.client.get(file).status_code == 404, "P-19: before they are approved for those at the table alone"
    chair = site.visitor("chair")
    pages = words_of(chair.client.get(file).data)
    assert len(pages) > 2
    for n, words in enumerate(pages, 1):
        assert f"{MEETING_ON.day} November 2026 Draft minutes" in words, "each leaf says whose it is"
        assert f"Page {n} of {len(pages)} Initials" in words, "numbered, and with a line for initials"
    assert "Ann, Bob, Cat." in pages[0]
    assert "To be signed by the person presiding. Signed Date The person presiding" in pages[-1]
    page = chair.get(f"/meetings/{meeting}")
    begun = clerk.get(f"/meetings/{meeting}/minutes")
    assert chair.send(page, "", page.form(button="Approve the minutes")).status == 303
    late = clerk.send(begun, f"/meetings/{meeting}/minutes", begun.form("text"), text="Typed at length")
    assert (late.status, "Typed at length" in late.text) == (409, True), "nothing that was typed is lost"
    late = clerk.send(begun, "/meetings/1/minutes", begun.form("text"), text="Typed at length")
    assert (late.status, "Typed at length" in late.text) == (404, True), "nor where there is nothing any more"
    assert "somebody may have taken the next step" in late.text
    shown = stranger.get(f"/meetings/{meeting}")
    assert "Ann, Bob, Cat." in shown.text
    assert f'href="{file}"' in shown.html
    assert "Ann, Bob, Cat." in words_of(stranger.client.get(file).data)[0]


def test_a_step_asks_for_what_it_needs_and_keeps_what_was_typed(site: Site) -> None:
    council = site.council
    meeting = council.meeting(council.body())
    clerk = site.visitor("clerk")
    path = f"/cases/{meeting}/steps/cancel"
    page = clerk.fill(path, reason="")
    assert page.status == 422
    assert "Enter a reason: it goes into the record" in page.text
    stale, moving = clerk.get(path), clerk.get(f"/meetings/{meeting}/move")
    council.step("clerk", meeting, "open_for_papers")
    page = clerk.send(stale, path, stale.form("reason"), reason="Snow everywhere")
    assert page.status == 409
    assert "Snow everywhere" in page.html
    assert clerk.send(page, path, page.form("reason")).status == 303
    assert council.state(meeting) == "cancelled"
    page = clerk.send(moving, f"/meetings/{meeting}/move", moving.form("reason"), reason="Typed before that")
    assert "Typed before that" in page.text


def test_a_step_that_is_not_ones_own_says_whose_it_is(site: Site) -> None:
    council = site.council
    meeting = council.meeting(council.body())
    page = site.visitor("ann").get(f"/cases/{meeting}/steps/cancel")
    assert page.status == 200
    assert "This is for: clerk" in page.text
    assert site.visitor("ann").get(f"/cases/{meeting}/steps/no_such_step").status == 404
    clerk, page = site.visitor("clerk"), None
    page = clerk.get(f"/cases/{meeting}/steps/cancel")
    ann = site.visitor("ann")
    own = ann.get(f"/meetings/{meeting}")
    assert not [f for f in own.forms if "steps" in f.action]


def test_a_double_click_on_a_step_does_it_once(site: Site) -> None:
    council = site.council
    meeting = council.meeting(council.body())
    clerk = site.visitor("clerk")
    page = clerk.get(f"/meetings/{meeting}")
    form = page.form(button="Open for papers")
    assert (clerk.send(page, "", form).status, clerk.send(page, "", form).status) == (303, 303)
    assert council.events(meeting).count("meeting.opened") == 1


def test_moving_a_meeting_shows_what_follows_first(site: Site) -> None:
    council = site.council
    meeting = council.meeting(council.body())
    council.report(meeting, [{}])
    taken = council.meeting(council.read(lambda s: s.get_one(Meeting, meeting).body_id), date(2026, 12, 1))
    clerk, path = site.visitor("clerk"), f"/meetings/{meeting}/move"
    assert clerk.get(f"/cases/{meeting}/steps/reschedule").location == path, "also by an address that was kept"
    page = clerk.fill(path, meeting_on=date(2026, 12, 1), reason="The hall is taken")
    assert page.status == 422
    assert "meets on 1 December 2026 at 14:00 in Room 1 already" in page.text
    council.step("clerk", taken, "cancel", reason="Not needed")
    page = clerk.fill(path, meeting_on=date(2026, 12, 25), reason="The hall is taken")
    assert page.status == 422
    assert "Christmas Day" in page.text
    for near, why in ((date(2026, 11, 3), "another day, time or place"), (date(2026, 10, 7), "shorter notice")):
        page = clerk.send(page, path, page.form("reason"), meeting_on=near)
        assert (page.status, why in page.text) == (422, True)
    page = clerk.send(page, path, page.form("reason"), meeting_on=date(2026, 12, 1))
    assert page.status == 200
    assert "Meeting Tue 3 Nov 2026 Tue 1 Dec 2026" in page.text
    assert "Not counted: 28 November (Sat), 29 November (Sun) Meeting" in page.text
    told = "Publish the agenda Clerk Fri 23 Oct 2026, Mon 26 Oct 2026 Fri 20 Nov 2026, Mon 23 Nov 2026"
    assert told in page.text, "a reminder that moves stands once, though the title moves too"
    assert "Mon 26 Oct 2026 Mon 23 Nov 2026" in page.text
    assert "Paper: Short (Submitted)" in page.text
    assert council.events(meeting) == ["meeting.created"]
    page = clerk.send(page, path, page.form("reason"), meeting_on=date(2026, 12, 8))
    assert page.status == 200, "another day than the one whose consequences were shown"
    assert clerk.send(page, path, page.form("reason")).status == 303
    assert council.read(lambda s: s.get_one(Meeting, meeting).meeting_on) == date(2026, 12, 8)


def test_an_agenda_shows_what_the_reader_may_not_open_by_its_safe_title(site: Site) -> None:
    council = site.council
    board = council.body()
    meeting = council.meeting(board)
    report = council.report(meeting, [{}], title="Canary in the title")
    council.step("clerk", report, "put_on_agenda")
    assert "Paper: Canar" not in site.visitor("stranger").get(f"/meetings/{meeting}").text
    council.write(lambda s: s.execute(cases().update().where(cases().c.id == report).values(secrecy="exempt")))
    council.now = PUBLISH_AT
    in_transaction(council.engine, close_due_papers, council.now)
    council.step("clerk", meeting, "publish_agenda")
    page = site.visitor("stranger").get(f"/meetings/{meeting}")
    assert "Paper: Canar" in page.text
    assert "Canary in the title" not in page.html
    assert f"/reports/{report}" not in page.html
    assert "Canary in the title" in site.visitor("ann").get(f"/meetings/{meeting}").text


def cases():
    from commissioning.models.cases import Case

    return Case.__table__


def test_the_register_of_decisions_is_filtered_and_exported(site: Site) -> None:
    council = site.council
    board = council.body(kind="executive")
    text = "=HYPERLINK(1) be agreed"
    meeting, report, item = published(council, board, [{"text": text}, {"ask": "note", "text": "That it be noted"}])
    decide(council, meeting, report, item, "agreed", "noted")
    reader = site.visitor("stranger")
    assert "Call-in open" in reader.get("/decisions").text
    assert "That it be noted" not in reader.get("/decisions?state=call_in_open").text
    assert "That it be noted" in reader.get("/decisions?q=NOTED").text
    exported = reader.get("/decisions.csv").html
    assert "'=HYPERLINK(1) be agreed" in exported
    decision = council.decisions(meeting)[0]
    page = reader.get(f"/decisions/{decision.case_id}")
    assert page.status == 200
    assert "Open until the end of Tue 10 Nov 2026" in page.text


def test_a_decision_that_was_not_carried_out_says_why(site: Site) -> None:
    council = site.council
    board = council.body(kind="partnership")
    action = an_action(council, board)
    meeting, report, item = published(council, board, [{"about_id": action, "about_step": "supersede"}])
    council.step("clerk", action, "supersede", reason="By hand")
    decide(council, meeting, report, item, "agreed")
    (decision,) = council.decisions(meeting)
    text = site.visitor("clerk").get(f"/decisions/{decision.case_id}").text
    assert "In effect, not carried out: It is Superseded" in text
    assert "Decision 1 was not carried out" in text
    follow_up = re.search(r"Decision 1 was not carried out: It is Superseded.{0,80}Agreed", text)
    assert follow_up, "how far the task is that puts it right"
    for path in (f"/meetings/{meeting}", f"/reports/{report}", "/decisions"):
        assert "Not carried out" in site.visitor("clerk").get(path).text, path
    assert "Not carried out It is Superseded" in site.visitor("clerk").get(f"/reports/{report}").text


def test_actions_are_recorded_changed_and_progressed_by_forms(site: Site) -> None:
    council = site.council
    board = council.body()
    author = site.visitor("author")
    page = author.fill("/actions/new", body_id=board, text="", priority_1="WT4", progress_1="Begun")
    assert page.status == 422
    page = author.send(page, "/actions/new", page.form("text"), text="Draw up a framework")
    action = last(page.location)
    page = author.get(f"/actions/{action}")
    assert "this one has no owner and no date and no measure" in page.text
    clerk = site.visitor("clerk")
    page = clerk.fill(f"/actions/{action}/edit", owner_id=council.people["ann"], measure="Adopted by the board")
    assert page.status == 303
    assert clerk.fill(f"/cases/{action}/steps/redate", due_on=date(2026, 12, 1), reason="Agreed today").status == 303
    ann = site.visitor("ann")
    line = council.read(lambda s: s.get_one(Action, action).lines[0].id)
    assert ann.fill(f"/actions/{action}/lines/{line}", progress="Half done").status == 303
    assert "Half done" in ann.get(f"/actions/{action}").text
    assert "Draw up a framework" in ann.get("/actions?of=me").text
    assert "Draw up a framework" not in site.visitor("bob").get("/actions?of=me").text
    assert "WT4,Half done" in ann.get("/actions.csv").html
    parts = ann.get("/actions/table").html.split("<h2")  # a table for each body, under its name
    assert ["Half done" in part for part in parts] == ["Cabinet</h2>" in part for part in parts] != [False] * len(parts)


def test_every_page_says_who_can_see_it_and_what_happened(site: Site) -> None:
    council = site.council
    board = council.body("Management Team", kind="officer")
    meeting = council.meeting(board)
    action = council.run("author", create_action, board, ActionInput("Do it", lines=(Line("WT4"),)))
    for path in (f"/boards/{board}", f"/meetings/{meeting}", f"/actions/{action}"):
        text = site.visitor("ann").get(path).text
        assert "Who can see this?" in text, path
        assert "What happened" in text, path
    assert "Ann, member of Management Team" in site.visitor("ann").get(f"/meetings/{meeting}").text
    assert site.visitor("stranger").get(f"/meetings/{meeting}").status == 404
    assert site.visitor("stranger").get(f"/actions/{action}").status == 404


def test_lists_answer_whatever_is_asked_of_them(site: Site) -> None:
    site.council.body()
    reader = site.visitor("stranger")
    for path in ("/boards", "/meetings", "/decisions", "/actions"):
        for query in ("", "?page=0", "?page=99", "?page=x", "?body=x", "?state=nonsense", "?when=past", "?of=me"):
            assert reader.get(path + query).status == 200, path + query
