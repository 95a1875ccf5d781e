"""A report's way over the API: a further body on it, and the comments of bodies outside the service."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from commissioning.api.operations import about, as_it_stands, operation
from commissioning.api.schemas import CaseOut, Id, Taken
from commissioning.reports.further import add_body
from commissioning.reports.outside import Said, ask_outside, record_outside
from commissioning.reports.stops import Stop
from commissioning.web import requests

Line = Annotated[str, Field(min_length=1, max_length=200)]


class FurtherBodyBody(Taken):
    """A further body on the way of a report whose text is frozen: after which body it comes, and why."""

    body_id: Id
    after_id: Id
    ask: Literal["decide", "comment", "endorse", "note"]
    meeting_id: Id | None = None
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class OutsideBody(Taken):
    """A body outside the service that is asked for comments, and by when."""

    body: Line
    question: Annotated[str, Field(max_length=4000)] = ""
    due_on: date


class OutsideSaidBody(Taken):
    """What a body outside said, as its word; or, given up, why it is waited for no longer."""

    answer: Literal["commented", "no_comment", "given_up"]
    text: Annotated[str, Field(max_length=10_000)] = ""
    said_by: Annotated[str, Field(max_length=200)] = ""
    said_on: date | None = None
    secrecy: Literal["open", "exempt", "confidential"] = "open"


@operation("POST", "/reports/{report_id}/route", CaseOut, tag="reports", body=FurtherBodyBody, problems=(403, 409))
def add_stop(report_id: int, body: FurtherBodyBody, key: str) -> CaseOut | None:
    """Add a further body to its way.

    While its text is frozen and it is not decided; its clerk and chair are told. While it is written, its author says
    the whole way.
    """
    about(report_id, "report")
    new = Stop(body.body_id, body.ask, body.meeting_id)
    requests.run(add_body, report_id, new, body.after_id, body.reason, key=key)
    return as_it_stands()


@operation("POST", "/reports/{report_id}/outside", CaseOut, tag="reports", body=OutsideBody, problems=(403, 409))
def ask_a_body_outside(report_id: int, body: OutsideBody, key: str) -> CaseOut | None:
    """Ask a body outside for comments.

    One that does not work in this service: the clerk is told to send the paper out.
    """
    about(report_id, "report")
    requests.run(ask_outside, report_id, body.body, body.question, body.due_on, key=key)
    return as_it_stands()


@operation(
    "POST", "/reports/{report_id}/outside/{comment_id}/answer", CaseOut, tag="reports", body=OutsideSaidBody,
    problems=(403, 409),
)  # fmt: skip
def record_a_body_outside(report_id: int, comment_id: int, body: OutsideSaidBody, key: str) -> CaseOut | None:
    """Record what a body outside said.

    Once, as its word, with who said it and when; it goes with the paper from its next edition on. A file of it is
    added on the page.
    """
    about(report_id, "report")
    said = Said(**{name: getattr(body, name) for name in type(body).model_fields})
    requests.run(record_outside, report_id, comment_id, said, key=key)
    return as_it_stands()
