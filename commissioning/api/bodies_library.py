"""What is taken and given about items of the library."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from commissioning.api.bodies import Patch, unsent
from commissioning.api.schemas import Given, ListOut, PageQuery, Taken

Kind = Literal[
    "needs", "research", "benchmark", "voice", "practice", "policy", "learning", "link", "fact", "value", "inspection",
    "programme", "agency", "training", "handbook",
]  # fmt: skip
Title = Annotated[str, Field(min_length=1, max_length=200)]
Text = Annotated[str, Field(max_length=20_000)]
Source = Annotated[str, Field(max_length=300)]
Figure = Annotated[str, Field(max_length=200)]
Own = dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=20_000)]]
"""What only items of a type have, by code; what its type does not have is left out."""
Link = Annotated[str, Field(max_length=2000)]


class ItemsQuery(PageQuery):
    """Which items: of one type, in use or not, by the words `q` in title and text."""

    kind: Kind | None = None
    standing: Literal["current", "stale", "archived", "all"] = "current"
    q: Annotated[str, Field(max_length=200)] = ""


class ItemOut(Given):
    """An item of the library; `stale` says why it is out of date. `goes_with`: cases, where one item is read."""

    id: int
    version: int
    kind: str
    title: str
    text: str
    source: str
    source_on: date | None
    link: str
    figure: str
    is_consulted: bool
    expected_on: date | None
    services: str
    impact: str
    own: dict[str, str]
    looked_at_on: date
    archived_on: date | None
    stale: str | None
    goes_with: list[int] | None
    links: dict[str, str]


class ItemsOut(ListOut):
    """Items of the library."""

    items: list[ItemOut]


class ItemBody(Taken):
    """An item to be recorded. A resource link needs `link`; a fact needs `figure`, `source` and `source_on`."""

    kind: Kind
    title: Title
    text: Text = ""
    source: Source = ""
    source_on: date | None = None
    link: Link = ""
    figure: Figure = ""
    is_consulted: bool = False
    expected_on: date | None = None
    services: Source = ""
    impact: Text = ""
    own: Own = Field(default_factory=dict)


class ItemPatch(Patch):
    """What is to be changed of an item; `version` as it was read."""

    title: Title = unsent()
    text: Text = unsent()
    source: Source = unsent()
    source_on: date | None = None
    link: Link = unsent()
    figure: Figure = unsent()
    is_consulted: bool = unsent()
    expected_on: date | None = None
    services: Source = unsent()
    impact: Text = unsent()
    own: Own = unsent()
