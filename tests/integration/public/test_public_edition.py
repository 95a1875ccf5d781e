"""The public edition: what anybody reads without signing in, and that nothing else is in any byte of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any
from xml.etree import ElementTree

import pytest
from sqlalchemy import select, text, update

from commissioning.casework.errors import Forbidden, Invalid, NotFound, NotNow
from commissioning.clock import fresh_id
from commissioning.db import in_transaction
from commissioning.decisions.without_meeting import NewArrangement, arrange
from commissioning.jobs import tick
from commissioning.meetings.commands import edit_minutes
from commissioning.meetings.due import close_due_papers
from commissioning.models.bodies import Decision, Outcome
from commissioning.models.cases import Case
from commissioning.models.reports import Report
from commissioning.models.sittings import RecordedVote
from commissioning.public.withdrawing import restore_document, withdraw_document, withdrawn_parts
from config import load_settings
from tests.integration.meetings.scenes import hold, outcome, publish
from tests.integration.public.scene import decided, make_scene
from tests.support.council import Council
from tests.support.pages import Page, Site, site_of

SETTINGS = load_settings(database_url="sqlite:////nowhere.db", secret_key="k" * 40)
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def site(council: Council, engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """The service over the council's database."""
    with site_of(council, engine_url, monkeypatch) as found:
        yield found


def _leaks(answer: Any) -> list[bytes]:
    """Canaries in any byte of an answer, with what stands around them."""
    return re.findall(b".{0,40}CANARY.{0,40}", answer.data + str(answer.headers).encode())


def _everything(site: Site) -> Iterator[tuple[str, Any]]:
    """Every public address with every id that the database holds, asked by nobody."""
    engine, client = site.council.engine, site.app.test_client()
    with engine.connect() as connection:
        ids = list(connection.execute(text("SELECT id FROM cases ORDER BY id")).scalars())
    for rule in site.app.url_map.iter_rules():
        if not rule.endpoint.startswith("public."):
            continue
        names = sorted(rule.arguments)
        for case_id in ids if names else [0]:
            for letter in "AB" if "letter" in names else "A":
                values = {n: letter if n == "letter" else case_id for n in names}
                path = re.sub(r"<(?:int:)?(\w+)>", lambda m, v=values: str(v[m[1]]), rule.rule)
                yield path, client.get(path)


def test_nothing_secret_or_unpublished_is_in_any_byte_of_any_public_answer(site: Site) -> None:
    council, scene = site.council, make_scene(site.council)
    client = site.app.test_client()
    for path, answer in _everything(site):  # before anything is published there is nothing at all
        assert not _leaks(answer), path
        assert answer.status_code == (404 if re.search(r"[0-9]", path) else 200), path
    decided(council, scene)
    council.run("clerk", edit_minutes, scene["meeting"], "CANARY not approved")
    seen = {}
    for path, answer in _everything(site):
        assert not _leaks(answer), path
        assert "Set-Cookie" not in answer.headers, path
        if answer.status_code == 200:
            seen[path] = answer
    assert f"/public/reports/{scene['item']}" in seen
    for gone in ("exempt_item", "restricted_item", "late_item", "inside_item"):
        assert f"/public/reports/{scene[gone]}" not in seen
    assert f"/public/meetings/{scene['behind']}" not in seen
    assert f"/public/bodies/{scene['team']}" not in seen
    secret, never = (client.get(f"/public/reports/{i}") for i in (scene["exempt_item"], 5))
    assert (secret.status_code, secret.data, list(secret.headers)) == (
        never.status_code,
        never.data,
        list(never.headers),
    )


def test_what_is_public_is_there_with_placeholders_for_what_is_withheld(site: Site) -> None:
    council, scene = site.council, make_scene(site.council)
    decided(council, scene)
    client = site.app.test_client()
    page = client.get(f"/public/reports/{scene['item']}").get_data(as_text=True)
    for there in ("That the breaks go on", "Heading of the matter", "Text after it", "Bids are still open.", "2. Not"):
        assert there in page, there
    assert "paragraph 3 of Schedule 12A" in page
    agenda = client.get(f"/public/meetings/{scene['meeting']}.json").json
    assert [(i["number"], i["title"], bool(i["url"]), bool(i["withheld"])) for i in agenda["items"][4:]] == [
        ("5", "Short breaks for carers", True, False),
        ("6", "A staffing matter", False, True),
        ("7", "Paper: CANAR", False, False),
        ("8", "Exclusion of the public", False, False),
        ("9", "A contract", False, True),
        ("10", "A private matter", False, False),
    ]
    assert "items 9 and 10: exempt information, paragraph 3 of" in agenda["items"][7]["text"]
    register = client.get("/decisions.json").json
    assert register["total"] == 2  # of five decisions: nothing tells how many there are
    assert [d["decision"] for d in register["decisions"]] == ["That carers be told", "That the breaks go on"]
    assert client.get("/public/decisions.json?q=CANARY").json["total"] == 0
    assert client.get("/public/decisions.json?q=carers&outcome=agreed&from=2026-11-03").json["total"] == 1
    assert client.get("/public/decisions.json?to=2026-11-02").json["total"] == 0
    wrong = client.get("/public/decisions?from=yesterday")
    assert wrong.status_code == 422
    assert "From must be a day such as 2026-11-03" in wrong.get_data(as_text=True)
    file = client.get(f"/public/reports/{scene['item']}/appendices/A")
    assert file.data == b"Open words of the plan"
    assert file.headers["Content-Disposition"] == "attachment; filename=appendix-a.txt"
    first = client.get("/public/decisions.atom")
    feed = ElementTree.fromstring(first.data)
    assert [e.findtext(f"{ATOM}content") for e in feed.iter(f"{ATOM}entry")] == [
        "That carers be told",
        "That the breaks go on",
    ]
    # A copy may be kept, and is asked about each time.
    assert first.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    again = client.get("/public/decisions.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    signed_in = site.visitor("author").client.get("/public/decisions.atom")
    assert signed_in.data == first.data


def test_a_paper_that_rolls_on_is_public_again_under_its_new_item(site: Site) -> None:
    """Put out anew with the agenda to which it goes; one whose paper never came is deferred, no longer to follow."""
    council, body = site.council, site.council.body()
    first, then = council.meeting(body), council.meeting(body, date(2026, 12, 1))
    report = council.report(first, [{"options": ["One", "Two"], "least": 1, "most": 2, "ask": "choose"}])
    never = council.report(first, [{}], title="Never came", signed=False)
    for one in (report, never):
        council.step("clerk", one, "put_on_agenda")
    publish(council, first)
    hold(council, first)
    item, _ = council.items(first)
    outcome(council, first, item, council.recommendations(report)[0], "deferred", reasons="More figures")
    council.step("clerk", first, "confirm_decisions")
    client = site.app.test_client()
    page = Page(client.get(f"/public/meetings/{first}"))
    assert "Paper: Never Deferred" in page.text
    assert "To follow" not in page.text
    council.step("clerk", report, "bring_back", fields={"meeting_id": then})
    council.step("clerk", report, "put_on_agenda")
    council.at(date(2026, 11, 23))
    in_transaction(council.engine, close_due_papers, council.now)
    council.step("clerk", then, "publish_agenda")
    page = Page(client.get(f"/public/meetings/{then}"))
    (again,) = council.items(then)
    assert "To follow" not in page.text
    assert f"/public/reports/{again}" in page.html
    assert "Choose 1 to 2." in Page(client.get(f"/public/reports/{again}")).text


def test_p16_p17_p18_what_is_out_stays_out_for_six_years_with_who_has_the_background_papers(site: Site) -> None:
    """Agenda, minutes, report, appendix and decision, whatever is cleared away meanwhile; nothing forgets them."""
    council, scene = site.council, make_scene(site.council)
    facts = {"background_papers": "Families’ letters, 2025", "contact_name": "Reports team", "contact_phone": "5511"}
    council.write(lambda s: s.execute(update(Report).where(Report.case_id == scene["paper"]).values(**facts)))
    decided(council, scene)
    council.step("clerk", scene["meeting"], "draft_minutes", fields={"text": "Breaks were discussed."})
    council.step("chair", scene["meeting"], "approve_minutes")
    client, meeting = site.app.test_client(), f"/public/meetings/{scene['meeting']}"
    there = {path: answer.data for path, answer in _everything(site) if answer.status_code == 200}
    paper = f"/public/reports/{scene['item']}"
    for path, said in (
        (meeting, "Short breaks"), (f"{meeting}/minutes", "Breaks were discussed."),
        (paper, "ask Reports team, 5511"), ("/public/decisions", "carers be told"),
    ):  # fmt: skip
        assert said in there[path].decode(), path
    assert b"six years at least" in there["/public"]
    council.at(date(2032, 11, 10))
    results = tick(council.engine, council.now, SETTINGS, ("packs that nobody was given", "housekeeping"))
    assert not [r for r in results.values() if r.startswith("failed")], results
    assert {path: client.get(path).data for path in there} == there, "byte for byte what it was"


def test_p19_a_recorded_vote_is_public_with_its_names_and_the_casting_vote(site: Site) -> None:
    council, scene = site.council, make_scene(site.council)
    decided(council, scene)
    first = council.decisions(scene["meeting"])[0]
    which = {"item_id": first.item_id, "recommendation_id": first.recommendation_id}
    votes = [(council.people["ann"], "for"), (council.people["bob"], "against"), (council.people["cat"], "for")]
    council.write(lambda s: s.add_all(RecordedVote(id=fresh_id(), person_id=p, vote=v, **which) for p, v in votes))
    council.write(
        lambda s: s.execute(update(Outcome).where(Outcome.item_id == first.item_id).values(casting_vote="for"))
    )
    client = site.app.test_client()
    for page in (
        Page(client.get(f"/public/decisions/{first.case_id}")), site.visitor("bob").get(f"/decisions/{first.case_id}"),
    ):  # fmt: skip
        assert "0 abstained; the chair’s casting vote was for" in page.text
        assert "For, by name Ann, Cat" in page.text
        assert "Against, by name Bob" in page.text
    data = {d["url"].rpartition("/")[2]: d["votes"] for d in client.get("/decisions.json").json["decisions"]}
    vote = data[str(first.case_id)]
    assert (vote["casting"], vote["by_name"]) == ("for", {"Ann": "for", "Bob": "against", "Cat": "for"})


def test_p15_a_decision_without_a_meeting_is_public_once_published_and_a_secret_one_never(site: Site) -> None:
    """Of a body that meets in public alone; one by one on the page, in the feed and in the data."""
    council, client = site.council, site.app.test_client()
    cabinet, team = council.body(), council.body("CANARY team", "officer")
    council.write(lambda s: s.execute(text("UPDATE bodies SET notice_days = 0")))
    made = {}
    for name, body, facts in (
        ("open", cabinet, {}), ("exempt", cabinet, {}), ("CANARY", team, {}),
        ("ask", cabinet, {"secrecy": "exempt"}),
    ):  # fmt: skip
        words = "That the boiler be replaced" if name == "open" else f"CANARY {name}"
        report = council.report(council.meeting(body), [{"text": words, **facts}])
        if name == "exempt":
            council.write(lambda s, r=report: s.execute(update(Case).where(Case.id == r).values(secrecy="exempt")))
        people = council.people
        how = NewArrangement("officer", people["dan"], people["clerk"], council.now.date(), f"Delegation {words}")
        council.run("author", arrange, report, how)
        one = {"recommendation_id": council.recommendations(report)[0], "outcome": "agreed", "reasons": words}
        fields = {"decided_on": council.now.date().isoformat(), "outcomes": [one]}
        council.step("dan", report, "decide_without_meeting", fields=fields)
        made[name] = council.read(lambda s, r=report: s.scalar(select(Decision.case_id).where(Decision.report_id == r)))
    assert client.get("/decisions.json").json["total"] == 0  # recorded, and not yet published
    assert client.get("/public/bodies.json").json["bodies"] == []
    assert [client.get(f"/public/decisions/{i}").status_code for i in made.values()] == [404] * 4
    for decision in made.values():
        council.step("clerk", decision, "publish")
    leaks = [(path, found) for path, answer in _everything(site) if (found := _leaks(answer))]
    assert leaks == []
    (found,) = client.get("/decisions.json").json["decisions"]
    assert (found["made"], found["decided_by"], found["meeting_url"]) == ("officer", "Dan", None)
    assert [b["name"] for b in client.get("/public/bodies.json").json["bodies"]] == ["Cabinet"]
    page = Page(client.get(f"/public/decisions/{made['open']}"))
    assert "By an officer under delegation: Dan" in page.text
    assert "Delegation That the boiler be replaced" in page.text
    assert client.get(f"/public/bodies/{cabinet}").status_code == 200
    feed = ElementTree.fromstring(client.get("/public/decisions.atom").data)
    assert [e.findtext(f"{ATOM}content") for e in feed.iter(f"{ATOM}entry")] == ["That the boiler be replaced"]
    council.run("clerk", withdraw_document, made["open"], "decision", "", "It was the wrong text")
    assert "the boiler be replaced" not in client.get("/public/decisions.atom").get_data(as_text=True)


def test_withdrawn_at_once_from_page_file_feed_and_json_and_restored(site: Site) -> None:
    council, scene = site.council, make_scene(site.council)
    decided(council, scene)
    client, paper, item = site.app.test_client(), scene["paper"], scene["item"]
    decision = council.decisions(scene["meeting"])[0].case_id
    clerk = site.visitor("clerk")
    page = clerk.get(f"/published/{paper}")
    assert "Appendix A: The plan" in page.text
    assert "Appendix B" not in page.text
    address = f"/published/{paper}/appendix?part=A"
    assert clerk.fill(address, reason=" ").status == 422
    assert clerk.fill(address, reason="It names a child").status == 303
    file = client.get(f"/public/reports/{item}/appendices/A")
    assert b"Open words" not in file.data
    assert b"withdrawn" in file.data
    assert {"letter": "A", "withdrawn": True} in client.get(f"/public/reports/{item}.json").json["appendices"]
    assert council.read(lambda s: withdrawn_parts(s, [paper])) == {(paper, "appendix", "A")}
    council.run("clerk", withdraw_document, paper, "report", "", "It was the wrong paper")
    council.run("clerk", withdraw_document, decision, "decision", "", "CANARY reason")
    for path, answer in _everything(site):
        said = answer.get_data(as_text=True)
        for word in ("Short breaks for carers", "That the breaks go on", "Text after it", "names a child", "CANARY r"):
            assert word not in said, (path, word)
    assert client.get("/public/decisions.json?q=breaks").json["total"] == 0
    assert "withdrawn" in client.get(f"/public/reports/{item}").get_data(as_text=True)
    # Inside nothing changed, and the reason is on record.
    assert "It was the wrong paper" in clerk.get(f"/published/{paper}").text
    assert "That the breaks go on" in clerk.get(f"/reports/{paper}/preview").text
    assert council.events(paper)[-2:] == ["document.withdrawn", "document.withdrawn"]
    with pytest.raises(NotNow):
        council.run("clerk", withdraw_document, paper, "report", "", "Again")
    with pytest.raises(Forbidden):
        council.run("author", restore_document, paper, "report", "", "Mine")
    with pytest.raises(Invalid):
        council.run("clerk", restore_document, paper, "report", "", "")
    for document, part in (("appendix", "B"), ("minutes", ""), ("appendix", "Z")):
        with pytest.raises(NotFound):
            council.run("clerk", withdraw_document, paper, document, part, "Never public")
    assert site.visitor("author").get(f"/published/{paper}/report").status == 404
    council.run("clerk", restore_document, paper, "report", "", "It was right")
    council.run("clerk", restore_document, decision, "decision", "", "It was right")
    assert client.get(f"/public/reports/{item}.json").json["title"] == "Short breaks for carers"
    assert client.get("/public/decisions.json?q=breaks").json["total"] == 1


def test_minutes_are_public_once_approved_and_can_be_withdrawn(site: Site) -> None:
    council, scene = site.council, make_scene(site.council)
    decided(council, scene)
    meeting, client = scene["meeting"], site.app.test_client()
    council.run("clerk", edit_minutes, meeting, "The minutes as agreed")
    council.step("clerk", meeting, "draft_minutes", fields={"text": "The minutes as agreed"})
    assert client.get(f"/public/meetings/{meeting}/minutes").status_code == 404
    council.step("chair", meeting, "approve_minutes")
    assert "The minutes as agreed" in client.get(f"/public/meetings/{meeting}/minutes").get_data(as_text=True)
    council.run("clerk", withdraw_document, meeting, "minutes", "", "A name")
    for path, answer in _everything(site):
        assert "as agreed" not in answer.get_data(as_text=True), path
    assert client.get(f"/public/meetings/{meeting}.json").json["minutes_withdrawn"] is True
