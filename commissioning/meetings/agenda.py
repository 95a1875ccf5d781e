"""The agenda as it is printed: headings and reports as numbered lines, private ones last, with the running clock.

`list_agenda` is the one source of it for pages, packs and minutes. Here too: the numbers, which follow the order until
the agenda is published and then stay (12a, 12b for what comes later). Not here: commands (`agenda_commands`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from commissioning.actors import Actor
from commissioning.clock import fresh_id
from commissioning.meetings.queries import ShownItem, means, shown_of
from commissioning.models.bodies import AgendaItem, Body, Meeting
from commissioning.models.cases import Case
from commissioning.models.reports import Report
from commissioning.models.sittings import AgendaHeading, HeadingTemplate
from commissioning.visibility import has_part
from commissioning.visibility.public import called_off_unseen

OPENING: tuple[tuple[str, str, int | None], ...] = (
    ("apologies", "Apologies for absence", None),
    ("interests", "Declarations of interests", None),
    ("minutes", "Minutes of the last meeting", None),
    ("matters_arising", "Matters arising", None),
)
"""What an agenda opens with, as (kind, title, minutes), where the body has written nothing else (product.md, 1)."""
EXCLUSION = "Exclusion of the public"
NOT_DISCUSSED = ("apologies", "interests", "minutes", "exclusion")
"""Headings at which nothing is talked about in which somebody could have an interest."""
REPORT = "report"


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One line of an agenda. `id` names it, a heading or an item alike; `starts_at` is when it is expected to begin.

    `title` is the full one, `safe_title` the one for who may not know more; `secrecy` other than open puts the line
    into the private part. `item` is there for a report, `heading` for anything else.
    """

    id: int
    number: str
    kind: str
    title: str
    safe_title: str
    text: str = ""
    presenter: str = ""
    length: int | None = None
    starts_at: time | None = None
    secrecy: str = "open"
    exempt_paragraph: int | None = None
    is_late: bool = False
    item: AgendaItem | None = None
    heading: AgendaHeading | None = None
    report_id: int | None = None
    state: str = ""

    @property
    def is_private(self) -> bool:
        """Whether it is heard without the public."""
        return self.secrecy != "open"

    @property
    def takes_interests(self) -> bool:
        """Whether somebody can have an interest in it and be out for it (P-20)."""
        return self.kind not in NOT_DISCUSSED


def list_agenda(session: Session, meeting_id: int) -> list[AgendaLine]:
    """Every line of a meeting's agenda in the order in which it is heard. Three queries.

    Nothing is withheld: who draws it for a reader shows `safe_title` where `is_private`, or uses `list_shown_agenda`.
    What was taken off before it was published is left out; lines that rolled on or were put off stay with their number.
    """
    meeting = session.get_one(Meeting, meeting_id)
    items = [
        _of_item(item, report)
        for item, report in session.execute(
            select(AgendaItem, Report)
            .join(Report, Report.case_id == AgendaItem.report_id)
            .where(AgendaItem.meeting_id == meeting_id)
            .options(joinedload(AgendaItem.case))
            .order_by(AgendaItem.position, AgendaItem.case_id)
        )
        if not item.case.is_done or item.case.exposure == "published"
    ]
    found = sorted([*items, *map(_of_heading, list_headings(session, meeting_id))], key=_order)
    return _clocked([_with_resolution(line, found) for line in found], meeting.starts_at)


def list_shown_agenda(session: Session, actor: Actor, meeting: Meeting, today: date) -> list[AgendaLine]:
    """The agenda for one reader: `title` is what they may read, `report_id` is there if they may open the paper.

    Until the agenda is published, headings are for those who sit at the table, as the reports on it are.
    """
    return shown_agenda(session, actor, meeting, today)[0]


def shown_agenda(
    session: Session, actor: Actor, meeting: Meeting, today: date
) -> tuple[list[AgendaLine], list[ShownItem]]:
    """The agenda for one reader, and its reports alone."""
    lines = list_agenda(session, meeting.case_id)
    items = shown_of(session, actor, [line.item for line in lines if line.item is not None], today)
    shown = {s.item.case_id: s for s in items}
    is_out = means(meeting.case, "public")
    if is_out and means(meeting.case, "called_off"):
        unseen = select(called_off_unseen(Meeting.case_id)).where(Meeting.case_id == meeting.case_id)
        is_out = not session.scalar(unseen)
    sees_all = is_out or actor.is_granted("director")
    sees_all = sees_all or is_at_table(session, actor, meeting.case_id)
    found = []
    for line in lines:
        one = shown.get(line.id)
        if line.item is None and sees_all:
            found.append(line)
        elif one is not None and (sees_all or one.report_id):
            presenter = line.presenter if one.report_id else ""
            seen = replace(line, title=one.title, report_id=one.report_id, state=one.state_label, presenter=presenter)
            found.append(seen)
    return found, items


def is_at_table(session: Session, actor: Actor, meeting_id: int) -> bool:
    """Whether the actor has a part in the meeting itself, as clerk, chair or member."""
    part = select(Case.id).where(Case.id == meeting_id, has_part(actor, "clerk", "chair", "member"))
    return session.scalars(part).first() is not None


def list_headings(session: Session, meeting_id: int) -> Sequence[AgendaHeading]:
    """The headings of an agenda that stand, in order."""
    return session.scalars(
        select(AgendaHeading)
        .where(AgendaHeading.meeting_id == meeting_id, AgendaHeading.is_off.is_(False))
        .order_by(AgendaHeading.position, AgendaHeading.id)
    ).all()


def _of_item(item: AgendaItem, report: Report) -> AgendaLine:
    case = item.case
    return AgendaLine(
        item.case_id, item.number, REPORT, case.title, case.safe_title, "", report.presenting_officer, item.length,
        secrecy=case.secrecy, exempt_paragraph=report.exempt_paragraph if case.secrecy == "exempt" else None,
        is_late=item.is_late, item=item, report_id=item.report_id,
    )  # fmt: skip


def _of_heading(row: AgendaHeading) -> AgendaLine:
    return AgendaLine(
        row.id, row.number, row.kind, row.title, row.title, row.text, row.presenter, row.length,
        secrecy=row.secrecy, exempt_paragraph=row.exempt_paragraph, heading=row,
    )  # fmt: skip


def _order(line: AgendaLine) -> tuple[int, int, int]:
    """Private lines come after the resolution that excludes the public, and this after everything else."""
    position = line.item.position if line.item else line.heading.position if line.heading else 0
    return 2 if line.is_private else int(line.kind == "exclusion"), position, line.id


def _with_resolution(line: AgendaLine, lines: Sequence[AgendaLine]) -> AgendaLine:
    """The words of the resolution to exclude the public follow from what is private, unless the clerk wrote others."""
    if line.kind != "exclusion" or line.text:
        return line
    return replace(line, text=exclusion_words([one for one in lines if one.is_private]))


def exclusion_words(private: Sequence[AgendaLine]) -> str:
    """The resolution to exclude the public for these lines (P-12, P-13)."""
    exempt = [line for line in private if line.secrecy == "exempt"]
    confidential = [line for line in private if line.secrecy == "confidential"]
    said = []
    if exempt:
        paragraphs = sorted({line.exempt_paragraph for line in exempt if line.exempt_paragraph})
        which = f"paragraph{'s' if len(paragraphs) > 1 else ''} {_and(map(str, paragraphs))} of " if paragraphs else ""
        said.append(
            f"The public is asked to leave for {_items(exempt)}: exempt information, {which}"
            "Part 1 of Schedule 12A to the Local Government Act 1972."
        )
    if confidential:
        said.append(f"The public must leave for {_items(confidential)}: confidential information.")
    return " ".join(said)


def _items(lines: Sequence[AgendaLine]) -> str:
    return f"item{'s' if len(lines) > 1 else ''} {_and(line.number for line in lines)}"


def _and(words: Iterable[str]) -> str:
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"


def _clocked(lines: list[AgendaLine], starts_at: time) -> list[AgendaLine]:
    """The lines with when each is expected to begin, where lengths are given at all."""
    if not any(line.length for line in lines):
        return lines
    clock, found = datetime.combine(date.min, starts_at), []
    for line in lines:
        found.append(replace(line, starts_at=clock.time()))
        clock += timedelta(minutes=line.length or 0)
    return found


def opening_of(session: Session, body_id: int) -> list[tuple[str, str, int | None]]:
    """The headings with which a body's agendas open, as (kind, title, minutes)."""
    rows = session.scalars(
        select(HeadingTemplate)
        .where(HeadingTemplate.body_id == body_id)
        .order_by(HeadingTemplate.position, HeadingTemplate.id)
    ).all()
    return [(row.kind, row.title, row.length) for row in rows] or list(OPENING)


def opening_rows(session: Session, body_id: int, meeting_id: int) -> list[AgendaHeading]:
    """The headings that a new meeting's agenda begins with."""
    return [
        AgendaHeading(
            id=fresh_id(), meeting_id=meeting_id, position=n, number=str(n), kind=kind, title=title, length=length
        )
        for n, (kind, title, length) in enumerate(opening_of(session, body_id), 1)
    ]


def renumber(session: Session, meeting_id: int, *, is_out: bool | None = None) -> None:
    """Number the agenda anew after a change. The caller has locked the meeting; `is_out`: whether it is published.

    Until it is, numbers are places. After that each keeps its number, and what is new takes that of the line
    before it with a letter. Something private calls for the resolution to exclude the public, at a public body.
    """
    session.flush()
    meeting = session.get_one(Meeting, meeting_id)
    body = session.get_one(Body, meeting.body_id)
    if is_out is None:
        is_out = means(session.get_one(Case, meeting_id), "public")
    lines = list_agenda(session, meeting_id)
    if body.meets_in_public and any(line.is_private for line in lines) and all(x.kind != "exclusion" for x in lines):
        session.add(AgendaHeading(id=fresh_id(), meeting_id=meeting_id, position=0, kind="exclusion", title=EXCLUSION))
        session.flush()
        lines = list_agenda(session, meeting_id)
    taken = _all_numbers(session, meeting_id) if is_out else set()
    before = ""
    for place, line in enumerate(lines, 1):
        row = line.item or line.heading
        assert row is not None
        row.position = place
        if not is_out:
            row.number = str(place)
        elif not row.number:
            row.number = next_number(before, taken)
            taken.add(row.number)
        before = row.number
    session.flush()


def _all_numbers(session: Session, meeting_id: int) -> set[str]:
    """Every number that the agenda has given, to what was taken off since too."""
    return {
        number
        for table in (AgendaItem, AgendaHeading)
        for number in session.scalars(select(table.number).where(table.meeting_id == meeting_id))
        if number
    }


def next_number(before: str, taken: set[str]) -> str:
    """The number of a supplement after a line: 12a after 12, 12b after that; a 27th is 12aa."""
    stem = (re.match(r"\d+", before) or [""])[0] or "0"
    letters = [chr(ord("a") + n) for n in range(26)]
    names = (f"{stem}{first}{last}" for first in ["", *letters] for last in letters)
    return next(name for name in names if name not in taken)


def last_place(session: Session, meeting_id: int, *, is_private: bool) -> int:
    """The place of a new report: after the last report of its part, or after everything; `renumber` makes room."""
    lines = [line for line in list_agenda(session, meeting_id) if line.is_private == is_private]
    reports = [line.item.position for line in lines if line.item is not None]
    return reports[-1] if reports else len(lines) + 1


def carry_headings(session: Session, from_id: int, to_id: int) -> None:
    """Take along the headings of a meeting that does not take place, to the end of the agenda; both are locked.

    What the other has anyway (its opening headings) is not there twice.
    """
    there = {row.title.casefold() for row in list_headings(session, to_id)}
    end = len(list_agenda(session, to_id)) + 1
    for row in list_headings(session, from_id):
        if row.title.casefold() in there or row.kind == "exclusion":
            continue
        kept = ("kind", "title", "text", "presenter", "length", "secrecy", "exempt_paragraph")
        values = {name: getattr(row, name) for name in kept}
        session.add(AgendaHeading(id=fresh_id(), meeting_id=to_id, position=end, **values))
    renumber(session, to_id)
