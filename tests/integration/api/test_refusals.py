"""What the API refuses to do, and how: the shapes of the contract, and nothing left behind."""

from __future__ import annotations

import pytest

from commissioning.api.operations import KEY_REUSED
from tests.integration.api.conftest import As, step
from tests.support.api_council import Council


def test_a_wrong_state_is_409_with_reasons_and_the_case(ask: As, still: Council) -> None:
    paper, author = still.cases["paper"], ask("author")
    early = step(author, paper, "revise")
    assert (early.status_code, early.json["reasons"][0]["code"]) == (409, "wrong_state")
    assert early.json["case"]["state"] == "drafting"
    guarded = step(author, paper, "request_clearance")
    assert guarded.status_code == 409
    assert "no_sign_offs" in [r["code"] for r in guarded.json["reasons"]]


def test_somebody_elses_step_is_403_with_who_may(ask: As, still: Council) -> None:
    answer = step(ask("clerk"), still.cases["paper"], "plan")
    assert (answer.status_code, answer.mimetype) == (403, "application/problem+json")
    assert answer.json["reasons"][0]["code"] == "not_yours"


def test_an_unknown_step_and_a_hidden_case_are_404(ask: As, still: Council) -> None:
    assert step(ask("author"), still.cases["paper"], "fly").status_code == 404
    assert step(ask("colleague"), still.cases["paper"], "plan").status_code == 404
    assert step(ask("colleague"), still.cases["secret paper"], "plan").status_code == 404


def test_a_reason_that_is_needed_is_422(ask: As, still: Council) -> None:
    answer = step(ask("clerk"), still.cases["Cabinet meets"], "cancel")
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["reason"])


@pytest.mark.parametrize("key", ["", "with space", "x" * 201, "é"])
def test_without_a_usable_key_nothing_is_done(ask: As, still: Council, key: str) -> None:
    author, paper = ask("author"), still.cases["paper"]
    if key == "":
        answer = author.ask("POST", f"/cases/{paper}/steps/plan", {"version": 1}, key="")
    else:
        headers = {"Authorization": f"Bearer {still.token('author')}", "Idempotency-Key": key}
        http = still.app.test_client()
        answer = http.post(f"/api/v1/cases/{paper}/steps/plan", json={"version": 1}, headers=headers)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.json["detail"].startswith("Send an Idempotency-Key header")
    assert author.get(f"/cases/{paper}").json["state"] == "drafting"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"", 400, None),
        (b"{", 400, None),
        (b"\xff", 400, None),
        (b'{"version": NaN}', 400, None),
        (b"[" * 100_000, 400, None),
        (b"[]", 422, ""),
        (b"{}", 422, "version"),
        (b'{"version": "1"}', 422, "version"),
        (b'{"version": 9007199254740993}', 422, "version"),
        (b'{"version": 1e999}', 422, "version"),
        (b'{"version": 1, "colour": 2}', 422, "colour"),
        (b'{"version": 1, "reason": "\\u0000"}', 422, "reason"),
        (b'{"version": 1, "reason": "\\ud800"}', 422, "reason"),
        (b'{"version": 1, "fields": []}', 422, "fields"),
        (b'{"version": 1, "fields": {"colour": 1}}', 422, "colour"),
    ],
)
def test_a_body_that_is_not_right(ask: As, still: Council, body: bytes, status: int, field: str | None) -> None:
    path = f"/cases/{still.cases['paper']}/steps/request_clearance"
    answer = ask("author").post(path, data=body, content_type="application/json")
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert list(answer.json.get("errors", [None])) == [field]
    assert (answer.json["detail"] == "The body must be one JSON value in UTF-8.") is (status == 400)


def test_a_key_that_came_with_another_request_is_said_to_be_a_key(ask: As, still: Council) -> None:
    """A program has sent no form."""
    author = ask("author")
    path = f"/cases/{still.cases['paper']}/steps/plan"
    first = author.post("/reports", {"title": "One", "meeting_id": still.cases["Cabinet meets"]}, key="twice")
    assert first.status_code == 201
    again = author.post(path, {"version": 1}, key="twice")
    assert (again.status_code, again.json["errors"]) == (422, {"": KEY_REUSED})


def test_a_forecast_from_a_day_to_one_before_it_is_422(ask: As) -> None:
    answer = ask("author").get("/reminders/forecast?from=2026-11-30&to=2026-11-01")
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["to"])
    assert ask("author").get("/reminders/forecast?from=2026-11-30&to=2026-11-30").status_code == 200


def test_a_body_that_is_no_json_is_415(ask: As, still: Council) -> None:
    path = f"/cases/{still.cases['paper']}/steps/plan"
    assert ask("author").post(path, data={"version": "1"}).status_code == 415


def test_a_hidden_thing_cannot_be_written_to(ask: As, still: Council) -> None:
    colleague, paper = ask("colleague"), still.cases["paper"]
    assert colleague.patch(f"/reports/{paper}", {"version": 1, "ward": "x"}).status_code == 404
    body = {"report_id": still.cases["secret paper"], "ask": "note", "text": "x"}
    answers = [colleague.post("/recommendations", body | {"report_id": i}) for i in (body["report_id"], 1)]
    assert [a.status_code for a in answers] == [422, 422]
    assert answers[0].json["errors"] == answers[1].json["errors"]
    hidden = still.cases["Management team meets"]
    for meeting in (hidden, 1):
        refused = colleague.post("/reports", {"title": "x", "meeting_id": meeting})
        assert (refused.status_code, refused.json["errors"]) == (422, {"meeting_id": "Choose a meeting"})
    assert ask("member").post("/reports", {"title": "x", "meeting_id": still.cases["Cabinet meets"]}).status_code == 403
