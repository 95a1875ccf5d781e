"""Agenda packs, for other systems: the file of the page."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from commissioning.api.operations import operation
from commissioning.api.schemas import Taken
from commissioning.casework.errors import NotNow
from commissioning.packs.queries import get_pack
from commissioning.packs.routes import answer_with
from commissioning.web import requests
from workflows.registry import Refusal


class PackQuery(Taken):
    """Which pack. `part` is the number of the item of a supplement."""

    edition: Literal["public", "private"] = "public"
    part: Annotated[str, Field(max_length=20)] = ""


@operation("GET", "/meetings/{meeting_id}/pack.pdf", "application/pdf", tag="cases", query=PackQuery, problems=(409,))
def meeting_pack(meeting_id: int, query: PackQuery) -> Any:
    """Read the agenda pack.

    The private edition as far as the caller may read it: without what is secret in an item in which they have declared
    an interest. 409: it is not built yet. Taking one with exempt or confidential parts goes on record.
    """
    session, actor, now = requests.reading(), requests.actor(), requests.now()
    meeting, offer = get_pack(session, actor, meeting_id, query.edition, query.part, now)
    if offer.given is None:
        why = offer.build.reason if offer.build is not None and offer.build.reason else "It is built within a minute"
        raise NotNow([Refusal("not_built", f"This pack is not built yet. {why}".rstrip("."))])
    return answer_with(meeting, offer)
