"""The API keeps what its document promises, and never answers 5xx: requests made from the document, as three people.

The long form, as every role, is `make fuzz`.
"""

from __future__ import annotations

import pytest

from tests.fuzz.api import throw
from tests.fuzz.council import known_ids
from tests.support.api_council import Council

EXAMPLES = 2
"""Of each operation on SQLite; one on PostgreSQL."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("who", ["author", "heidi", "carla"])
def test_answers_are_as_the_document_says(
    summer: Council, module_engine_url: str, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples = EXAMPLES if module_engine_url.startswith("sqlite") else 1
    monkeypatch.setitem(summer.app.config, "SHOW_FAULT_PAGE", True)
    faults = list(throw(summer.app, summer.token(who), known_ids(summer), examples))
    assert not faults, "\n\n".join(faults[:10])
