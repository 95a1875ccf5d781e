"""What goes out of the service in one piece: the event log, the sheets of a kind, the numbers for monitoring."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from commissioning import create_app
from commissioning.audit_ocel import ocel
from commissioning.export_commands import export_command
from commissioning.models.cases import Case, Event
from commissioning.models.people import Person
from commissioning.money.import_commands import Installation
from commissioning.web.database import db
from config import SettingsError, load_settings
from tests.integration.api.conftest import As
from tests.support.api_council import NOW, SECRET, Council


def test_the_event_log_holds_what_its_caller_may_know_of(ask: As, still: Council) -> None:
    """An auditor gets every case; others their own; nobody a word. What may not be known is no relation either."""
    logs = {}
    for who in ("author", "member", "auditor"):
        answer = ask(who).get("/events/export?format=ocel")
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        assert SECRET not in answer.text
        assert "Parks" not in answer.text
        logs[who] = answer.json
    ids = {who: {o["id"] for o in log["objects"] if o["type"] != "person"} for who, log in logs.items()}
    paper, secret = (f"case:{still.cases[name]}" for name in ("paper", "secret paper"))
    assert paper in ids["author"]
    assert paper not in json.dumps(logs["member"]), "a draft of somebody else"
    assert {paper, secret} <= ids["auditor"]
    for who in ("author", "member"):
        seen = {f"case:{i['id']}" for p in (1, 2) for i in ask(who).get(f"/cases?per_page=100&page={p}").json["items"]}
        assert ids[who] == seen, who
    meeting = next(o for o in logs["author"]["objects"] if o["id"] == paper)["relationships"]
    assert {"objectId": f"case:{still.cases['Cabinet meets']}", "qualifier": "meeting"} in meeting
    alone = still.read(lambda s: json.loads("".join(ocel(s, of=Case.kind == "report"))))
    assert [o["relationships"] for o in alone["objects"] if o["id"] == paper] == [[]], "the meeting is not of it"
    ends = {r["objectId"] for e in alone["events"] for r in e["relationships"]}
    assert ends <= {o["id"] for o in alone["objects"]}
    assert ask("author").get("/events/export").status_code == 422
    assert ask("author").get("/events/export?format=xes").status_code == 422
    assert ask(None).get("/events/export?format=ocel").status_code == 401


def test_an_export_of_a_kind_is_what_its_reader_may_read(still: Council) -> None:
    """`flask export KIND --as EMAIL`: as the API gives it, formulas quoted; that it was made is on record."""
    with still.app.app_context():
        command = export_command(lambda: Installation(db.engine, NOW))
        people = still.read(lambda s: dict(s.execute(select(Person.id, Person.email)).all()))

        def run(who: str, *more: str) -> str:
            said = CliRunner().invoke(command, ["report", "--as", people[still.people[who]], *more])
            assert said.exit_code == 0, said.output
            return said.stdout

        rows = list(csv.DictReader(io.StringIO(run("author").removeprefix("\ufeff"))))
        assert str(still.cases["paper"]) in {row["id"] for row in rows}
        assert {"reference", "state", "sections", "recommendations"} <= set(rows[0])
        lines = [json.loads(line) for line in run("director", "--format", "jsonl").splitlines()]
        assert {"id", "title", "data"} <= set(lines[0])
        assert SECRET in run("clerk"), "who may read it has it"
        assert SECRET not in run("colleague") + run("colleague", "--format", "jsonl") + run("auditor")
        nobody = CliRunner().invoke(command, ["report", "--as", "nobody@example.org"])
        assert (nobody.exit_code, "Nobody with the address" in nobody.output) == (1, True)
        assert CliRunner().invoke(command, ["secrets", "--as", "x@y"]).exit_code == 2
    noted = still.read(lambda s: s.scalars(select(Event.name).where(Event.chain == "exports")).all())
    assert noted == ["cases.exported"] * 6


def test_metrics_are_there_for_the_token_alone(still: Council, module_engine_url: str) -> None:
    """No page without the setting, without the token or with another; numbers only, in the form of Prometheus."""
    token = "m" * 24
    with pytest.raises(SettingsError, match="METRICS_TOKEN"):
        load_settings(database_url=module_engine_url, secret_key="k" * 40, metrics_token="short")
    on = create_app(load_settings(database_url=module_engine_url, secret_key="k" * 40, metrics_token=token))
    asked = {"Authorization": f"Bearer {token}"}
    assert still.app.test_client().get("/metrics", headers=asked).status_code == 404
    assert still.app.test_client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404
    client = on.test_client()
    assert [client.get("/metrics", headers=h).status_code for h in ({}, {"Authorization": f"Bearer {token}x"})] == [
        404
    ] * 2
    assert client.open("/metrics", method="TRACE", headers=asked).status_code == 405
    answer = client.get("/metrics", headers=asked)
    assert (answer.status_code, answer.content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    numbers = dict(line.split(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    events = still.read(lambda s: max(s.scalars(select(Event.id)).all()))
    assert int(numbers["commissioning_audit_events_total"]) == events
    assert int(numbers["commissioning_tasks_open"]) > 0
    assert float(numbers["process_max_resident_memory_bytes"]) > 10_000_000
    assert "Author" not in answer.text
    assert answer.text.count("# TYPE ") == answer.text.count("# HELP ")
