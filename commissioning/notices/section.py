"""The section "Notice" of a report's page, as `notices/_on_report.html` draws it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from commissioning.models.bodies import Meeting
from commissioning.models.cases import Case
from commissioning.models.reports import Report, RouteStop
from commissioning.notices import words
from commissioning.notices.ahead import ROUTES, list_options
from commissioning.notices.queries import list_deciding, list_notices, list_standings
from commissioning.notices.standing import FULL, why_not
from commissioning.web import requests
from commissioning.web.steps import may_amend


def notices_of(
    session: Session, case: Case, report: Report, meeting: Meeting | None, stops: Sequence[RouteStop]
) -> dict[str, Any]:
    """What the section needs: how each need for notice stands, what was published, what the reader may publish."""
    given = list_notices(session, [case.id])[case.id]
    deciding = list_deciding(session, [report], [meeting] if meeting else [], stops).get(case.id)
    standings = list_standings(session, report, case.secrecy, deciding, given, requests.today()) if deciding else []
    may = bool(standings) and may_amend(session, case, "report.give_notice")
    needs = {s.need for s in standings}
    out = {n.kind for n in given if n.withdrawn_at is None}
    offered = [
        kind
        for kind in words.KINDS
        if may and words.NEED_OF[kind] in needs and kind not in out
        and (kind != "private_response" or FULL["private"] in out)
    ]  # fmt: skip
    ahead = meeting is not None and not case.is_done and case.exposure != "published"
    return {
        "options": list_options(session, case, report, meeting.body, given, requests.now())
        if meeting and ahead
        else [],
        "option_routes": ROUTES,
        "notice_due_days": next((s.notice_days for s in standings if s.counts is None), 0),
        "notice_standings": [(s, why_not(s)) for s in standings],
        "notices": given,
        "notices_offered": offered,
        "notice_words": words,
    }
