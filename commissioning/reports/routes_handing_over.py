"""`/reports/<id>/hand-over.zip`: a cleared paper as files, for a body whose meetings are run in another system."""

from __future__ import annotations

from flask import Blueprint, Response

from commissioning.casework.errors import NotFound
from commissioning.reports import comparing
from commissioning.reports.handing_over import as_text, list_files, pack
from commissioning.reports.routes_shared import read_report, why_not
from commissioning.web import access, requests

blueprint = Blueprint("handing_over", __name__)


@blueprint.get("/reports/<int:report_id>/hand-over.zip")
@access.signed_in
def hand_over(report_id: int) -> Response:
    """The paper as it was submitted, with its appendices; for its clerk, and what is secret of it goes on record."""
    if why_not(read_report(report_id, shows_text=False).case, "report.hand_over"):
        raise NotFound
    session, view = requests.reading(), read_report(report_id)
    paper, case = comparing.paper_now(session, view), view.case
    packed = pack(case.reference, case.safe_title, case.secrecy, as_text(paper), list_files(session, report_id))
    answer = Response(packed, mimetype="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{case.reference}.zip"'
    return answer
