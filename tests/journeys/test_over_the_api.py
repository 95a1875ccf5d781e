"""Lincolnshire's report over the API alone, by the same nine people, on both engines (issue 2, "Done when")."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from commissioning import clock, create_app
from commissioning.accounts.browsers import token_hash
from commissioning.db import in_transaction, make_engine, reading
from commissioning.demo.load import load
from commissioning.models.bodies import Action, AgendaItem, Body, Meeting, Membership
from commissioning.models.people import ApiToken, Person, Post
from config import load_settings
from tests.journeys.test_lincolnshire import (
    AUTHOR,
    BODY,
    CALENDAR,
    CHAIR,
    CLERK,
    EQUALITIES,
    FINANCE,
    HR,
    LEGAL,
    MEETING_ON,
    MEMBER,
    SOURCE,
    SPONSOR,
    words,
)  # fmt: skip
from tests.support.databases import FreshDatabase
from tests.support.example_council import NOW, load_house
from workflows.london import london_instant

TITLE = "Payment by Results over the wire"
PEOPLE = (AUTHOR, LEGAL, FINANCE, HR, EQUALITIES, SPONSOR, CLERK, CHAIR, MEMBER)


@dataclass
class Wire:
    """The API as each person, at a moment."""

    app: Flask
    engine: Engine
    now: datetime = NOW
    ids: dict[str, int] = field(default_factory=dict)
    sent: int = 0

    def ask(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """One request that must succeed; its JSON."""
        self.sent += 1
        headers = {"Authorization": f"Bearer wire-{self.ids[who]}", "Idempotency-Key": f"wire-{self.sent}"}
        answer = self.app.test_client().open(f"/api/v1{path}", method=method, json=body, headers=headers)
        assert answer.status_code in {200, 201, 204}, f"{who} {method} {path}: {answer.status_code} {answer.text}"
        return answer.json if answer.status_code != 204 else None

    def step(self, who: str, case_id: int, name: str, **more: Any) -> Any:
        """Take a step at the version that the person sees."""
        seen = self.ask(who, "GET", f"/cases/{case_id}")
        assert name in [s["step"] for s in seen["available"]], (name, seen["unavailable"])
        return self.ask(who, "POST", f"/cases/{case_id}/steps/{name}", {"version": seen["version"], **more})

    def at(self, day: date, hour: int = 11) -> None:
        """Let it be that day."""
        self.now = london_instant(day, time(hour))

    def find(self, query: Any) -> Any:
        """Read rows."""
        with reading(self.engine) as session:
            return session.scalars(query).all()


@pytest.fixture(params=["sqlite", "postgresql"])
def wire(
    request: pytest.FixtureRequest, fresh_database: FreshDatabase, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Wire]:
    url = fresh_database(request.param)
    load_house()
    engine = make_engine(url)
    load(engine, NOW, "small")
    app = create_app(load_settings(database_url=url, secret_key="for-tests-alone", demo=True))
    app.testing = True
    wire = Wire(app, engine)
    monkeypatch.setattr(clock, "now", lambda: wire.now)

    def tokens(session: Any) -> None:
        for person in session.scalars(select(Person).where(Person.name.in_(PEOPLE))):
            wire.ids[person.name] = person.id
            session.add(
                ApiToken(person_id=person.id, name="wire", token_hash=token_hash(f"wire-{person.id}"), made_at=NOW)
            )

    in_transaction(engine, tokens)
    yield wire
    engine.dispose()


def test_from_first_draft_to_four_decisions_and_actions_over_the_api(wire: Wire) -> None:
    (body,) = wire.find(select(Body).where(Body.name == BODY))
    (meeting,) = wire.find(select(Meeting).where(Meeting.body_id == body.case_id, Meeting.meeting_on == MEETING_ON))
    report = _write(wire, meeting.case_id)
    _clear(wire, report)
    wire.step(CLERK, report, "put_on_agenda")
    wire.at(CALENDAR.add_working_days(MEETING_ON, -7), 12)
    wire.step(CLERK, meeting.case_id, "close_papers")
    wire.step(CLERK, meeting.case_id, "publish_agenda")
    _meet(wire, report, meeting.case_id, [m.person_id for m in _members(wire, body.case_id)])
    decisions = [d for d in wire.ask(MEMBER, "GET", "/decisions?per_page=100")["items"] if TITLE in d["title"]]
    assert len(decisions) == 4
    assert wire.ask(MEMBER, "GET", f"/cases/{report}")["state"] == "decided"
    (action,) = wire.find(select(Action).where(Action.text == "Work through the measures over the wire"))
    assert action.owner_id == wire.ids[AUTHOR]
    wire.step(AUTHOR, action.case_id, "start")


def _write(wire: Wire, meeting_id: int) -> int:
    report = wire.ask(AUTHOR, "POST", "/reports", {"title": TITLE, "meeting_id": meeting_id, "purpose": "To decide"})
    report_id = int(report["id"])
    for section in report["data"]["sections"]:
        body = {"text": words(section["heading"]), "version": section["version"]}
        wire.ask(AUTHOR, "PATCH", f"/sections/{section['id']}", body)
    for r in SOURCE.recommendations:
        wording: dict[str, Any] = {"report_id": report_id, "ask": r.ask, "text": r.text}
        if r.choose:
            wording |= {
                "least": r.choose.least,
                "most": r.choose.most,
                "options": [{"text": o.text} for o in r.options],
            }
        wire.ask(AUTHOR, "POST", "/recommendations", wording)
    wire.ask(AUTHOR, "POST", f"/reports/{report_id}/people", {"role": "sponsor", "person_id": wire.ids[SPONSOR]})
    for post in wire.find(select(Post).where(Post.speciality.in_(("legal", "finance", "hr", "equalities")))):
        wire.ask(AUTHOR, "POST", f"/reports/{report_id}/people", {"role": "signer", "post_id": post.id})
    return report_id


def _clear(wire: Wire, report: int) -> None:
    due = CALENDAR.add_working_days(NOW.date(), 5).isoformat()
    wire.step(AUTHOR, report, "request_clearance", fields={"sign_off_on": due})
    for who in (LEGAL, FINANCE, HR, EQUALITIES):
        task = next(t for t in wire.ask(who, "GET", "/tasks")["items"] if t["case_id"] == report)
        fields = {"outcome": "cleared", "comment": f"In the words of {who}."}
        wire.step(who, report, "sign_off", fields=fields, part=task["part"])
    wire.step(SPONSOR, report, "submit")


def _members(wire: Wire, body_id: int) -> Any:
    return wire.find(select(Membership).where(Membership.body_id == body_id))


def _meet(wire: Wire, report: int, meeting: int, members: list[int]) -> None:
    wire.at(MEETING_ON, 15)
    people = [{"person_id": p, "status": "present"} for p in dict.fromkeys(members)]
    wire.ask(CLERK, "POST", f"/meetings/{meeting}/attendance", {"people": people})
    wire.step(CLERK, meeting, "hold")
    (item,) = wire.find(select(AgendaItem).where(AgendaItem.report_id == report))
    recommendations = wire.ask(CLERK, "GET", f"/cases/{report}")["data"]["recommendations"]
    options = recommendations[0]["options"]
    given: list[dict[str, Any]] = [
        {"outcome": "agreed", "chosen": [options[0]["id"], options[2]["id"]]},
        {"outcome": "agreed"},
        {"outcome": "commented", "comments": "Add breastfeeding support."},
        {
            "outcome": "agreed",
            "action_title": "Work through the measures over the wire",
            "action_owner_id": wire.ids[AUTHOR],
            "action_due_on": (MEETING_ON + timedelta(days=60)).isoformat(),
        },
    ]
    for recommendation, outcome in zip(recommendations, given, strict=True):
        body = {
            "item_id": item.case_id,
            "recommendation_id": recommendation["id"],
            "reasons": "As the paper says.",
            **outcome,
        }
        wire.ask(CLERK, "POST", f"/meetings/{meeting}/outcomes", body)
    wire.step(CLERK, meeting, "confirm_decisions")
