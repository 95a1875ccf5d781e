"""Steps and edits over the API: once for each key, never on a stale view, the refusals of the contract."""

from __future__ import annotations

import base64
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from commissioning.clock import fresh_id
from commissioning.models.cases import Case, Event
from commissioning.models.reports import Section
from tests.integration.api.conftest import As, step
from tests.integration.word.documents import add_after, changed, write
from tests.support.api_council import SECRET, Council


def events_of(council: Council, case_id: int) -> int:
    """How many events a case has."""

    def count(session: Session) -> Any:
        return session.execute(select(func.count()).select_from(Event).where(Event.case_id == case_id)).scalar_one()

    return int(council.read(count))


def test_a_step_answers_with_the_case(as_: As, council: Council) -> None:
    paper, author = council.cases["paper"], as_("author")
    answer = step(author, paper, "plan")
    assert (answer.status_code, answer.json["state"], answer.json["version"]) == (200, "planned", 2)
    assert answer.json == author.get(f"/cases/{paper}").json
    assert [s["step"] for s in answer.json["available"]] == ["start_drafting", "withdraw"]


def test_the_same_key_again_gives_the_same_answer_and_no_second_effect(as_: As, council: Council) -> None:
    paper, author = council.cases["paper"], as_("author")
    first = step(author, paper, "plan", "once")
    count = events_of(council, paper)
    again = step(author, paper, "plan", "once")
    assert (again.status_code, again.json) == (200, first.json)
    assert events_of(council, paper) == count
    other = step(author, paper, "plan", "once", reason="another")
    assert (other.status_code, other.mimetype) == (422, "application/problem+json")
    assert events_of(council, paper) == count


def test_one_key_serves_two_people(as_: As, council: Council) -> None:
    paper = council.cases["paper"]
    assert step(as_("author"), paper, "plan", "shared").status_code == 200
    theirs = as_("colleague").post(
        "/reports", {"title": "Roads", "meeting_id": council.cases["Cabinet meets"]}, "shared"
    )
    assert theirs.status_code == 201


def test_a_stale_version_is_409_with_the_case_as_it_stands(as_: As, council: Council) -> None:
    paper, author = council.cases["paper"], as_("author")
    assert step(author, paper, "plan").status_code == 200
    late = step(author, paper, "start_drafting")
    assert (late.status_code, late.json["type"]) == (409, "/api/v1/docs#stale")
    assert late.json["case"] == author.get(f"/cases/{paper}").json
    assert (late.json["case"]["version"], late.json["theirs"]) == (2, "Planned")


def test_a_report_is_made_once_and_edited_by_its_version(as_: As, council: Council) -> None:
    author = as_("author")
    wanted = {"title": "Roads", "meeting_id": council.cases["Cabinet meets"], "purpose": "Potholes"}
    made = author.post("/reports", wanted, "new-report")
    again = author.post("/reports", wanted, "new-report")
    assert (made.status_code, again.status_code, made.json["id"]) == (201, 201, again.json["id"])
    assert made.headers["Location"] == f"/api/v1/cases/{made.json['id']}"
    data = made.json["data"]
    assert (data["purpose"], [s["key"] for s in data["sections"]]) == ("Potholes", ["background", "legal"])

    path = f"/reports/{made.json['id']}"
    changed = author.patch(path, {"version": data["version"], "ward": "North", "draft_on": "2026-03-10"})
    assert changed.status_code == 200
    assert (changed.json["data"]["ward"], changed.json["data"]["purpose"]) == ("North", "Potholes")
    emptied = author.patch(path, {"version": changed.json["data"]["version"], "draft_on": None})
    assert emptied.json["data"]["draft_on"] is None
    stale = author.patch(path, {"version": data["version"], "ward": "South"})
    assert stale.status_code == 409
    assert stale.json["case"]["data"]["ward"] == "North"
    assert "North" in stale.json["theirs"]
    assert author.patch(path, {"ward": "South"}).json["errors"] == {"version": "version is missing"}
    assert author.patch(path, {"version": 1, "ward": None}).status_code == 422


def test_sections_and_recommendations_have_versions_of_their_own(as_: As, council: Council) -> None:
    author, paper = as_("author"), council.cases["paper"]
    section = author.get(f"/cases/{paper}").json["data"]["sections"][0]
    path = f"/sections/{section['id']}"
    written = author.patch(path, {"version": section["version"], "text": "New words"})
    assert (written.status_code, written.json["version"]) == (200, section["version"] + 1)
    stale = author.patch(path, {"version": section["version"], "text": "Other words"})
    assert (stale.status_code, stale.json["theirs"], stale.json["yours"]) == (409, "New words", "Other words")

    body = {"report_id": paper, "ask": "choose", "text": "Choose", "options": [{"text": "A"}, {"text": "B"}]}
    first = author.post("/recommendations", body, "first")
    second = author.post("/recommendations", body | {"text": "Choose again", "amount_pence": 12_345}, "second")
    again = author.post("/recommendations", body, "first")
    assert (first.status_code, second.json["data"]["number"], again.json) == (201, 3, first.json)
    assert second.json["data"]["amount_pence"] == 12_345
    path = f"/recommendations/{first.json['id']}"
    changed = author.patch(path, {"version": first.json["version"], "text": "Choose one"})
    assert [o["text"] for o in changed.json["data"]["options"]] == ["A", "B"]
    assert changed.json["data"]["text"] == "Choose one"
    assert author.patch(path, {"version": first.json["version"], "text": "Late"}).status_code == 409
    wrong = author.post("/recommendations", {"report_id": paper, "ask": "choose", "text": "One", "options": []})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["options"])


def test_risks_of_a_report_are_written_and_read_br44(as_: As, council: Council) -> None:
    author, paper = as_("author"), council.cases["paper"]
    heading = {"report_id": paper, "position": 9, "key": "risk", "heading": "Risk", "kind": "implication"}
    body = {"report_id": paper, "text": "It lapses", "arises": "not_decided", "rating": "high", "consequence": "A gap"}
    refused = author.post("/risks", body)
    assert (refused.status_code, "no heading Risk" in str(refused.json)) == (422, True)
    council.write(lambda s: s.add(Section(id=fresh_id(), **heading)))
    first = author.post("/risks", body, "first")
    again = author.post("/risks", body, "first")
    secret = author.post("/risks", body | {"text": "ZQKANARIE", "secrecy": "exempt"}, "second")
    assert (first.status_code, again.json, secret.json["data"]["number"]) == (201, first.json, 2)
    path = f"/risks/{first.json['id']}"
    changed = author.patch(path, {"version": 1, "rating": "very_high", "response": "We plan"})
    assert changed.json["data"] == {
        "id": first.json["id"], "number": 1, "text": "It lapses", "arises": "not_decided", "rating": "very_high",
        "consequence": "A gap", "response": "We plan", "secrecy": "open", "version": 2,
    }  # fmt: skip
    stale = author.patch(path, {"version": 1, "text": "Late"})
    assert (stale.status_code, "very high" in stale.json["theirs"], "Late" in stale.json["yours"]) == (409, True, True)
    wrong = author.post("/risks", body | {"consequence": " "})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["consequence"])
    assert as_("administrator").post("/risks", body).status_code == 422
    assert as_("administrator").patch(path, {"version": 2, "text": "Mine"}).status_code == 404
    listed = author.get(f"/cases/{paper}").json["data"]
    assert [r["text"] for r in listed["risks"]] == ["It lapses", "ZQKANARIE"]
    council.write(lambda s: s.execute(update(Case).where(Case.id == paper).values(exposure="published")))
    for secrecy, seen in (("open", ["It lapses"]), ("exempt", [])):
        council.write(lambda s, to=secrecy: s.execute(update(Section).where(Section.key == "risk").values(secrecy=to)))
        read = as_("administrator").get(f"/cases/{paper}")
        assert ([r["text"] for r in read.json["data"]["risks"]], "ZQKANARIE" in read.text) == (seen, False)


def test_naming_people_and_a_signers_step_end_to_end(as_: As, council: Council) -> None:
    author, paper = as_("author"), council.cases["paper"]
    people = f"/reports/{paper}/people"
    assert author.post(people, {"role": "signer", "post_id": council.posts["legal"]}).status_code == 200
    assert author.post(people, {"role": "signer"}).json["errors"] == {"post_id": "post_id is missing"}
    own = author.post(people, {"role": "sponsor", "person_id": council.people["author"]})
    assert own.status_code == 422
    asked = step(author, paper, "request_clearance", fields={"sign_off_on": "2026-03-06"})
    assert (asked.status_code, asked.json["state"], asked.json["holder"]) == (200, "in_clearance", "Legal team")
    lawyer = as_("lawyer")
    task = lawyer.get("/tasks").json["items"][0]
    assert task["step"] == "sign_off"
    body = {"outcome": "cleared", "comment": "Lawful"}
    signed = step(lawyer, paper, "sign_off", "sign", version=task["version"], fields=body)
    again = step(lawyer, paper, "sign_off", "sign", version=task["version"], fields=body)
    assert (signed.status_code, signed.json["state"]) == (200, "with_sponsor")
    assert (again.status_code, again.json) == (200, signed.json), (
        "the part follows from who holds it, not from the state"
    )
    assert signed.json["data"]["sign_offs"][0]["comment"] == "Lawful"
    barred = step(author, paper, "submit", version=signed.json["version"])
    assert barred.status_code == 403


def test_a_paper_goes_out_in_word_and_comes_back_as_differences(as_: As, council: Council) -> None:
    """product.md, "Word and back": nothing is in the report until it is chosen, and a replay does nothing more."""
    author, paper = as_("author"), council.cases["paper"]
    path = f"/reports/{paper}/word"
    out = author.post(f"{path}/copies", key="out")
    assert (out.status_code, out.json) == (201, author.post(f"{path}/copies", key="out").json)
    file = author.get(out.json["links"]["file"].removeprefix("/api/v1"))
    assert file.mimetype == "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

    def change(root: Any) -> None:
        write(root, "Parks: Background", "Parks: all of it")
        add_after(root, "Parks: Legal", "Recommendation 2", style="Heading2")
        add_after(root, "Recommendation 2", "That the Cabinet notes the cost")

    content = base64.b64encode(changed(file.data, change)).decode()
    brought = author.post(path, {"file_name": "paper.docx", "content": content})
    assert brought.status_code == 201, brought.json
    assert [(c["how"], c["old"], c["new"]) for c in brought.json["changes"]] == [
        ("changed", "Parks: Background", "Parks: all of it"),
        ("added", "", "That the Cabinet notes the cost"),
    ]
    assert author.get(brought.json["links"]["self"].removeprefix("/api/v1")).json == brought.json
    before = author.get(f"/cases/{paper}").json["data"]
    assert before["sections"][0]["text"] == "Parks: Background"
    take = brought.json["links"]["take"].removeprefix("/api/v1")
    body = {"seen": brought.json["seen"], "choices": {brought.json["changes"][1]["name"]: "keep"}}
    assert author.post(take, body | {"seen": "else"}).status_code == 409
    taken = author.post(take, body, "in")
    assert (taken.status_code, taken.json) == (200, author.post(take, body, "in").json)
    assert taken.json["data"]["sections"][0]["text"] == "Parks: all of it"
    assert len(taken.json["data"]["recommendations"]) == 1, "what was kept as it is stays out"

    wrong = author.post(path, {"file_name": "paper.docx", "content": base64.b64encode(b"MZ").decode()})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["content"])
    for who, status in (("sponsor", 403), ("colleague", 404)):
        assert as_(who).post(f"{path}/copies").status_code == status, who
        assert as_(who).get(out.json["links"]["file"].removeprefix("/api/v1")).status_code == status, who
    assert author.post(f"/reports/{council.cases['public paper']}/word/copies").status_code == 403, "it is frozen"


def test_what_was_refused_left_nothing_behind(as_: As, council: Council) -> None:
    def cases(session: Session) -> Any:
        return session.execute(select(func.count()).select_from(Case)).scalar_one()

    before = council.read(cases)
    answer = as_("author").post("/reports", {"title": " ", "meeting_id": council.cases["Cabinet meets"]}, "k")
    assert answer.status_code == 422
    assert council.read(cases) == before
    assert (
        as_("author").post("/reports", {"title": "y", "meeting_id": council.cases["Cabinet meets"]}, "k").status_code
        == 201
    )
    assert SECRET not in answer.text
