"""Pages and forms answer wrong input with words, never with 5xx (quality.md, "Fuzz"); and the fuzzers see a fault.

A share of the addresses, another for each person; all of them, as every role: `make fuzz`.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fuzz import api, forms
from tests.fuzz.council import known_ids
from tests.support.api_council import Council

SHARE = 0.05
ON_POSTGRESQL = 0.02
"""What a page does with wrong input is Python's; what the other engine says of it needs fewer of them."""
SQLITE_ALONE = pytest.mark.parametrize("engine_url", ["sqlite"], indirect=True)
"""The faults are planted above the database: that a fuzzer sees them is shown once."""
BROKEN = ("meetings.", "reports.", "boards.", "actions.")


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("who", "start"), [("author", 1), ("heidi", 3), ("carla", 4)])
def test_no_page_breaks(
    summer: Council, module_engine_url: str, who: str, start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(summer.app.config, "SHOW_FAULT_PAGE", True)
    share = SHARE if module_engine_url.startswith("sqlite") else ON_POSTGRESQL
    faults = list(forms.throw(summer, who, known_ids(summer), 1, start, share))
    assert not faults, "\n".join(faults[:10])


def _broken(*_args: Any, **_kwargs: Any) -> None:
    raise RuntimeError("planted")


_broken.access = "signed_in"


@SQLITE_ALONE
def test_control_a_broken_page_is_seen(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(council.app.config, "SHOW_FAULT_PAGE", True)
    for endpoint in [e for e in council.app.view_functions if e.startswith(BROKEN)]:
        monkeypatch.setitem(council.app.view_functions, endpoint, _broken)
    faults = list(forms.throw(council, "clerk", known_ids(council), 1, 7, ON_POSTGRESQL))
    assert any(fault.startswith("GET ") for fault in faults)
    assert any(fault.startswith("POST ") for fault in faults)


@SQLITE_ALONE
def test_control_a_lying_answer_and_a_broken_one_are_seen(council: Council, monkeypatch: pytest.MonkeyPatch) -> None:
    def lying() -> Any:
        return council.app.response_class('{"id": "one"}', mimetype="application/json")

    lying.access = "bearer"
    monkeypatch.setitem(council.app.config, "SHOW_FAULT_PAGE", True)
    monkeypatch.setitem(council.app.view_functions, "api.me", lying)
    monkeypatch.setattr("commissioning.api.routes.list_cases", _broken)
    planted = {"GET /me", "GET /cases"}
    faults = list(api.throw(council.app, council.token("author"), known_ids(council), 2, only={*planted, "GET /tasks"}))
    assert {fault.split(" (")[0] for fault in faults} == planted
