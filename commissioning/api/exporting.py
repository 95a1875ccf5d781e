"""The event log of what the caller may know of, for process-mining tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from flask import Response, stream_with_context
from sqlalchemy import ColumnElement

from commissioning.api.operations import operation
from commissioning.api.schemas import Taken
from commissioning.audit_ocel import ocel
from commissioning.audit_verify import snapshot
from commissioning.models.cases import Case
from commissioning.visibility import visible_any
from commissioning.web import requests
from commissioning.web.database import db


class ExportQuery(Taken):
    """Which form."""

    format: Literal["ocel"]


@operation("GET", "/events/export", "application/json", tag="cases", query=ExportQuery)
def events_export(query: ExportQuery) -> Response:
    """Export events.

    An object-centric event log (OCEL 2.0) of the cases that the caller may know of; an auditor gets all of them. Codes,
    ids and times: no names and no words. It is sent as it is read, all of one moment.
    """
    del query
    actor, today = requests.actor(), requests.today()
    of = Case.id.is_not(None) if actor.is_granted("auditor") else visible_any(actor, today)
    answer = Response(stream_with_context(_pieces(of)), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="events.ocel.json"'
    return answer


def _pieces(of: ColumnElement[bool]) -> Iterator[str]:
    with snapshot(db.engine) as session:
        yield from ocel(session, of=of)
