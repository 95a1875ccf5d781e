"""What partners are asked for again and again, over the API, through the feature's own commands (NY-22 to NY-29)."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from flask import g
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.api.bodies_partners import (
    PartnerRequestBody,
    PartnerRequestOut,
    PartnerRequestPatch,
    PartnerRequestsOut,
    UsualBody,
)
from commissioning.api.operations import PREFIX, operation
from commissioning.casework.allowing import require
from commissioning.models.partners import PartnerRequest
from commissioning.partner_returns import asking
from commissioning.partner_returns.queries import list_requests
from commissioning.web import requests

_ALL, _ONE = "/partner-requests", "/partner-requests/{request_id}"


def _out(row: PartnerRequest) -> PartnerRequestOut:
    return PartnerRequestOut(**{name: getattr(row, name) for name in PartnerRequestOut.model_fields})


def _anew(request_id: int) -> PartnerRequestOut:
    """A request as it stands after a write."""
    session = requests.reading()
    session.rollback()
    session.expire_all()
    return _out(asking.get_request(session, request_id))


def _all() -> PartnerRequestsOut:
    session = requests.reading()
    session.rollback()
    return PartnerRequestsOut(items=[_out(row) for row in list_requests(session)])


@operation("GET", _ALL, PartnerRequestsOut, tag="cycles", problems=(403,))
def read_partner_requests() -> PartnerRequestsOut:
    """List what partners are asked for.

    What is asked no more is there too, with its last day.
    """
    require(requests.actor(), asking.WRITE)
    return _all()


@operation("POST", _ALL, PartnerRequestOut, tag="cycles", status=201, body=PartnerRequestBody, problems=(403, 409))
def add_partner_request(body: PartnerRequestBody, key: str) -> PartnerRequestOut:
    """Ask every partner for something, again and again.

    From a day on, every six or twelve months; each asking opens a return for each partner.
    """
    made = requests.run(asking.save_request, None, asking.RequestInput(**body.model_dump()), key=key)
    g.location = f"{PREFIX}/partner-requests/{made}"
    return _anew(made)


@operation("POST", _ALL + "/usual", PartnerRequestsOut, tag="cycles", body=UsualBody, problems=(403, 409))
def ask_what_is_usual(body: UsualBody, key: str) -> PartnerRequestsOut:
    """Ask for everything usual of a plan.

    Planned spend, workforce, and both performance reports, from the next usual day of each; what is asked for already
    stays as it is.
    """
    requests.run(asking.begin_usual, body.plan_id, key=key)
    return _all()


@operation("GET", _ONE, PartnerRequestOut, tag="cycles", problems=(403,))
def read_partner_request(request_id: int) -> PartnerRequestOut:
    """Read what partners are asked for.

    One request.
    """
    require(requests.actor(), asking.WRITE)
    return _out(asking.get_request(requests.reading(), request_id))


@operation("PATCH", _ONE, PartnerRequestOut, tag="cycles", body=PartnerRequestPatch, problems=(403, 409))
def change_partner_request(request_id: int, body: PartnerRequestPatch) -> PartnerRequestOut:
    """Change what partners are asked for.

    Only what is sent is changed; what was asked already keeps its days.
    """

    def patch(session: Session, actor: Actor, **more: Any) -> None:
        require(actor, asking.WRITE)
        row, sent = asking.get_request(session, request_id), body.sent()
        names = [f.name for f in fields(asking.RequestInput)]
        new = asking.RequestInput(**{n: sent[n] if n in sent else getattr(row, n) for n in names})
        asking.save_request(session, actor, request_id, new, seen=body.version, **more)

    requests.run(patch)
    return _anew(request_id)


@operation("POST", _ONE + "/end", PartnerRequestOut, tag="cycles", problems=(403, 409))
def end_partner_request(request_id: int, key: str) -> PartnerRequestOut:
    """Ask partners no more.

    From today on; what is open stays open.
    """
    requests.run(asking.end_request, request_id, key=key)
    return _anew(request_id)
