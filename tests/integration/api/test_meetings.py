"""A meeting over the API: its headings, who came and went, interests, the quorum of each line (P-19, P-20)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from commissioning import clock
from tests.integration.api.conftest import As
from tests.support.api_council import Council

ON_ITS_DAY = datetime(2026, 4, 14, 10, 0, tzinfo=UTC)


def agenda(answer: Any) -> list[str]:
    """The lines as they are numbered."""
    assert answer.status_code == 200, answer.json
    return [f"{line['number']} {line['title']}" for line in answer.json["data"]["agenda"]]


def test_headings_are_added_changed_ordered_and_taken_off(as_: As, council: Council) -> None:
    path = f"/meetings/{council.cases['Cabinet meets']}"
    clerk = as_("clerk")
    clerk.post(f"{path}/headings", {"title": "Matters arising", "kind": "matters_arising"})
    wanted = {"title": "A talk by the school", "kind": "presentation", "length": 10}
    first = clerk.post(f"{path}/headings", wanted, "once")
    assert agenda(first) == ["1 Matters arising", "2 A talk by the school"]
    assert agenda(clerk.post(f"{path}/headings", wanted, "once")) == agenda(first), "the same key does it once"
    arising, talk = first.json["data"]["agenda"]
    assert (talk["length"], talk["secrecy"]) == (10, "open")

    seen = first.json["data"]["version"]
    renamed = clerk.patch(f"{path}/headings/{talk['id']}", {"version": seen, "title": "A talk by two schools"})
    assert agenda(renamed)[1] == "2 A talk by two schools"
    assert renamed.json["data"]["agenda"][1]["length"] == 10, "what is not sent stays"
    assert clerk.patch(f"{path}/headings/{talk['id']}", {"version": seen, "title": "Late"}).status_code == 409
    assert clerk.patch(f"{path}/headings/1", {"version": seen, "title": "Late"}).status_code == 404
    order = [{"item_id": talk["id"], "position": 1}, {"item_id": arising["id"], "position": 2}]
    turned = clerk.patch(path, {"version": renamed.json["data"]["version"], "agenda": order})
    assert agenda(turned) == ["1 A talk by two schools", "2 Matters arising"]

    wrong = clerk.post(f"{path}/headings", {"title": "Pay", "secrecy": "exempt"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["exempt_paragraph"])
    for who in ("member", "chair", "colleague"):
        assert as_(who).post(f"{path}/headings", {"title": "Mine"}).status_code in (403, 404), who
    assert agenda(clerk.post(f"{path}/headings/{talk['id']}/remove")) == ["1 Matters arising"]
    assert clerk.post(f"{path}/headings/{talk['id']}/remove").status_code == 404


def test_the_quorum_of_each_line_follows_from_who_is_there(
    as_: As, council: Council, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P-20: an interest takes out at its line alone; who leaves is out from there on; a substitute counts."""
    clerk, member, me = as_("clerk"), as_("member"), council.people["member"]
    body = council.cases["Cabinet"]
    version = clerk.get(f"/cases/{body}").json["data"]["version"]
    runs = {
        "opening": [{"kind": "apologies", "title": "Welcome", "length": 5}, {"kind": "other", "title": "Questions"}],
        "allows_remote": True,
    }
    changed = clerk.patch(f"/bodies/{body}", {"version": version, "quorum_minimum": 1, **runs})
    assert changed.status_code == 200, changed.json
    data = changed.json["data"]
    assert [h["title"] for h in data["opening"]] == ["Welcome", "Questions"]
    assert (data["allows_remote"], data["chair_casts"]) == (True, True)  # P-25; what is not sent stays
    assert clerk.patch(f"/bodies/{body}", {"version": version, "chair_casts": False}).status_code == 409, "stale"
    once = clerk.patch(f"/bodies/{body}", {"version": data["version"], "chair_casts": False}).json["data"]
    assert (once["chair_casts"], once["opening"]) == (False, data["opening"])
    twice = {"version": once["version"], "opening": [runs["opening"][0]] * 2}
    assert clerk.patch(f"/bodies/{body}", twice).status_code == 422
    assert member.patch(f"/bodies/{body}", {"version": once["version"], **runs}).status_code == 403
    called = clerk.post("/meetings", {"body_id": body, "meeting_on": "2026-04-14", "starts_at": "10:00"})
    meeting = called.json["id"]
    path = f"/meetings/{meeting}"
    talk = clerk.post(f"{path}/headings", {"title": "A talk"}).json["data"]["agenda"][-1]
    came = {"person_id": me, "status": "present"}
    film = clerk.post(f"{path}/headings", {"title": "A film"}).json["data"]["agenda"][-1]

    def quorum(answer: Any) -> list[int]:
        """How many count at the two lines."""
        assert answer.status_code == 200, answer.json
        return [line["quorum"]["voters"] for line in answer.json["data"]["agenda"][-2:]]

    there = clerk.post(f"{path}/attendance", {"people": [came]})
    assert there.json["data"]["agenda"][-1]["quorum"] == {"needed": 1, "voters": 1, "is_quorate": True}
    mine = {"line_id": talk["id"], "person_id": me, "nature": "My school"}
    declared = member.post(f"{path}/interests", mine)
    assert quorum(declared) == [0, 1]
    assert [i["nature"] for i in declared.json["data"]["agenda"][-2]["interests"]] == ["My school"]
    assert member.post(f"{path}/interests", mine).status_code == 422

    gone = {"person_id": me, "line_id": film["id"], "is_arrival": False, "at": "10:40:00"}
    assert clerk.post(f"{path}/movements", gone).status_code == 409, "not before its day"
    monkeypatch.setattr(clock, "now", lambda: ON_ITS_DAY)
    left = clerk.post(f"{path}/movements", gone)
    assert left.json["data"]["movements"] == [gone | {"name": "Member"}]
    assert quorum(left) == [0, 0]
    other = came | {"status": "apologies", "substitute": "Zoe Orr", "substitute_votes": True}
    assert quorum(clerk.post(f"{path}/attendance", {"people": [other]})) == [0, 0]
    assert quorum(clerk.post(f"{path}/movements", gone | {"is_arrival": True, "at": "10:50:00"})) == [0, 1]
    shown = as_("colleague").get(f"/cases/{meeting}").json["data"]
    assert shown["movements"] == []
    assert "quorum" not in str(shown["agenda"])
