"""How days, instants, money and prose are written on a page.

Belongs here: from a value to the words that people read (British, Europe/London). Does not belong here:
parsing (``fields_*``), or the clock: "today" is an argument.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import nh3
from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

LONDON = ZoneInfo("Europe/London")
_TAGS = {
    *(
        "p",
        "br",
        "strong",
        "em",
        "ul",
        "ol",
        "li",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "code",
        "pre",
        "hr",
        "a",
    ),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
# A writer's headings stand below the page's own, so that the outline of the page holds.
_LOWER = {"<h1>": "<h3>", "</h1>": "</h3>", "<h2>": "<h4>", "</h2>": "</h4>"}


@lru_cache(maxsize=1024)
def day(value: date | None) -> str:
    """``Wed 9 May 2012``; nothing for None."""
    return f"{value:%a} {value.day} {value:%b %Y}" if value else ""


def iso_day(text: str | None) -> str:
    """``9 May 2012`` from a day or instant as frozen editions hold it; nothing for nothing."""
    return f"{date.fromisoformat(text[:10]):%-d %B %Y}" if text else ""


def long_day(value: date | None) -> str:
    """``Wednesday 9 May 2012``; nothing for None."""
    return f"{value:%A} {value.day} {value:%B %Y}" if value else ""


def month(value: date | None) -> str:
    """``May 2012``; nothing for None."""
    return f"{value:%B %Y}" if value else ""


def clock_time(value: datetime | None) -> str:
    """``2:05pm`` in London, from an aware instant; nothing for None."""
    if value is None:
        return ""
    local = _local(value)
    return f"{local.hour % 12 or 12}:{local.minute:02d}{'am' if local.hour < 12 else 'pm'}"


def when(value: datetime | None) -> str:
    """``9 May 2012, 2:05pm`` in London, from an aware instant; nothing for None."""
    if value is None:
        return ""
    local = _local(value)
    return f"{local.day} {local:%B %Y}, {clock_time(value)}"


def machine_time(value: datetime | None) -> str:
    """ISO 8601 in UTC, for ``<time datetime>``."""
    return value.astimezone(UTC).isoformat(timespec="seconds") if value else ""


def _local(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant without its zone cannot be shown")
    return value.astimezone(LONDON)


def pounds(pence: int | None) -> str:
    """``£1,250,000`` or ``£49,300.50`` from integer pence; a true minus sign; nothing for None."""
    if pence is None:
        return ""
    whole, rest = divmod(abs(pence), 100)
    return ("\u2212" if pence < 0 else "") + f"£{whole:,}" + (f".{rest:02d}" if rest else "")


def plural(number: int, one: str, many: str = "") -> str:
    """``1 day``, ``2 days``, ``3 boards``; ``many`` where an s is not enough."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size(count: int) -> str:
    """Bytes as people say them: ``1 KB``, ``84 KB``, ``1.2 MB``."""
    if count < 1024 * 1024:
        return f"{max(1, round(count / 1024))} KB"
    return f"{count / 1024 / 1024:.1f} MB"


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # slow to import, and many processes draw no prose

    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")


@lru_cache(maxsize=512)
def prose(text: str | None) -> Markup:
    """Markdown as safe HTML: no images, no scripts, no styles, links only to http, https and mailto.

    Plain text comes out as paragraphs; a single line break stays one. Headings begin at h3.
    """
    html = _markdown().render(text or "")
    for found, put in _LOWER.items():
        html = html.replace(found, put)
    safe = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return Markup(f'<div class="app-prose">{safe}</div>')  # noqa: S704 (cleaned by nh3 above)  # nosec B704
