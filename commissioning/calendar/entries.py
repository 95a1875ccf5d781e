"""From dates to entries of a calendar program. What others may read along has safe titles alone. Reads nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from commissioning import ics
from commissioning.calendar.queries import Dated
from workflows.london import london_instant


def entries_of(dates: Iterable[Dated], safe: Mapping[int, str], base_url: str) -> list[ics.Entry]:
    """One entry for each date; its link leads through sign-in."""
    base, host = base_url.rstrip("/"), urlsplit(base_url).hostname or "localhost"
    return [_entry(d, safe.get(d.case_id, ""), base, host) for d in dates]


def _entry(dated: Dated, title: str, base: str, host: str) -> ics.Entry:
    url = f"{base}/cases/{dated.case_id}"
    if dated.at is None:
        summary = f"{dated.what}: {title}"
        return ics.Entry(f"{dated.uid}@{host}", summary, dated.on, place=dated.place, url=url)
    starts = london_instant(dated.on, dated.at)
    ends = starts + timedelta(minutes=dated.minutes)
    # Who meets and when is no secret to whom it concerns; what is on the agenda is not said.
    return ics.Entry(
        dated.uid,
        dated.title,
        starts,
        ends,
        dated.place,
        url=url,
        sequence=dated.sequence,
        is_cancelled=dated.is_cancelled,
    )
