"""The API keeps what its document promises, and never answers 5xx: requests made from the document, as three people.

The long form, as every role, is `make fuzz`.
"""

from __future__ import annotations

import pytest

from tests.fuzz.api import throw
from tests.fuzz.council import known_ids
from tests.support.api_council import Council

PEOPLE = ("author", "heidi", "carla")
EXAMPLES = 2
"""Of each operation, by each of them, on SQLite; on PostgreSQL each throws one at every third."""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("who", PEOPLE)
def test_answers_are_as_the_document_says(
    summer: Council, module_engine_url: str, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    examples, share = EXAMPLES, slice(None)
    if not module_engine_url.startswith("sqlite"):
        examples, share = 1, slice(PEOPLE.index(who), None, len(PEOPLE))
    monkeypatch.setitem(summer.app.config, "SHOW_FAULT_PAGE", True)
    faults = list(throw(summer.app, summer.token(who), known_ids(summer), examples, share=share))
    assert not faults, "\n\n".join(faults[:10])
