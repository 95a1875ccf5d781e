"""Changing an agenda: headings, order, lengths, what is to follow; and what a body's agendas open with.

Every change is one of the meeting and numbers the agenda anew (`agenda.renumber`): once it is published, numbers stay.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework import amend
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow, Stale, check_seen
from commissioning.clock import fresh_id
from commissioning.meetings.agenda import AgendaLine, list_agenda, opening_of, renumber
from commissioning.meetings.quorum import sitting_rules
from commissioning.models.bodies import Body
from commissioning.models.sittings import HEADINGS, AgendaHeading, HeadingTemplate
from workflows.registry import Refusal

LONGEST_TITLE, LONGEST_TEXT, LONGEST_ITEM, MOST_LINES = 300, 4000, 600, 300


@dataclass(frozen=True)
class ItemEdit:
    """A line's place on the agenda, how long it takes in minutes, and for a paper to follow why and until when."""

    item_id: int
    position: int
    to_follow_reason: str = ""
    expected_on: date | None = None
    length: int | None = None


@dataclass(frozen=True)
class HeadingInput:
    """A heading as it is typed. `secrecy` other than open puts it into the private part, after the resolution."""

    title: str
    kind: str = "other"
    text: str = ""
    presenter: str = ""
    length: int | None = None
    secrecy: str = "open"
    exempt_paragraph: int | None = None

    def values(self) -> dict[str, Any]:
        """What is stored."""
        return {
            "title": self.title.strip(),
            "kind": self.kind,
            "text": self.text.strip(),
            "presenter": self.presenter.strip(),
            "length": self.length,
            "secrecy": self.secrecy,
            "exempt_paragraph": self.exempt_paragraph if self.secrecy == "exempt" else None,
        }


def edit_agenda(
    session: Session, actor: Actor, meeting_id: int, edits: Sequence[ItemEdit], *, now: datetime, key: str | None = None
) -> None:
    """Order the whole agenda, headings and reports; say how long each takes and why a paper is to follow.

    Raises Stale if `edits` does not name every line that can still be heard.
    """
    for edit in edits:
        _check_length(edit.length)

    def change(context: Context) -> None:
        lines = {line.id: line for line in _open_lines(session, meeting_id)}
        wanted = {e.item_id: e for e in edits}
        if wanted.keys() != lines.keys():
            raise Stale("The agenda", theirs=f"{len(lines)} lines", yours=f"{len(wanted)} lines")
        places = {line_id: n for n, line_id in enumerate(lines)}
        for place, edit in enumerate(sorted(edits, key=lambda e: (e.position, places[e.item_id])), 1):
            line = lines[edit.item_id]
            _set(context, line, {"length": edit.length})
            _row(line).position = place
            if line.item is not None:
                _set(context, line, _to_follow(edit.to_follow_reason, edit.expected_on))
        _settle(context, lines)

    body = [[e.item_id, e.position, e.to_follow_reason, e.expected_on, e.length] for e in edits]
    _amend(session, actor, meeting_id, change, now, key, body)


def move_line(
    session: Session, actor: Actor, meeting_id: int, line_id: int, by: int, *, now: datetime, key: str | None = None
) -> None:
    """Put a line one place up (-1) or down (1), past its neighbour in the same part of the agenda."""

    def change(context: Context) -> None:
        lines = _open_lines(session, meeting_id)
        places = {line.id: n for n, line in enumerate(lines)}
        if line_id not in places:
            raise NotFound
        here, there = places[line_id], places[line_id] + (1 if by > 0 else -1)
        if not 0 <= there < len(lines):
            raise Invalid({"": "It is at the end of the agenda already"})
        if lines[here].is_private != lines[there].is_private or "exclusion" in (lines[here].kind, lines[there].kind):
            raise Invalid({"": "Private items stand after the resolution to exclude the public, all others before it"})
        lines[here], lines[there] = lines[there], lines[here]
        for place, line in enumerate(lines, 1):
            _row(line).position = place
        _settle(context, {line.id: line for line in lines}, moved=line_id)

    _amend(session, actor, meeting_id, change, now, key, [line_id, by])


def save_heading(
    session: Session,
    actor: Actor,
    meeting_id: int,
    given: HeadingInput,
    *,
    now: datetime,
    key: str | None = None,
    heading_id: int | None = None,
    after_id: int | None = None,
    seen: int | None = None,
) -> None:
    """Add a heading after a line (at the end, if none is named), or change one.

    `seen` is the number of the meeting's last event that the editor saw. Raises Invalid, NotFound, Stale.
    """
    _check(given)

    def change(context: Context) -> None:
        check_seen(seen, context.case.chain_seq, context.case.safe_title)
        lines = _open_lines(session, meeting_id)
        if len(lines) >= MOST_LINES:
            raise Invalid({"title": f"An agenda has {MOST_LINES} lines at most"})
        known = {line.id: line for line in lines}
        if heading_id is not None:
            line = known.get(heading_id)
            if line is None or line.heading is None:
                raise NotFound
            _set(context, line, given.values())
        else:
            _insert(context, meeting_id, given, lines, after_id)
        _settle(context, known)

    _amend(session, actor, meeting_id, change, now, key, [vars(given), heading_id, after_id])


def _insert(
    context: Context, meeting_id: int, given: HeadingInput, lines: list[AgendaLine], after_id: int | None
) -> None:
    places = {line.id: n for n, line in enumerate(lines, 1)}
    if after_id is not None and after_id not in places:
        raise Invalid({"after": "Select a line of this agenda"})
    place = places[after_id] if after_id is not None else len(lines)
    for n, line in enumerate(lines, 1):
        _row(line).position = n if n <= place else n + 1
    row = AgendaHeading(id=fresh_id(), meeting_id=meeting_id, position=place + 1, **given.values())
    context.session.add(row)
    context.changed("heading", None, row.title)


def save_item(
    session: Session,
    actor: Actor,
    meeting_id: int,
    item_id: int,
    *,
    length: int | None,
    to_follow_reason: str = "",
    expected_on: date | None = None,
    now: datetime,
    key: str | None = None,
) -> None:
    """Say how long a report takes, and if its paper is to follow why and when it is expected."""
    _check_length(length)

    def change(context: Context) -> None:
        line = next((x for x in _open_lines(session, meeting_id) if x.id == item_id and x.item is not None), None)
        if line is None:
            raise NotFound
        _set(context, line, {"length": length, **_to_follow(to_follow_reason, expected_on)})

    _amend(session, actor, meeting_id, change, now, key, [item_id, length, to_follow_reason, expected_on])


def remove_heading(
    session: Session, actor: Actor, meeting_id: int, heading_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take a heading off. Once the agenda is published its number is not given again.

    Raises NotNow for the resolution to exclude the public while something private follows it.
    """

    def change(context: Context) -> None:
        lines = _open_lines(session, meeting_id)
        line = next((x for x in lines if x.id == heading_id), None)
        if line is None or line.heading is None:
            raise NotFound
        if line.kind == "exclusion" and any(x.is_private for x in lines):
            text = "Private items follow it, and the public can be excluded only by a resolution"
            raise NotNow([Refusal("private_items", text)])
        context.changed("heading", line.title, None)
        line.heading.is_off = True  # not deleted: somebody may have declared an interest in it, come or gone
        if not context.case.where.has("public"):
            line.heading.number = ""
        renumber(session, meeting_id)

    _amend(session, actor, meeting_id, change, now, key, heading_id)


def save_opening(
    session: Session,
    actor: Actor,
    body_id: int,
    headings: Sequence[tuple[str, str, int | None]],
    *,
    now: datetime,
    key: str | None = None,
    seen: int | None = None,
    sits: tuple[bool, bool] | None = None,
) -> None:
    """Write the headings, as (kind, title, minutes), with which the agendas of meetings called from now on open.

    `sits`: whether members may take part from elsewhere (P-25), and whether the chair has a casting vote.
    """
    for kind, title, length in headings:
        _check(HeadingInput(title, kind, length=length))
    if not headings:
        raise Invalid({"": "An agenda opens with one heading at least"})
    if len(titles := [title.strip().casefold() for _, title, _ in headings]) != len(set(titles)):
        raise Invalid({"": "Two headings have the same words"})

    def change(context: Context) -> None:
        check_seen(seen, context.case.chain_seq, context.case.safe_title)
        old = opening_of(session, body_id)
        new = [(kind, title.strip(), length) for kind, title, length in headings]
        context.changed("opening of agendas", _words(old), _words(new))
        session.execute(delete(HeadingTemplate).where(HeadingTemplate.body_id == body_id))
        for n, (kind, title, length) in enumerate(new, 1):
            session.add(HeadingTemplate(body_id=body_id, position=n, kind=kind, title=title, length=length))
        if sits is not None:
            _sit(context, body_id, sits)

    body = [list(headings), sits]
    amend(session, actor, body_id, "body.edit", "body.opening_changed", change, now=now, key=key, body=body)


def _sit(context: Context, body_id: int, sits: tuple[bool, bool]) -> None:
    row = sitting_rules(context.session, context.session.get_one(Body, body_id))
    for name, value in zip(("allows_remote", "chair_casts"), sits, strict=True):
        context.changed(name, getattr(row, name), value)
        setattr(row, name, value)
    context.session.add(row)


def _words(headings: Sequence[tuple[str, str, int | None]]) -> str:
    return "; ".join(title + (f" ({length} minutes)" if length else "") for _, title, length in headings)


def _amend(
    session: Session,
    actor: Actor,
    meeting_id: int,
    change: Callable[[Context], None],
    now: datetime,
    key: str | None,
    body: Any,
) -> None:
    amend(
        session, actor, meeting_id, "meeting.edit_agenda", "meeting.agenda_edited", change, now=now, key=key, body=body
    )  # fmt: skip


def _open_lines(session: Session, meeting_id: int) -> list[AgendaLine]:
    """What can still be heard, in order."""
    return [line for line in list_agenda(session, meeting_id) if line.item is None or not line.item.case.is_done]


def _row(line: AgendaLine) -> Any:
    return line.item or line.heading


def _to_follow(reason: str, expected_on: date | None) -> dict[str, Any]:
    return {"to_follow_reason": reason.strip()[:1000], "expected_on": expected_on}


def _set(context: Context, line: AgendaLine, values: dict[str, Any]) -> None:
    row = _row(line)
    name = line.item.case.reference if line.item else line.title
    for column, value in values.items():
        context.changed(f"{column} of {name}", getattr(row, column), value)
        setattr(row, column, value)


def _settle(context: Context, before: dict[int, AgendaLine], moved: int | None = None) -> None:
    """Number the agenda anew, and note what stands elsewhere."""
    numbers = {line.id: line.number for line in before.values()}
    order = list(numbers)
    renumber(context.session, context.case.id)
    after = _open_lines(context.session, context.case.id)
    for line in after:
        name = line.item.case.reference if line.item else line.title
        if moved in (None, line.id):
            context.changed(f"number of {name}", numbers.get(line.id), line.number)
    if [line.id for line in after] != order:
        context.notes["order"] = [line.id for line in after]


def _check(given: HeadingInput) -> None:
    errors = {}
    if not given.title.strip():
        errors["title"] = "Enter the heading"
    elif len(given.title) > LONGEST_TITLE:
        errors["title"] = f"Heading must be {LONGEST_TITLE} characters or fewer"
    if len(given.text) > LONGEST_TEXT:
        errors["text"] = f"Text must be {LONGEST_TEXT:,} characters or fewer"
    if given.kind not in HEADINGS:
        errors["kind"] = "Select what the heading is about"
    if given.secrecy not in ("open", "exempt", "confidential"):
        errors["secrecy"] = "Select open, exempt or confidential"
    if given.secrecy == "exempt" and given.exempt_paragraph not in range(1, 8):
        errors["exempt_paragraph"] = "Select the paragraph of Schedule 12A, 1 to 7"
    if errors:
        raise Invalid(errors)
    _check_length(given.length)


def _check_length(length: int | None) -> None:
    if length is not None and not 1 <= length <= LONGEST_ITEM:
        raise Invalid({"length": f"Minutes must be 1 to {LONGEST_ITEM}, or left empty"})
