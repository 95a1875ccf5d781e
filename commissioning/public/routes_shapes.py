"""The public edition as data: the same facts as its pages, for JSON and for feeds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import Any

from flask import current_app, url_for

from commissioning import labels
from commissioning.decisions.voting import Voted
from commissioning.models.bodies import Body, Decision, Meeting
from commissioning.packs.queries import Offer
from commissioning.public.agenda import PublicItem
from commissioning.public.queries import PublicDecision, PublicPaper
from workflows.working_days import in_words

WITHDRAWN = "Withdrawn"
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def link(endpoint: str, **values: Any) -> str:
    """A whole address, as other systems keep it."""
    return str(current_app.config["BASE_URL"]).rstrip("/") + url_for(endpoint, **values)


def body_shape(body: Body) -> dict[str, Any]:
    """A body."""
    return {"name": body.name, "remit": body.remit, "url": link("public.body", body_id=body.case_id)}


def meeting_shape(meeting: Meeting, items: list[PublicItem]) -> dict[str, Any]:
    """A meeting with its agenda."""
    return {
        "url": link("public.meeting", meeting_id=meeting.case_id),
        "body": meeting.body.name,
        "meeting_on": meeting.meeting_on.isoformat(),
        "starts_at": f"{meeting.starts_at:%H:%M}",
        "place": meeting.place,
        "cancelled": meeting.case.state == "cancelled",
        "items": [_item(i) for i in items],
    }


def pack_shape(offer: Offer) -> dict[str, Any]:
    """A pack that is there, as a file."""
    assert offer.given is not None
    return {
        "url": link("public.pack", meeting_id=offer.wanted.meeting_id, part=offer.wanted.part or None),
        "item": offer.wanted.part or None,
        "media_type": "application/pdf",
        "pages": offer.given.pages,
        "bytes": offer.given.size,
    }


def _item(item: PublicItem) -> dict[str, Any]:
    return {
        "number": item.number,
        "kind": item.kind,
        "title": item.title,
        "text": item.text,
        "url": link("public.report", item_id=item.id) if item.id else None,
        "late": item.is_late,
        "expected_on": item.expected_on.isoformat() if item.expected_on else None,
        "withheld": item.withheld,
        "withdrawn": item.is_withdrawn,
    }


def paper_shape(paper: PublicPaper) -> dict[str, Any]:
    """A paper: its open parts, and what is withheld."""
    where = {"url": link("public.report", item_id=paper.item_id), "withdrawn": paper.content is None}
    if paper.content is None:
        return where
    appendices = [_appendix(a, paper) for a in paper.content["appendices"]]
    return where | paper.content | {"title": paper.title, "appendices": appendices}


def _appendix(appendix: dict[str, Any], paper: PublicPaper) -> dict[str, Any]:
    if "withheld" in appendix:
        return appendix
    if appendix["letter"] in paper.withdrawn_letters:
        return {"letter": appendix["letter"], "withdrawn": True}
    url = link("public.appendix", item_id=paper.item_id, letter=appendix["letter"])
    kept = {k: v for k, v in appendix.items() if k != "file_sha256"}
    return kept | {"withdrawn": False, "url": url if appendix["file_sha256"] else None}


def decision_shape(found: PublicDecision, voted: Voted) -> dict[str, Any]:
    """A decision record (P-14); of one without a meeting who made it, and by what authority."""
    d = found.decision
    where = {
        "url": link("public.decision", decision_id=d.case_id),
        "body": d.body.name,
        "meeting_url": link("public.meeting", meeting_id=d.meeting_id) if d.meeting_id else None,
        "made": d.way,
        "decided_on": d.decided_on.isoformat(),
        "withdrawn": found.is_withdrawn,
    }
    if found.is_withdrawn:
        return where
    paper = {"title": found.paper_title, "url": link("public.report", item_id=d.item_id)} if found.paper_title else None
    return where | {
        "outcome": d.outcome,
        "decision": d.text,
        "chosen": d.chosen,
        "amount_pence": d.amount_pence,
        "reasons": d.reasons,
        "alternatives": d.alternatives,
        "comments": d.comments,
        "interests": d.interests,
        "dispensations": d.dispensations,
        "decided_by": d.decided_by,
        "authority": d.authority,
        "minute_reference": d.minute_reference,
        "votes": {"for": d.votes_for, "against": d.votes_against, "abstentions": d.abstentions}
        | {"casting": voted.casting, "by_name": {v.person.name: v.vote for v in voted.named}},
        "published_on": d.published_on.isoformat() if d.published_on else None,
        "call_in_until_on": d.call_in_until_on.isoformat() if d.call_in_until_on else None,
        "effective_at": d.effective_at.isoformat() if d.effective_at else None,
        "call_in": _call_in(d),
        "state": found.state,
        "report": paper,
    }


def _call_in(d: Decision) -> dict[str, Any] | None:
    """Who called a decision in and why, which is published with it (P-21), and what came of it."""
    row = d.call_in
    if row is None:
        return None
    settled_on = row.settled_on.isoformat() if row.settled_on else None
    found = {"called_on": row.called_on.isoformat(), "members": row.members.split("\n"), "grounds": row.grounds}
    return found | {"settled_as": row.settled_as, "settled_on": settled_on}


def decision_entry(found: PublicDecision) -> dict[str, Any]:
    """A decision as an entry of a feed."""
    d = found.decision
    title = f"{d.body.name}, {in_words(d.decided_on)}: "
    said = WITHDRAWN if found.is_withdrawn else labels.OUTCOMES[d.outcome]
    return {
        "url": link("public.decision", decision_id=d.case_id),
        "title": _xml(title + said),
        "updated": datetime.combine(d.published_on or d.decided_on, time(), UTC),
        "text": "" if found.is_withdrawn else _xml(d.text),
    }


def meeting_entry(meeting: Meeting, items: list[PublicItem], at: datetime | None) -> dict[str, Any]:
    """A meeting as an entry of a feed: its agenda in lines."""
    said = "Cancelled. " if meeting.case.state == "cancelled" else ""
    lines = [f"{i.number}. {i.title}{' (withdrawn)' if i.is_withdrawn else ''}" for i in items]
    return {
        "url": link("public.meeting", meeting_id=meeting.case_id),
        "title": _xml(f"{said}{meeting.body.name}, {in_words(meeting.meeting_on)}"),
        "updated": at or datetime.combine(meeting.publish_on, time(), UTC),
        "text": _xml("\n".join(lines)),
    }


def _xml(text: str) -> str:
    """Without the characters that no XML may hold."""
    return _NOT_XML.sub("", text)
