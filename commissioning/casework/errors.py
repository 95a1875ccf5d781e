"""What a command may refuse, as facts. One place in the web edge turns them into pages and problems."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workflows.registry import Refusal


class Refused(Exception):
    """Base of every refusal: nothing was stored."""


class NotFound(Refused):
    """There is no such thing, or this actor may not know of it (404; the two look alike)."""


class Forbidden(Refused):
    """The actor may see the thing but not do this (403). `reasons` say which rule and who may."""

    def __init__(self, reasons: list[Refusal]) -> None:
        super().__init__("; ".join(r.text for r in reasons))
        self.reasons = reasons


class NotNow(Refused):
    """Guards or the state refuse the step (409). `reasons` holds every one."""

    def __init__(self, reasons: list[Refusal]) -> None:
        super().__init__("; ".join(r.text for r in reasons))
        self.reasons = reasons


@dataclass
class Stale(Refused):
    """Somebody else was faster (409): what it is now, who changed it, when, and both texts where there are two.

    `version` is the one that stands now: who has compared the two sends theirs again on top of it.
    """

    what: str
    changed_by: str = ""
    changed_at: Any = None
    theirs: Any = None
    yours: Any = None
    version: int | None = None

    def __post_init__(self) -> None:
        super().__init__(f"{self.what} was changed by {self.changed_by or 'somebody else'} in the meantime")


def check_seen(seen: int | None, version: int | None, what: str, *, theirs: Any = None, yours: Any = None) -> None:
    """Raises Stale if what stands now is not the version that the writer saw.

    `seen` is None where nobody looked, `version` where nothing stands yet.
    """
    if None not in (seen, version) and seen != version:
        raise Stale(what, theirs=theirs, yours=yours, version=version)


class Invalid(Refused):
    """Bad input (422): a message for each field, in the user's words; the whole thing under ""."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(errors.values()))
        self.errors = errors


class KeyReused(Invalid):
    """The same idempotency key came with another body (422). What was typed is kept; a fresh key is needed."""

    def __init__(self) -> None:
        super().__init__({"": "This form was already used for something else. Check it and send it again."})
