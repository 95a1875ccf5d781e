"""A report's way over the API: a further body on a frozen paper, comments of bodies outside (BR-42, LI-03)."""

from __future__ import annotations

from sqlalchemy import select, update

from commissioning.models.cases import Message
from commissioning.models.reports import RouteStop
from tests.integration.api.conftest import As
from tests.support.api_council import SECRET, Council


def test_a_further_body_comes_onto_the_way_of_a_published_paper(as_: As, council: Council) -> None:
    paper, cabinet, team = (council.cases[n] for n in ("public paper", "Cabinet", "Management team"))
    body = {"body_id": team, "after_id": cabinet, "ask": "decide", "reason": "It asked for it"}
    clerk, path = as_("clerk"), f"/reports/{paper}/route"
    decided = clerk.post(path, body)
    assert (decided.status_code, decided.json["reasons"][0]["code"]) == (409, "nothing_after")
    council.write(lambda s: s.execute(update(RouteStop).where(RouteStop.report_id == paper).values(decides=False)))
    wrong = clerk.post(path, body | {"after_id": team, "body_id": cabinet})
    assert (wrong.status_code, sorted(wrong.json["errors"])) == (422, ["after_id", "body_id"])
    assert as_("author").post(path, body).status_code == 403
    done = clerk.post(path, body, "once")
    assert (done.status_code, clerk.post(path, body, "once").json) == (200, done.json)
    assert [(s["body_id"], s["ask"]) for s in done.json["data"]["route"]] == [(cabinet, "comment"), (team, "decide")]
    told = council.read(lambda s: set(s.scalars(select(Message.person_id).where(Message.about == "on_the_way"))))
    assert told == {council.people["chair"]}


def test_a_body_outside_is_asked_and_its_word_is_recorded_once(as_: As, council: Council) -> None:
    author, clerk, paper = as_("author"), as_("clerk"), council.cases["paper"]
    path = f"/reports/{paper}/outside"
    asked = author.post(path, {"body": "Schools Forum", "question": "Is it fair?", "due_on": "2026-03-20"})
    assert asked.status_code == 200, asked.json
    (one,) = asked.json["data"]["outside"]
    assert (one["body"], one["due_on"], one["answer"]) == ("Schools Forum", "2026-03-20", None)
    answer = f"{path}/{one['id']}/answer"
    said = {"answer": "commented", "text": "Fair to small schools", "said_by": "Its chair", "said_on": "2026-03-01"}
    assert author.post(answer, said).status_code == 403, "the clerk records from elsewhere"
    late = clerk.post(answer, said | {"said_on": "2026-03-20", "said_by": " "})
    assert sorted(late.json["errors"]) == ["said_by", "said_on"]
    recorded = clerk.post(answer, said)
    assert recorded.json["data"]["outside"][0]["text"] == "Fair to small schools"
    assert clerk.post(answer, said).status_code == 409, "once"
    assert as_("colleague").post(path, {"body": "Us", "due_on": "2026-03-20"}).status_code == 404
    secret = f"/reports/{council.cases['secret paper']}/outside"
    hidden = clerk.post(secret, {"body": f"{SECRET} Forum", "due_on": "2026-03-20"})
    assert hidden.json["data"]["outside"][0]["secrecy"] == "exempt"
    seen = as_("administrator").get(f"/cases/{council.cases['secret paper']}")
    assert SECRET not in seen.text
