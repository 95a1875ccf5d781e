"""A public agenda: headings and reports as they were printed, with their numbers; what is private by its safe title."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.casework.registry import house
from commissioning.meetings.agenda import REPORT, AgendaLine, exclusion_words
from commissioning.models.bodies import AgendaItem
from commissioning.models.cases import Case
from commissioning.models.publishing import Publication
from commissioning.models.sittings import AgendaHeading
from commissioning.visibility.public import called_off_unseen, item_is_public, publication_is_public, withdrawn


@dataclass(frozen=True, slots=True)
class PublicItem:
    """A line of a public agenda. `id` is there where there is a paper to open; `text` is a heading's own."""

    number: str
    title: str
    kind: str
    text: str = ""
    id: int | None = None
    is_late: bool = False
    expected_on: date | None = None
    withheld: dict[str, Any] | None = None
    is_withdrawn: bool = False
    ended: str = ""
    """What became of an item whose paper never came, once the meeting is over."""

    @property
    def is_to_follow(self) -> bool:
        """Whether its paper is announced and not out yet."""
        return self.kind == REPORT and not (self.id or self.withheld or self.is_withdrawn or self.ended)


_Placed = tuple[int, PublicItem, str, int | None]
"""A line with its place, its class and the paragraph of Schedule 12A."""


def list_items(session: Session, meeting_ids: Sequence[int]) -> dict[int, list[PublicItem]]:
    """The agendas of meetings that were found to be public, as they were printed. Two queries."""
    found: dict[int, list[_Placed]] = {i: [] for i in meeting_ids}
    reports = session.execute(
        select(AgendaItem, Case, Publication, withdrawn(AgendaItem.report_id, "report"))
        .join(Case, Case.id == AgendaItem.case_id)
        .outerjoin(Publication, (Publication.item_id == AgendaItem.case_id) & publication_is_public())
        .where(AgendaItem.meeting_id.in_(meeting_ids), item_is_public())
        .order_by(AgendaItem.case_id)
    )
    for item, case, put_out, gone in reports:
        line = _report(item, case, put_out, bool(gone))
        secrecy = line.withheld["withheld"] if line.withheld else "open"
        paragraph = line.withheld["paragraph"] if line.withheld else None
        found[item.meeting_id].append((item.position, line, secrecy, paragraph))
    headings = session.scalars(
        select(AgendaHeading)
        .where(
            AgendaHeading.meeting_id.in_(meeting_ids),
            AgendaHeading.is_off.is_(False),
            ~called_off_unseen(AgendaHeading.meeting_id),
        )
        .order_by(AgendaHeading.id)
    )
    for row in headings:
        found[row.meeting_id].append((row.position, _heading(row), row.secrecy, row.exempt_paragraph))
    return {meeting_id: _in_order(placed) for meeting_id, placed in found.items()}


def _in_order(placed: list[_Placed]) -> list[PublicItem]:
    """By place, with the words of the resolution that excludes the public where the clerk wrote no others."""
    private = [
        AgendaLine(0, line.number, line.kind, line.title, line.title, secrecy=secrecy, exempt_paragraph=paragraph)
        for _, line, secrecy, paragraph in sorted(placed, key=lambda one: one[0])
        if secrecy in ("exempt", "confidential")
    ]
    lines = []
    for _, line, _secrecy, _paragraph in sorted(placed, key=lambda one: one[0]):
        if line.kind == "exclusion" and not line.text and private:
            line = PublicItem(line.number, line.title, line.kind, exclusion_words(private))  # noqa: PLW2901
        lines.append(line)
    return lines


def _report(item: AgendaItem, case: Case, put_out: Publication | None, gone: bool) -> PublicItem:
    number, late = item.number, item.is_late
    if gone:
        return PublicItem(number, case.safe_title, REPORT, is_late=late, is_withdrawn=True)
    if put_out is None and case.is_done:
        ended = house.workflows[case.definition].states[case.state].label
        return PublicItem(number, case.safe_title, REPORT, is_late=late, ended=ended)
    if put_out is None:
        return PublicItem(number, case.safe_title, REPORT, is_late=late, expected_on=item.expected_on)
    if not put_out.is_whole:
        return PublicItem(number, put_out.title, REPORT, is_late=late, withheld=json.loads(put_out.content))
    return PublicItem(number, put_out.title, REPORT, id=item.case_id, is_late=late)


def _heading(row: AgendaHeading) -> PublicItem:
    """Everybody reads a heading's title; what is written under a private one stays inside."""
    return PublicItem(row.number, row.title, row.kind, row.text if row.secrecy == "open" else "")
