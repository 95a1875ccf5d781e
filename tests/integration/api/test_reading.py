"""Reading over the API: shapes of the contract, who sees what, lists and their totals (interface.md, "HTTP API")."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from commissioning.models.cases import Event
from commissioning.models.people import ApiToken, Person
from commissioning.models.reports import Section
from tests.integration.api.conftest import As
from tests.support.api_council import NOW, SECRET, Council

CONTRACT = {
    *("id", "kind", "reference", "title", "state", "version", "workflow", "due_on", "holder", "links", "data"),
    *("available", "unavailable"),
}


def test_me_names_posts_roles_and_what_one_may_begin(ask: As, still: Council) -> None:
    me = ask("clerk").get("/me").json
    assert (me["id"], me["name"]) == (still.people["clerk"], "Clerk")
    assert [p["name"] for p in me["posts"]] == ["Democratic Services"]
    assert ask("author").get("/me").json["roles"] == [{"role": "officer", "scope": "organisation"}]
    assert "reports.create" in ask("author").get("/me").json["may"]
    assert "reports.create" not in ask("member").get("/me").json["may"]


def test_a_case_has_the_fields_of_the_contract(ask: As, still: Council) -> None:
    paper = still.cases["paper"]
    case = ask("author").get(f"/cases/{paper}").json
    assert set(case) == CONTRACT
    assert case["workflow"] == {"name": "board-report", "version": 1}
    assert (case["kind"], case["state"], case["version"], case["holder"]) == ("report", "drafting", 1, "Author")
    assert case["due_on"] == "2026-03-09"
    assert case["links"]["self"] == f"/api/v1/cases/{paper}"
    assert case["links"]["meeting"] == f"/api/v1/cases/{still.cases['Cabinet meets']}"
    assert [s["key"] for s in case["data"]["sections"]] == ["background", "legal"]
    assert case["data"]["recommendations"][0]["text"] == "Agree to Parks"
    assert "plan" in [s["step"] for s in case["available"]]
    blocked = {s["step"]: s["reasons"] for s in case["unavailable"]}
    assert "no_sign_offs" in [r["code"] for r in blocked["request_clearance"]]
    assert set(blocked["request_clearance"][0]) == {"code", "text", "waits_for"}


def test_what_a_step_asks_is_told_with_it(ask: As, still: Council) -> None:
    case = ask("author").get(f"/cases/{still.cases['paper']}").json
    assert {s["step"]: s["reason"] for s in case["available"]}["plan"] == "none"
    signer = ask("clerk").get(f"/cases/{still.cases['paper']}").json
    assert "not_yours" in [r["code"] for s in signer["unavailable"] for r in s["reasons"]]


@pytest.mark.parametrize("name", ["Cabinet", "Cabinet meets", "paper", "public paper", "secret paper"])
def test_every_kind_can_be_read_by_who_has_a_part_in_it(ask: As, still: Council, name: str) -> None:
    answer = ask("clerk").get(f"/cases/{still.cases[name]}")
    assert answer.status_code == 200
    assert set(answer.json) == CONTRACT
    assert answer.json["data"]


def test_what_is_secret_is_nowhere_for_who_may_not_read_it(ask: As, still: Council) -> None:
    secret = still.cases["secret paper"]
    for who in ("colleague", "auditor", "administrator", "lawyer"):
        api = ask(who)
        unknown, hidden = api.get("/cases/1"), api.get(f"/cases/{secret}")
        assert (unknown.status_code, hidden.status_code) == (404, 404)
        assert {**unknown.json, "instance": ""} == {**hidden.json, "instance": ""}, "the two must look the same"
        assert api.post(f"/cases/{secret}/steps/publish", {"version": 1}).status_code == 404
        for path in ("/cases", "/cases?kind=report", "/cases?q=sale", "/tasks", "/decisions"):
            assert SECRET not in api.get(path).text
        found = api.get(f"/cases?q={SECRET}").json
        assert (found["total"], found["items"]) == (0, [])
    assert ask("colleague").get("/cases?kind=report").json["total"] == 1
    assert ask("member").get("/cases?kind=report").json["total"] == 2
    assert ask("author").get(f"/cases?q={SECRET}").json["total"] == 1


def test_who_reads_what_is_secret_is_on_record(ask: As, still: Council) -> None:
    """As on the pages: who read it, never a word of it; and what is open, or hidden, leaves no record."""
    secret, chain = still.cases["secret paper"], f"report-readings:{still.cases['secret paper']}"

    def noted() -> list[tuple[int | None, str]]:
        return still.read(
            lambda s: [
                (e.actor_id, e.body) for e in s.scalars(select(Event).where(Event.chain == chain).order_by(Event.seq))
            ]
        )

    before = noted()
    ask("colleague").get(f"/cases/{secret}")
    ask("clerk").get(f"/cases/{still.cases['public paper']}")
    assert noted() == before
    assert ask("clerk").get(f"/cases/{secret}").status_code == 200
    (new,) = noted()[len(before) :]
    assert new[0] == still.people["clerk"]
    assert SECRET not in new[1]


def test_a_secret_part_of_an_open_paper_is_left_out(as_: As, council: Council) -> None:
    paper = council.cases["public paper"]

    def hide(session: Session) -> None:
        session.execute(
            update(Section).where(Section.report_id == paper, Section.key == "legal").values(secrecy="exempt")
        )

    council.write(hide)
    assert [s["key"] for s in as_("colleague").get(f"/cases/{paper}").json["data"]["sections"]] == ["background"]
    assert [s["key"] for s in as_("member").get(f"/cases/{paper}").json["data"]["sections"]] == ["background", "legal"]
    section = as_("author").get(f"/cases/{paper}").json["data"]["sections"][1]
    hidden = as_("colleague").patch(f"/sections/{section['id']}", {"version": 1, "text": "mine"})
    assert (hidden.status_code, hidden.json["detail"]) == (404, as_("colleague").get("/cases/1").json["detail"])


def test_an_auditor_sees_that_something_happened_and_no_word_of_it(ask: As, still: Council) -> None:
    secret = still.cases["secret paper"]
    events = ask("auditor").get(f"/cases/{secret}/events")
    assert events.status_code == 200
    assert [e["name"] for e in events.json["items"]] == ["report.created"]
    assert SECRET not in events.text
    assert ask("colleague").get(f"/cases/{secret}/events").status_code == 404
    assert ask("author").get(f"/cases/{secret}/events").json["total"] == 1


def test_lists_are_filtered_sorted_and_paged(ask: As) -> None:
    author = ask("author")
    assert author.get("/cases?mine=true").json["total"] == 3
    assert author.get("/cases?kind=report&state=drafting").json["items"][0]["title"] == "Parks"
    titles = [i["title"] for i in author.get("/cases?kind=report&sort=-title").json["items"]]
    assert titles == sorted(titles, reverse=True)
    first = author.get("/cases?kind=report&per_page=2&sort=title").json
    assert (first["total"], len(first["items"]), "prev" in first["links"]) == (3, 2, False)
    second = author.ask("GET", first["links"]["next"].removeprefix("/api/v1")).json
    assert [i["title"] for i in second["items"]] == ["Parks"]
    assert "next" not in second["links"]
    assert author.get("/cases?page=99").json["items"] == []
    assert author.get("/cases?q=%25").json["total"] == 0, "a percent sign is a letter, no pattern"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"),
        ("page=1.0", "page"),
        ("per_page=101", "per_page"),
        ("sort=colour", "sort"),
        ("mine=maybe", "mine"),
        ("colour=blue", "colour"),
        ("page=1&page=2", "page"),
        ("q=%00", "q"),
    ],
)
def test_a_wrong_query_names_its_argument(ask: As, query: str, field: str) -> None:
    answer = ask("author").get(f"/cases?{query}")
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert list(answer.json["errors"]) == [field]


def test_tasks_are_mine_most_urgent_first(ask: As, still: Council) -> None:
    tasks = ask("author").get("/tasks").json
    assert (tasks["total"], [t["step"] for t in tasks["items"]]) == (1, ["request_clearance"])
    task = tasks["items"][0]
    assert task["links"]["step"] == f"/api/v1/cases/{still.cases['paper']}/steps/request_clearance"
    assert ask("director").get("/tasks").json["total"] == 0
    days = [t["due_on"] for t in ask("clerk").get("/tasks").json["items"]]
    assert days == sorted(days)
    assert len(days) == 2


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer nonsense", "Basic token-of-author", "Bearer " + "x" * 5000])
def test_without_a_token_nothing_is_answered(still: Council, token: str) -> None:
    answer = still.app.test_client().get("/api/v1/me", headers={"Authorization": token})
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "change",
    [
        lambda person, token: (Person, Person.id == person, {"is_active": False}),
        lambda person, token: (Person, Person.id == person, {"authority": 2}),
        lambda person, token: (ApiToken, ApiToken.person_id == person, {"ends_at": NOW}),
        lambda person, token: (ApiToken, ApiToken.person_id == person, {"token_hash": "another"}),
    ],
    ids=["disabled", "signed-out-everywhere", "expired", "revoked"],
)
def test_a_token_ends_at_once(as_: As, council: Council, change: Any) -> None:
    api = as_("author")
    assert api.get("/me").status_code == 200
    table, where, values = change(council.people["author"], None)
    council.write(lambda session: session.execute(update(table).where(where).values(**values)))
    assert api.get("/me").status_code == 401


@pytest.mark.parametrize(("after", "status"), [(-1, 401), (0, 401), (1, 200)])
def test_a_token_holds_until_its_own_end_and_no_longer(as_: As, council: Council, after: int, status: int) -> None:
    ends = {"ends_at": NOW + timedelta(seconds=after)}
    council.write(
        lambda s: s.execute(update(ApiToken).where(ApiToken.person_id == council.people["author"]).values(ends))
    )
    assert as_("author").get("/me").status_code == status


def test_a_cookie_means_nothing_to_the_api(still: Council) -> None:
    http = still.app.test_client()
    http.set_cookie("session_id", still.token("author"))
    assert http.get("/api/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/", 404),
        ("GET", "/api/v2/me", 404),
        ("GET", "/api/v1/nowhere", 404),
        ("GET", "/api/v1/me/", 404),
        ("GET", "/api/v1/cases/0", 404),
        ("GET", "/api/v1/cases/99999999999999999999", 404),
        ("GET", "/api/v1/cases/one", 404),
        ("DELETE", "/api/v1/me", 405),
        ("BREW", "/api/v1/me", 405),
        ("POST", "/api/v1/openapi.json", 405),
    ],
)
def test_every_refusal_is_a_problem(ask: As, still: Council, method: str, path: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {still.token('author')}"}
    answer = still.app.test_client().open(path, method=method, headers=headers)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert {"type", "title", "status", "detail"} <= set(answer.json)
    assert answer.json["status"] == status
    assert ("Allow" in answer.headers) == (status == 405)


def test_a_fault_is_a_problem_that_tells_nothing(still: Council, ask: As, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr("commissioning.api.routes.count_tasks", broken)
    monkeypatch.setitem(still.app.config, "SHOW_FAULT_PAGE", True)
    answer = ask("author").get("/tasks")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert SECRET not in answer.text


def test_too_large_a_body_is_a_problem(still: Council, ask: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(still.app.config, "MAX_CONTENT_LENGTH", 1000)
    answer = ask("author").post("/reports", {"title": "x" * 2000, "meeting_id": 1})
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")


def test_a_report_of_each_day_is_iso_and_each_id_fits_json(ask: As, still: Council) -> None:
    meeting = ask("clerk").get(f"/cases/{still.cases['Cabinet meets']}").json["data"]
    assert date.fromisoformat(meeting["meeting_on"]) == date(2026, 4, 1)
    assert (meeting["starts_at"], meeting["papers_close_at"]) == ("10:00:00", "2026-03-16T09:00:00Z")
    assert max(still.cases.values()) < 2**53


def test_the_document_and_its_page_are_open_to_all(still: Council) -> None:
    http = still.app.test_client()
    document = http.get("/api/v1/openapi.json").json
    assert document["openapi"] == "3.1.0"
    page = http.get("/api/v1/docs")
    assert page.status_code == 200
    assert all(f"{path}</code>" in page.text for path in document["paths"])
    assert "https://" not in page.text.replace(still.app.config["BASE_URL"], "")
