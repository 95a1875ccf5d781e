"""The section "From the library" of a page: the items that go with a thing, as `library/_of_case.html` draws them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from commissioning.library.queries import list_cited
from commissioning.models.cases import Case
from commissioning.web import requests
from commissioning.web.steps import may_amend


def library_of(session: Session, case: Case, parts: Mapping[int, str] | None = None) -> dict[str, Any]:
    """What the section needs for a case that the reader may see.

    `parts`: names of things that belong to it and that the reader may see too, by id; their items stand there as well.
    """
    return {
        "cited": list_cited(session, [case.id, *(parts or ())], requests.today()),
        "cited_words": parts or {},
        "cite": may_amend(session, case, "case.cite"),
        "cite_id": case.id,
    }
