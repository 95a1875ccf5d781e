"""Who reads a page, for the tests that open every page of the URL map."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Read:
    """Who reads a page, why they may, which thing (SQL whose columns are named as the rule's arguments)."""

    who: str
    why: str
    thing: str = ""
    main: bool = False  # read at 768 px too
    query: str = ""
