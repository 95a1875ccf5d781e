"""`/meetings/<id>/pack`: the packs of a meeting, how far each is built, and the files; its minutes as a file."""

from __future__ import annotations

import io
import logging
import re
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, send_file, url_for
from werkzeug.exceptions import NotFound

from commissioning.models.bodies import Meeting
from commissioning.packs.commands import ask_for_pack, note_pack_reading
from commissioning.packs.keeping import KEPT_DAYS
from commissioning.packs.minutes import find_minutes, set_minutes
from commissioning.packs.queries import Offer, file_of, get_pack, left_out, list_offers, secret_reports
from commissioning.packs.setting import NotSet
from commissioning.web import access, requests
from commissioning.web.formbase import BaseForm
from commissioning.web.saving import save

blueprint = Blueprint("packs", __name__)
log = logging.getLogger(__name__)


@blueprint.get("/meetings/<int:meeting_id>/pack")
@access.signed_in
def pack(meeting_id: int) -> str:
    """The packs that the reader may have."""
    meeting, offers = list_offers(requests.reading(), requests.actor(), meeting_id, requests.now())
    return render_template(
        "packs/pack.html",
        meeting=meeting,
        offers=offers,
        left_out={o.name: left_out(o) for o in offers},
        kept_days=KEPT_DAYS,
    )


@blueprint.post("/meetings/<int:meeting_id>/pack")
@access.signed_in
def ask(meeting_id: int) -> Any:
    """Have one built, or built again."""
    form, wanted = BaseForm(), request.form
    if form.validate():
        lacks = wanted.get("lacks") == "yes"
        done = save(form, ask_for_pack, meeting_id, wanted.get("edition", ""), wanted.get("part", ""), lacks=lacks)
        if done.is_done:
            flash("The pack will be built within a minute. You need not wait here: it stays where it is.")
    return redirect(url_for("packs.pack", meeting_id=meeting_id), 303)


@blueprint.get("/meetings/<int:meeting_id>/pack.pdf")
@access.signed_in
def pack_file(meeting_id: int) -> Any:
    """The file of one edition; where it is not built yet, the page that says how far it is."""
    session, args = requests.reading(), request.args
    meeting, offer = get_pack(
        session, requests.actor(), meeting_id, args.get("edition", "public"), args.get("part", ""), requests.now()
    )
    if offer.given is None:
        flash("This pack is not built yet.")
        return redirect(url_for("packs.pack", meeting_id=meeting_id), 303)
    return answer_with(meeting, offer)


def answer_with(meeting: Meeting, offer: Offer) -> Any:
    """A pack's file; taking one with secret parts goes on record first."""
    assert offer.given is not None
    content = file_of(requests.reading(), offer.given)
    secret = secret_reports(offer)
    if secret:
        requests.run(note_pack_reading, secret)
    return _kept_by_nobody(send_pack(meeting, offer, content))


@blueprint.get("/meetings/<int:meeting_id>/minutes.pdf")
@access.signed_in
def minutes_file(meeting_id: int) -> Any:
    """P-19: the minutes to be signed, set while one waits."""
    colour = str(current_app.config["BRAND_COLOUR"])
    meeting, document = find_minutes(requests.reading(), requests.actor(), meeting_id, colour, requests.now())
    if document is None:
        raise NotFound
    try:
        content = set_minutes(document)
    except NotSet as why:
        log.warning("the minutes of meeting %s could not be set: %s", meeting_id, why)
        flash("The minutes could not be made into pages. Shorten very long tables or lists in them, then try again.")
        return redirect(url_for("meetings.meeting", meeting_id=meeting_id, _anchor="minutes"), 303)
    return _kept_by_nobody(_send(content, _name(meeting, "minutes")))


def _kept_by_nobody(answer: Any) -> Any:
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def send_pack(meeting: Meeting, offer: Offer, content: bytes) -> Any:
    """A pack as a file under its name."""
    return _send(content, file_name(meeting, offer))


def _send(content: bytes, name: str) -> Any:
    return send_file(io.BytesIO(content), mimetype="application/pdf", download_name=name, etag=False)


def file_name(meeting: Meeting, offer: Offer) -> str:
    """The name under which a pack is kept: body, day, edition; nothing of what is in it."""
    part = f"item {offer.wanted.part} " if offer.wanted.part else ""
    return _name(meeting, f"{part}{offer.wanted.edition}")


def _name(meeting: Meeting, what: str) -> str:
    words = f"{meeting.body.name} {meeting.meeting_on.isoformat()} {what}"
    return re.sub(r"[^A-Za-z0-9-]+", "-", words).strip("-") + ".pdf"
