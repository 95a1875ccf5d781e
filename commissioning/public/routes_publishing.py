"""Before publication: what was found in the papers of a meeting, the clerk's answer, and what the public will read."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, render_template, request, url_for
from sqlalchemy import select

from commissioning import labels
from commissioning.audit import canonical
from commissioning.casework.errors import NotFound
from commissioning.meetings.queries import get_meeting, list_items
from commissioning.models.cases import Case
from commissioning.public.forms import AnswerFindingsForm
from commissioning.public.publishing import answer_findings, is_for_the_public, look_at
from commissioning.public.rules import public_content
from commissioning.reports.queries import get_report
from commissioning.visibility import visible
from commissioning.web import access, requests
from commissioning.web.saving import ask, save
from commissioning.web.steps import may_amend

blueprint = Blueprint("publishing", __name__)


@blueprint.get("/meetings/<int:meeting_id>/publishing")
@access.signed_in
def meeting(meeting_id: int) -> str:
    """Each paper of a meeting with what was found in it, for the clerk who publishes them."""
    session, actor, today = requests.reading(), requests.actor(), requests.today()
    found = get_meeting(session, actor, meeting_id, today)
    if not may_amend(session, found.case, "meeting.edit_minutes"):
        raise NotFound
    items = list_items(session, meeting_id, is_open=True)
    ids = [i.report_id for i in items]
    seen = session.scalars(select(Case).where(Case.id.in_(ids), visible(actor, "report", today)))
    papers = {c.id: c for c in seen}
    return render_template(
        "published/meeting.html",
        meeting=found,
        papers=[papers[i] for i in ids if i in papers],
        looked=look_at(session, list(papers.values())),
        is_public=is_for_the_public(session, meeting_id),
    )


@blueprint.route("/reports/<int:report_id>/publishing", methods=["GET", "POST"])
@access.signed_in
def report(report_id: int) -> Any:
    """What was found in one paper, for those who have a part in it; the clerk answers it."""
    session = requests.reading()
    view = get_report(session, requests.actor(), report_id, requests.now())
    may_answer = may_amend(session, view.case, "report.answer_findings")
    if not view.has_part and not may_answer:
        raise NotFound
    looked = look_at(session, [view.case]).get(report_id)
    form = AnswerFindingsForm(data={"digest": looked.digest if looked else ""})
    back = url_for("publishing.meeting", meeting_id=view.meeting.case_id) if view.meeting and may_answer else ""
    if request.method == "POST" and not (may_answer and looked and looked.spots):
        raise NotFound
    return ask(
        form,
        lambda: save(form, answer_findings, report_id, form.digest.data, form.reason.data),
        "Your answer is recorded.",
        lambda _: back or url_for("publishing.report", report_id=report_id),
        lambda _: render_template(
            "published/report.html", report=view, looked=looked, form=form, may_answer=may_answer, back=back
        ),
    )


@blueprint.get("/reports/<int:report_id>/as-the-public")
@access.signed_in
def as_the_public(report_id: int) -> str:
    """Exactly what the public will read of a paper as it stands; nothing is put out by looking."""
    session = requests.reading()
    view = get_report(session, requests.actor(), report_id, requests.now())
    content, is_whole = public_content(session, view.case)
    # As it is kept: in plain values.
    paper = json.loads(canonical(content))
    return render_template("published/as_the_public.html", report=view, paper=paper, is_whole=is_whole, words=labels)
