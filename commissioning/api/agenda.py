"""Headings of an agenda over the API: added, changed, taken off. The order is `PATCH /meetings`; papers have steps."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from pydantic import Field

from commissioning.api.bodies import HeadingKind, Patch, Secrecy, unsent
from commissioning.api.operations import about, as_it_stands, operation
from commissioning.api.schemas import CaseOut, Id, Taken
from commissioning.casework.errors import NotFound
from commissioning.meetings.agenda_commands import HeadingInput, remove_heading, save_heading
from commissioning.models.sittings import AgendaHeading
from commissioning.web import requests

Title = Annotated[str, Field(min_length=1, max_length=300)]


class HeadingWords(Taken):
    """What a heading says; with `secrecy` other than open it is heard without the public."""

    kind: HeadingKind = unsent()
    text: Annotated[str, Field(max_length=4000)] = unsent()
    presenter: Annotated[str, Field(max_length=200)] = unsent()
    length: Annotated[int, Field(ge=1, le=600)] | None = None
    secrecy: Secrecy = unsent()
    exempt_paragraph: Annotated[int, Field(ge=1, le=7)] | None = None


class HeadingBody(HeadingWords):
    """A heading to be put on an agenda: after a line of it, at the end without one."""

    title: Title
    after_id: Id | None = None


class HeadingPatch(Patch, HeadingWords):
    """What is to be changed of a heading; `version` is `data.version` of the meeting."""

    title: Title = unsent()


@operation("POST", "/meetings/{meeting_id}/headings", CaseOut, tag="bodies", body=HeadingBody, problems=(403, 409))
def add_heading(meeting_id: int, body: HeadingBody, key: str) -> CaseOut | None:
    """Put a heading on the agenda.

    Until the agenda is published its number is its place; after that it is a supplement, 12a after 12.
    """
    about(meeting_id, "meeting")
    given = HeadingInput(**{n: getattr(body, n) for n in body.model_fields_set - {"after_id"}})
    requests.run(save_heading, meeting_id, given, after_id=body.after_id, key=key)
    return as_it_stands()


@operation(
    "PATCH", "/meetings/{meeting_id}/headings/{heading_id}", CaseOut, tag="bodies", body=HeadingPatch,
    problems=(403, 409),
)  # fmt: skip
def change_heading(meeting_id: int, heading_id: int, body: HeadingPatch) -> CaseOut | None:
    """Change a heading.

    Only what is sent is changed. What has become of the meeting since `version` answers 409.
    """
    about(meeting_id, "meeting")
    row = requests.reading().get(AgendaHeading, heading_id)
    if row is None or row.meeting_id != meeting_id:
        raise NotFound
    kept = {name: getattr(row, name) for name in asdict(HeadingInput(""))}
    requests.run(
        save_heading, meeting_id, HeadingInput(**kept | body.sent()), heading_id=heading_id, seen=body.version
    )  # fmt: skip
    return as_it_stands()


@operation(
    "POST", "/meetings/{meeting_id}/headings/{heading_id}/remove", CaseOut, tag="bodies", problems=(403, 409)
)  # fmt: skip
def take_off_heading(meeting_id: int, heading_id: int, key: str) -> CaseOut | None:
    """Take a heading off the agenda.

    Once the agenda is published, its number is not given again.
    """
    about(meeting_id, "meeting")
    requests.run(remove_heading, meeting_id, heading_id, key=key)
    return as_it_stands()
