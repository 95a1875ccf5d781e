"""One thing that was found before publication."""

from __future__ import annotations

from dataclasses import dataclass

BLOCKER, WARNING = "blocker", "warning"


@dataclass(frozen=True, slots=True)
class Sign:
    """What was found: a code, whether it holds publication back or warns, words after a colon, and what to do."""

    code: str
    severity: str
    text: str
    do: str


def redaction(pages: list[int], what: str) -> Sign:
    """Text that can still be read under something that covers it. `pages` count from 1."""
    where = f"page{'s' if len(pages) > 1 else ''} {', '.join(map(str, pages[:10]))}{' and more' if pages[10:] else ''}"
    do = "Redact it with a tool that takes the text out, or print it to a picture and attach that"
    return Sign("redaction", BLOCKER, f"{what} on {where}, and the text can still be read under it", do)


def tracked(count: int) -> Sign:
    """Tracked changes of a Word file."""
    text = f"{count} tracked change{'s' if count != 1 else ''}"
    return Sign("tracked", BLOCKER, text, "Accept or reject every change and save it again")


def comments(count: int) -> Sign:
    """Comments in a file."""
    return Sign(
        "comments", BLOCKER, f"{count} comment{'s' if count != 1 else ''}", "Delete the comments and save it again"
    )


def hidden(what: str) -> Sign:
    """Something that is not shown unless somebody looks for it."""
    return Sign("hidden", BLOCKER, what, "Show it or delete it, and save the file again")


def properties(names: list[str]) -> Sign:
    """What the file says of who made it."""
    text = f"its properties say: {'; '.join(names)[:300]}"
    return Sign("properties", BLOCKER, text, "Remove the file’s properties (“Inspect document”) and save it again")


def unread() -> Sign:
    """A file that could not be looked through."""
    do = "Save it again, or print it to a new PDF, and attach that"
    return Sign("unread", BLOCKER, "it could not be looked through for hidden content", do)


def unexplained() -> Sign:
    """A part that is withheld as exempt, and nothing says why (P-13)."""
    text = "it is exempt, with no paragraph of Schedule 12A, reason or day of review"
    return Sign("unexplained", BLOCKER, text, "Say why under “What is withheld, and why”, or open it")
