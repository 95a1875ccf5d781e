"""Every page of plans and cycles, with somebody of the example council who may read it (see `every_page`)."""

from __future__ import annotations

from typing import Final

from tests.support.every_page_read import Read

_LEAD, _OFFICER = "Commissioning Manager", "Commissioning Officer"
_LEADS, _TEAM = "leads the cycle", "the commissioning team"
_PLAN = "SELECT case_id AS plan_id FROM plans"
_AIM = "SELECT plan_id, id AS aim_id FROM plan_aims ORDER BY position"
_PRIORITY = "SELECT plan_id, id AS priority_id FROM priorities WHERE code = 'WT5'"
_OUTCOME = (
    "SELECT p.plan_id, p.id AS priority_id, o.id AS outcome_id FROM plan_outcomes o "
    "JOIN priorities p ON p.id = o.priority_id ORDER BY o.id"
)
_CYCLE = "SELECT id AS cycle_id FROM cases WHERE kind = 'cycle' AND state = 'assess' ORDER BY title"
_OUTPUT = (
    "SELECT o.case_id AS output_id FROM cycle_outputs o JOIN cases c ON c.id = o.case_id "
    "WHERE c.state = 'to_do' ORDER BY o.case_id"
)

_WEIGHED = (
    "SELECT c.id AS weighed_id, o.id AS option_id FROM options o JOIN cases c ON c.id = o.case_id "
    "WHERE c.kind = 'cycle' AND c.state = 'plan' ORDER BY o.verdict, o.position"
)
_WEIGHED_PAPER = (
    "SELECT l.cycle_id AS weighed_id, l.case_id AS report_id FROM cycle_links l JOIN cases c ON c.id = l.case_id "
    "WHERE l.kind = 'report' AND c.title LIKE 'What was weighed%'"
)
_CONSULTED = (
    "SELECT c.id AS consultation_id, a.id AS answer_id FROM consultations c "
    "JOIN consultation_answers a ON a.consultation_id = c.id ORDER BY c.opens_on DESC, a.stance"
)
_CONSULTED_PAPER = (
    "SELECT n.id AS consultation_id, l.case_id AS report_id FROM cycle_links l JOIN cases c ON c.id = l.case_id "
    "JOIN consultations n ON n.case_id = l.cycle_id WHERE c.title LIKE 'What was weighed%'"
)
_PARTNER_RETURN = (
    "SELECT p.case_id AS partner_return_id FROM partner_returns p JOIN partner_requests r ON r.id = p.request_id "
    "WHERE r.kind = 'spend' ORDER BY p.case_id"
)
_REQUEST = "SELECT id AS request_id FROM partner_requests ORDER BY kind"
_INDICATOR = "SELECT id AS indicator_id FROM partner_indicators ORDER BY position"
_POLICE = "Police Superintendent"
_PARTNER_LATE = "SELECT id AS partner_return_id FROM cases WHERE kind = 'partner_return' AND state = 'open' ORDER BY id"

CYCLE_FILES: Final = {
    "/cycles.csv": "a file to keep",
    "/consultations.csv": "a file to keep",
    "/partner-returns/totals.csv": "a file to keep",
    "/partner-returns/reported.csv": "a file to keep",
    "/partner-returns/spending.csv": "a file to keep",
    "/ladder.csv": "a file to keep",
    "/calendar.csv": "a file to keep",
    "/reminders/forecast.csv": "a file to keep",
    "/calendar.ics": "a file for calendar programs",
    "/insight.csv": "a file to keep",
    "/plans/<int:plan_id>/trace.csv": "a file to keep",
}

_GATE = "SELECT id AS case_id FROM cases WHERE kind = 'cycle' AND state = 'plan_at_board'"
_BEGUN = "SELECT report_id FROM report_origins ORDER BY report_id"

CYCLE_PAGES: Final = {
    "/reports/from/<int:case_id>": Read(_LEAD, _LEADS, _GATE, main=True),
    "/reports/<int:report_id>/refresh": Read("CYPS Performance and Outcomes Manager", "its author", _BEGUN, main=True),
    "/calendar": Read("Partnership Clerk", "everybody has one", main=True),
    "/reminders/forecast": Read("Partnership Clerk", "everybody has one", query="?whose=all"),
    "/calendar/feed": Read("Partnership Clerk", "everybody has one"),
    "/ladder": Read(_LEAD, "everybody has one", query="?whose=all", main=True),
    "/cycles": Read(_LEAD, _LEADS, main=True),
    "/cycles/register": Read(_LEAD, _LEADS),
    "/cycles/timeline": Read(_LEAD, _LEADS),
    "/insight": Read(_LEAD, _TEAM, main=True),
    "/cycles/new": Read(_OFFICER, _TEAM),
    "/cycles/template": Read(_OFFICER, _TEAM),
    "/cycles/template/new": Read(_OFFICER, _TEAM),
    "/cycles/template/<int:place>": Read(_OFFICER, _TEAM, "SELECT 0 AS place"),
    "/cycles/<int:cycle_id>": Read(_LEAD, _LEADS, _CYCLE, main=True),
    "/cycles/<int:cycle_id>/edit": Read(_LEAD, _LEADS, _CYCLE),
    "/cycles/<int:cycle_id>/links/new": Read(_LEAD, _LEADS, _CYCLE),
    "/cycles/outputs/<int:output_id>": Read(_LEAD, _LEADS, _OUTPUT),
    "/cycles/outputs/<int:output_id>/owner": Read(_LEAD, _LEADS, _OUTPUT),
    "/cases/<int:weighed_id>/options": Read(_LEAD, _TEAM, _WEIGHED, main=True),
    "/cases/<int:weighed_id>/options/new": Read(_LEAD, _TEAM, _WEIGHED),
    "/cases/<int:weighed_id>/options/<int:option_id>": Read(_LEAD, _TEAM, _WEIGHED),
    "/cases/<int:weighed_id>/options/evidence": Read(_LEAD, _TEAM, _WEIGHED),
    "/cases/<int:weighed_id>/options/papers/<int:report_id>": Read(_LEAD, _TEAM, _WEIGHED_PAPER),
    "/cases/<int:weighed_id>/consultations": Read(_LEAD, _TEAM, _WEIGHED),
    "/cases/<int:weighed_id>/consultations/new": Read(_LEAD, _TEAM, _WEIGHED),
    "/consultations": Read(_LEAD, _TEAM, query="?show="),
    "/consultations/<int:consultation_id>": Read(_LEAD, _TEAM, _CONSULTED, main=True),
    "/consultations/<int:consultation_id>/edit": Read(_LEAD, _TEAM, _CONSULTED),
    "/consultations/<int:consultation_id>/close": Read(_LEAD, _TEAM, _CONSULTED),
    "/consultations/<int:consultation_id>/organisations/new": Read(_LEAD, _TEAM, _CONSULTED),
    "/consultations/<int:consultation_id>/organisations/<int:answer_id>": Read(_LEAD, _TEAM, _CONSULTED),
    "/consultations/<int:consultation_id>/papers/<int:report_id>": Read(_LEAD, _TEAM, _CONSULTED_PAPER),
    "/partner-returns": Read(_LEAD, _TEAM, main=True),
    "/partner-returns/totals": Read(_LEAD, _TEAM),
    "/partner-returns/reported": Read(_LEAD, _TEAM),
    "/partner-returns/spending": Read(_LEAD, _TEAM),
    "/partner-returns/<int:partner_return_id>": Read(_LEAD, _TEAM, _PARTNER_RETURN, main=True),
    "/partner-returns/<int:partner_return_id>/answer": Read(
        "Police Superintendent", "answers for the police", _PARTNER_LATE
    ),
    "/partner-returns/requests": Read(_OFFICER, _TEAM),
    "/partner-returns/requests/new": Read(_OFFICER, _TEAM),
    "/partner-returns/requests/usual": Read(_OFFICER, _TEAM),
    "/partner-returns/requests/<int:request_id>": Read(_OFFICER, _TEAM, _REQUEST),
    "/partner-returns/indicators/new": Read(_OFFICER, _TEAM),
    "/partner-returns/indicators/<int:indicator_id>": Read(_OFFICER, _TEAM, _INDICATOR),
    "/plans": Read(_LEAD, _TEAM),
    "/plans/new": Read(_OFFICER, _TEAM),
    "/plans/<int:plan_id>": Read(_LEAD, _TEAM, _PLAN, main=True),
    "/plans/<int:plan_id>/edit": Read(_LEAD, _TEAM, _PLAN),
    "/plans/<int:plan_id>/aims/new": Read(_LEAD, _TEAM, _PLAN),
    "/plans/<int:plan_id>/aims/<int:aim_id>": Read(_LEAD, _TEAM, _AIM),
    "/plans/<int:plan_id>/priorities/new": Read(_LEAD, _TEAM, _PLAN),
    "/plans/<int:plan_id>/priorities/<int:priority_id>": Read(_LEAD, _TEAM, _PRIORITY),
    "/plans/<int:plan_id>/priorities/<int:priority_id>/outcomes/new": Read(_LEAD, _TEAM, _PRIORITY),
    "/plans/<int:plan_id>/priorities/<int:priority_id>/outcomes/<int:outcome_id>": Read(_LEAD, _TEAM, _OUTCOME),
}
