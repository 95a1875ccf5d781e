"""The service over a council that commissions, for the library, self-assessment and challenge questions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import insert

from commissioning.db import make_engine
from commissioning.models.people import Grant
from tests.support.council import NOW
from tests.support.cycles import Shire, make_shire
from tests.support.pages import Site, site_of


@pytest.fixture
def site(engine_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """`carla` commissions, `dora` is granted director; `stranger` may do nothing, and stands for a lead member."""
    engine = make_engine(engine_url)
    shire = make_shire(engine)
    granted = {"person_id": shire.people["dora"], "role": "director", "scope_kind": "organisation"}
    shire.write(lambda session: session.execute(insert(Grant).values(from_on=NOW.date(), **granted)))
    with site_of(shire, engine_url, monkeypatch) as made:
        yield made
    engine.dispose()


@pytest.fixture
def shire(site: Site) -> Shire:
    """The council itself."""
    assert isinstance(site.council, Shire)
    return site.council
