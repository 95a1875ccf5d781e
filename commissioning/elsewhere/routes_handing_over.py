"""`/meetings/<id>/hand-over` and its zips: the papers of a meeting as files, for the system that runs the meeting."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for

from commissioning.casework.errors import NotFound
from commissioning.elsewhere.handing_over import AT_ONCE, gather, make_zip, note_handed_over
from commissioning.elsewhere.papers import Papers, list_papers
from commissioning.elsewhere.routes_shared import kept_meeting
from commissioning.models.bodies import Meeting
from commissioning.models.reports import Report
from commissioning.packs.setting import NotSet
from commissioning.web import access, requests

blueprint = Blueprint("handing_over", __name__)


def _papers(found: Meeting, *, is_open: bool = False, only: int | None = None) -> list[Papers]:
    return list_papers(requests.reading(), requests.actor(), found, requests.today(), is_open=is_open, only=only)


@blueprint.get("/meetings/<int:meeting_id>/hand-over")
@access.signed_in
def meeting(meeting_id: int) -> str:
    """Each paper with its class and its files, and what stays behind and why."""
    found = kept_meeting(meeting_id)
    papers = _papers(found)
    ready = [p for p in papers if not p.why_not]
    return render_template(
        "elsewhere/hand_over.html", meeting=found, papers=papers, parts=_parts(len(ready)),
        public_parts=_parts(sum(not p.case.restricted for p in ready)),
    )  # fmt: skip


def _parts(count: int) -> list[tuple[int, str]]:
    """The zips that so many papers make, each with its number and which papers it has."""
    ends = [(at + 1, min(at + AT_ONCE, count)) for at in range(0, count, AT_ONCE)]
    return [(n, f"{first} to {last}" if first < last else f"{last}") for n, (first, last) in enumerate(ends, 1)]


@blueprint.get("/meetings/<int:meeting_id>/hand-over.zip")
@access.signed_in
def files(meeting_id: int) -> Any:
    """Everything that the clerk may hand over, what is not for publication in a folder of its own."""
    found = kept_meeting(meeting_id)
    return _answer(found, _papers(found), "papers")


@blueprint.get("/meetings/<int:meeting_id>/hand-over-public.zip")
@access.signed_in
def public_files(meeting_id: int) -> Any:
    """What everybody may read, and nothing else."""
    found = kept_meeting(meeting_id)
    return _answer(found, _papers(found, is_open=True), "public papers")


@blueprint.get("/reports/<int:report_id>/hand-over.zip")
@access.signed_in
def report(report_id: int) -> Any:
    """One paper with its appendices."""
    row = requests.reading().get(Report, report_id)
    if row is None or row.meeting_id is None:
        raise NotFound
    found = kept_meeting(row.meeting_id)
    papers = _papers(found, only=report_id)
    if not papers:
        raise NotFound
    return _answer(found, papers, papers[0].case.reference)


def _answer(found: Meeting, papers: Sequence[Papers], what: str) -> Any:
    """The zip of these papers. What is secret in it goes on record before it is given out."""
    ready = [p for p in papers if not p.why_not]
    part = requests.whole_number(request.args.get("part")) or 1
    given = ready[(part - 1) * AT_ONCE : part * AT_ONCE]
    if ready and not given:
        raise NotFound
    back = redirect(url_for("handing_over.meeting", meeting_id=found.case_id), 303)
    if not given:
        flash("No paper can be handed over yet: see below why.", "notice")
        return back
    read = gather(requests.reading(), found, given, str(current_app.config["BRAND_COLOUR"]))
    try:
        packed = make_zip(read)
    except NotSet as why:
        flash(str(why), "notice")
        return back
    requests.run(
        note_handed_over, found.case_id, [p.case.id for p in given], hashlib.sha256(packed).hexdigest(),
        [p.case.id for p in given if p.secret_read],
    )  # fmt: skip
    answer = Response(packed, mimetype="application/zip")
    name = f"{found.body.short_name or found.body.name} {found.meeting_on.isoformat()} {what}"
    name += f" {dict(_parts(len(ready)))[part]}" if len(ready) > AT_ONCE else ""
    answer.headers["Content-Disposition"] = f'attachment; filename="{_plain(name)}.zip"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _plain(name: str) -> str:
    return "-".join("".join(c if c.isascii() and c.isalnum() else " " for c in name).split())
