"""Every page of the URL map, with somebody of the full example council who may read it and the reason why.

Here: rules, readers, the things they read. Not here: what is asked of the pages (`tests/browser/test_every_page.py`).
A new rule has no line here, so the test fails until somebody says who reads it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from flask import Flask
from sqlalchemy import Connection, text
from werkzeug.routing import Rule

from tests.support.every_page_contracts import CONTRACT_FILES, CONTRACT_PAGES
from tests.support.every_page_cycles import CYCLE_FILES, CYCLE_PAGES
from tests.support.every_page_library import LIBRARY_FILES, LIBRARY_PAGES
from tests.support.every_page_notices import NOTICE_FILES, NOTICE_PAGES
from tests.support.every_page_public import PUBLIC_ELSEWHERE, PUBLIC_FILES, PUBLIC_PAGES
from tests.support.every_page_read import Read

NOBODY: Final = ""
"""Somebody who is not signed in."""
AUTHOR, DRAFTER, OFFICER = "Payment by Results Project Lead", "Interim Programme Director", "Commissioning Manager"
POLICY, SPONSOR = "Early Years Policy Officer", "Assistant Director of Children’s Services"
FINANCE, CLERK, SECRETARY = "Finance Manager", "Partnership Clerk", "Democratic Services Officer"
MEMBER, AUDITOR, ADMINISTRATOR = "Ward Councillor, North", "Internal Auditor", "System Administrator"
ACCOUNTANT = "Finance Unit Accountant"
CHAIR, DIRECTOR, NO_PAPERS = "Chair of Scrutiny", "Director of Children’s Services", "Early Years Policy Officer"
OFFICERS_CLERK = "Directorate Support Officer"
TEAM, HEAD = "Commissioning Officer", "Head of Attendance"

_POST = "SELECT id AS staffing_id, unit_id FROM staffing_posts ORDER BY id"
_SIZING = "SELECT id AS sizing_id, unit_id FROM sizings WHERE frozen_on IS NULL ORDER BY id"
COMMISSIONER, _COMMISSIONS = "Commissioning Officer", "sets up units"

NOT_PAGES: Final = {
    **CONTRACT_FILES,
    **CYCLE_FILES,
    **LIBRARY_FILES,
    **PUBLIC_FILES,
    **NOTICE_FILES,
    "/brand.css": "a style sheet",
    "/static/<path:filename>": "files of the look",
    "/static/<string(length=12):_digest>/<path:name>": "files of the look",
    "/healthz": "a line for machines",
    "/readyz": "a line for machines",
    "/metrics": "lines for machines",
    "/actions.csv": "a file to keep",
    "/sign-offs/ahead.csv": "a file to keep",
    "/monitoring-meetings.ics": "a file to keep",
    "/reports/<int:report_id>/hand-over.zip": "a file to keep",
    "/reports/<int:report_id>/outside/<int:comment_id>/file": "a file to keep",
    "/decisions.csv": "a file to keep",
    "/units.csv": "a file to keep",
    "/specifications/coverage.csv": "a file to keep",
    "/money/<int:year_id>.csv": "a file to keep",
    "/money/<int:year_id>/grants.csv": "a file to keep",
    "/money/<int:year_id>/pools.csv": "a file to keep",
    "/money/<int:year_id>/demand.csv": "a file to keep",
    "/money/<int:year_id>/duties.csv": "a file to keep",
    "/specifications/<int:specification_id>/personal-budgets.csv": "a file to keep",
    "/specifications/<int:specification_id>/personal-budgets/import/template.csv": "a file to keep",
    "/returns/<int:return_id>/sheet.xlsx": "a file to keep",
    "/money/<int:year_id>/import/<kind>/template.csv": "a file to keep",
    "/reports/<int:report_id>/appendices/<int:appendix_id>/file": "a file to keep",
    "/reports/<int:report_id>/word/copies/<int:copy_id>.docx": "a file to keep",
    "/meetings/<int:meeting_id>/pack.pdf": "a file to keep",
    "/meetings/<int:meeting_id>/minutes.pdf": "a file to keep",
    "/cases/<int:case_id>": "leads on to the page of the thing itself",
}
"""Rules that answer a GET with something else than a page, and with what."""
_MONITORING = "the example has planned no year's meetings: test_monitoring_meetings_in_browser.py"
ELSEWHERE: Final = {
    **PUBLIC_ELSEWHERE,
    "/decisions/<int:decision_id>/reply": "the example's scrutiny has recommended nothing: test_decision_life.py",
    "/sign-in/code": "in the middle of signing in: test_accounts.py",
    "/sign-in/authenticator": "in the middle of signing in: test_accounts.py",
    "/sign-in/password": "in the middle of signing in: test_accounts.py",
    "/sign-in/set-up": "in the middle of signing in: test_accounts.py",
    "/meetings/<int:meeting_id>/items/<int:item_id>/recommendations/<int:recommendation_id>": (
        "the example confirmed all its outcomes: test_meeting_pages_in_browser.py"
    ),
    "/monitoring-meetings": _MONITORING,
    "/monitoring-meetings/plan": _MONITORING,
    "/monitoring-meetings/<int:monitoring_meeting_id>": _MONITORING,
    "/monitoring-meetings/<int:monitoring_meeting_id>/attendance": _MONITORING,
    "/monitoring-meetings/<int:monitoring_meeting_id>/actions/new": _MONITORING,
    "/monitoring-meetings/<int:monitoring_meeting_id>/minutes": _MONITORING,
    "/escalations": _MONITORING,
    "/escalations/units/<int:unit_id>/board": _MONITORING,
    **dict.fromkeys(
        (
            "/returns",
            "/returns/position",
            "/returns/desk",
            "/returns/desk/due",
            *(
                f"/returns/<int:return_id>{rest}"
                for rest in (
                    *("", "/check", "/receipt", "/headcount", "/risks", "/risks/<int:risk_id>", "/recovery"),
                    *("/concern", "/question", "/questions/<int:question_id>", "/outcomes/<int:row_id>"),
                    *("/lines/<int:line_id>", "/actions/<int:action_id>", "/sheet"),
                )
            ),
        ),
        "no month is open in the example: test_return_pages_in_browser.py",
    ),
    "/meetings/<int:meeting_id>/read/<int:item_id>/questions/<int:question_id>": (
        "no member has asked in the example: test_reading.py"
    ),
    "/reports/<int:report_id>/contributors/<int:person_id>/remove": (
        "nobody contributes in the example: test_office_pages_in_browser.py"
    ),
}
"""Pages to which nobody comes by their address alone, and the test that reads them."""


def _report(state: str, table: str = "", name: str = "") -> str:
    """A report in a state (the first by title; of those being drafted that of `DRAFTER`), or one of its parts."""
    where = f"c.state = '{state}'" + (" AND c.title LIKE 'Improving Outcomes%'" if state == "drafting" else "")
    if not table:
        return f"SELECT c.id AS report_id FROM cases c WHERE c.kind = 'report' AND {where} ORDER BY c.title"
    return (
        f"SELECT c.id AS report_id, t.id AS {name} FROM {table} t JOIN cases c ON c.id = t.report_id "
        f"WHERE {where} ORDER BY c.title, t.id DESC"
    )


def _of(kind: str, state: str, name: str) -> str:
    return f"SELECT id AS {name} FROM cases WHERE kind = '{kind}' AND state = '{state}' ORDER BY title"


_TABLED = (
    "SELECT s.report_id FROM route_stops s JOIN cases c ON c.id = s.report_id JOIN bodies b ON b.case_id = s.body_id "
    "WHERE c.state = 'submitted' AND b.name = 'Directorate Management Team'"
)

_ASKED = (
    "SELECT c.id AS report_id, o.id AS sign_off_id FROM report_sign_offs o JOIN cases c ON c.id = o.report_id "
    "WHERE c.title LIKE 'Payment by Results%' AND o.speciality = 'finance'"
)
_OUTSIDE = "SELECT id AS comment_id, report_id FROM outside_comments WHERE answer IS NULL"
_STARTED = _of("action", "in_progress", "action_id")
_HELD = "SELECT case_id AS meeting_id FROM meetings m JOIN cases c ON c.id = m.case_id " + (
    "WHERE c.state = 'held' AND c.title LIKE 'Children Services%'"
)
_AGENDA = _of("meeting", "agenda_published", "meeting_id")
_LINE = (
    "SELECT h.meeting_id, h.id AS line_id FROM agenda_headings h JOIN cases c ON c.id = h.meeting_id "
    "WHERE c.state = 'agenda_published' ORDER BY c.title, h.position"
)
_PUBLISHED = (
    "SELECT i.meeting_id, i.case_id AS item_id FROM agenda_items i JOIN cases c ON c.id = i.case_id "
    "JOIN cases m ON m.id = i.meeting_id WHERE c.state = 'published' AND m.state = 'agenda_published' ORDER BY m.title"
)
_PARAGRAPH = _PUBLISHED.replace(" AS item_id", " AS item_id, '1.1' AS number")
_LEAD, _SITS = "Lead Member for Children", "sits on the body"
_YEAR = "SELECT case_id AS year_id FROM budget_years"
_GRANT = "SELECT y.case_id AS year_id, g.id AS grant_id FROM budget_years y, funding_grants g"
_DEMAND = "SELECT l.year_id, d.id AS demand_id FROM demands d JOIN budget_lines l ON l.id = d.line_id"
_KEEPS_MONEY = "finance keeps the money"
_SITTING = "SELECT id AS body_id FROM cases WHERE kind = 'body' AND title = 'Cabinet'"
_UNIT = "SELECT case_id AS unit_id FROM units WHERE name = 'Attendance'"
_IN_FORCE = (
    "SELECT s.case_id AS specification_id FROM specifications s JOIN cases c ON c.id = s.case_id "
    "JOIN units u ON u.case_id = s.unit_id WHERE u.name = 'Attendance' AND c.state = 'in_force'"
)
_PERSONAL = (
    "SELECT s.case_id AS specification_id, b.id AS budget_id FROM personal_budgets b "
    "JOIN specifications s ON s.unit_id = b.unit_id JOIN cases c ON c.id = s.case_id "
    "JOIN units u ON u.case_id = s.unit_id WHERE u.name = 'Complex Needs' AND c.state = 'in_force'"
)
_OF_FAMILIES = "Head of Complex Needs"
_TO_WRITE = _of("specification", "draft", "specification_id")
_PACKAGE = "SELECT id AS package_id FROM packages ORDER BY name"
_WRITES, _SIGNS, _RUNS = "its author", "it waits for Finance", "administrators run the service"
_KEEPS, _OWN = "clerk of the body", "everybody has an account"
_COMMISSIONS, _HEADS = "the commissioning team", "its head"

PAGES: Final = {
    **CONTRACT_PAGES,
    **CYCLE_PAGES,
    **LIBRARY_PAGES,
    **PUBLIC_PAGES,
    **NOTICE_PAGES,
    "/money": Read(ACCOUNTANT, _KEEPS_MONEY, main=True),
    "/money/new": Read(ACCOUNTANT, _KEEPS_MONEY),
    "/money/<int:year_id>": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR, main=True),
    "/money/<int:year_id>/next-year": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR),
    "/money/<int:year_id>/baselines": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR),
    "/money/<int:year_id>/units/<int:unit_id>": Read(
        "Head of Attendance",
        "its head",
        "SELECT y.case_id AS year_id, u.case_id AS unit_id FROM budget_years y, units u WHERE u.name = 'Attendance'",
    ),
    "/money/<int:year_id>/units/<int:unit_id>/demand": Read(
        _OF_FAMILIES,
        "its head",
        "SELECT y.case_id AS year_id, u.case_id AS unit_id FROM budget_years y, units u WHERE u.name = 'Complex Needs'",
    ),
    "/money/<int:year_id>/pot": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR, main=True),
    "/money/<int:year_id>/pot/new": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR),
    "/money/<int:year_id>/pot/<int:allocation_id>": Read(
        ACCOUNTANT, _KEEPS_MONEY, "SELECT year_id, id AS allocation_id FROM allocations"
    ),
    "/money/<int:year_id>/pot/<int:allocation_id>/withdraw": Read(
        ACCOUNTANT, _KEEPS_MONEY, "SELECT year_id, id AS allocation_id FROM allocations"
    ),
    "/money/<int:year_id>/entries/<int:entry_id>/correct": Read(
        ACCOUNTANT, _KEEPS_MONEY, "SELECT year_id, id AS entry_id FROM money_entries WHERE kind = 'saving' ORDER BY id"
    ),
    "/money/<int:year_id>/grants": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR),
    "/money/<int:year_id>/grants/new": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR),
    "/money/<int:year_id>/grants/<int:grant_id>": Read(ACCOUNTANT, _KEEPS_MONEY, _GRANT),
    "/money/<int:year_id>/grants/<int:grant_id>/edit": Read(ACCOUNTANT, _KEEPS_MONEY, _GRANT),
    "/money/<int:year_id>/grants/<int:grant_id>/end": Read(ACCOUNTANT, _KEEPS_MONEY, _GRANT),
    "/money/<int:year_id>/demand": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR),
    "/money/<int:year_id>/demand/new": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR),
    "/money/<int:year_id>/demand/<int:demand_id>": Read(ACCOUNTANT, _KEEPS_MONEY, _DEMAND),
    "/money/<int:year_id>/demand/<int:demand_id>/edit": Read(ACCOUNTANT, _KEEPS_MONEY, _DEMAND),
    "/money/<int:year_id>/duties": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR),
    "/money/<int:year_id>/duties/new": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR),
    "/money/<int:year_id>/duties/<int:duty_id>": Read(
        ACCOUNTANT, _KEEPS_MONEY, "SELECT year_id, id AS duty_id FROM duties"
    ),
    "/money/<int:year_id>/pools": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR),
    "/money/<int:year_id>/pools/new": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR),
    "/money/<int:year_id>/pools/<int:pool_id>": Read(
        ACCOUNTANT, _KEEPS_MONEY, "SELECT year_id, id AS pool_id FROM pools"
    ),
    "/money/<int:year_id>/actuals": Read(ACCOUNTANT, _KEEPS_MONEY, _YEAR, main=True),
    "/money/<int:year_id>/import/<kind>": Read(
        ACCOUNTANT, _KEEPS_MONEY, "SELECT case_id AS year_id, 'actuals' AS kind FROM budget_years"
    ),
    "/virements": Read(ACCOUNTANT, "finance sees all of them", query="?state="),
    "/virements/new": Read(ACCOUNTANT, _KEEPS_MONEY),
    "/virements/<int:virement_id>": Read(
        "Strategy Leader of Finance", "approves them", _of("virement", "for_board", "virement_id"), main=True
    ),
    "/": Read(OFFICER, "everybody has a first page", main=True),
    "/overview": Read(DIRECTOR, "directors see what is going wrong", main=True),
    "/sign-in": Read(NOBODY, "everybody may sign in", main=True),
    "/sign-in/example": Read(NOBODY, "the example council is open"),
    "/help": Read(NOBODY, "public"),
    "/accessibility": Read(NOBODY, "public"),
    "/api/v1/docs": Read(NOBODY, "public"),
    "/search": Read(OFFICER, "everybody searches what they may see", query="?q=children", main=True),
    "/account": Read(OFFICER, _OWN),
    "/account/details": Read(OFFICER, _OWN),
    "/account/held": Read(OFFICER, _OWN),
    "/account/password": Read(OFFICER, _OWN),
    "/account/second-factor": Read(OFFICER, _OWN),
    "/account/deputies/new": Read(OFFICER, _OWN),
    "/account/tokens/new": Read(OFFICER, _OWN),
    "/reports": Read(OFFICER, "author of most papers", main=True),
    "/reports/new": Read(OFFICER, "officers write papers", main=True),
    "/sign-offs/ahead": Read(FINANCE, "what Finance may see"),
    "/sign-offs": Read(FINANCE, "the queue of Finance", main=True),
    "/reports/<int:report_id>": Read(AUTHOR, _WRITES, _report("in_clearance"), main=True),
    "/reports/<int:report_id>/preview": Read(AUTHOR, _WRITES, _report("in_clearance")),
    "/reports/<int:report_id>/word": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/word/<int:return_id>": Read(
        DRAFTER, _WRITES, "SELECT id AS return_id, report_id FROM word_returns ORDER BY id"
    ),
    "/reports/<int:report_id>/compare": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/header": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/route": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/route/further": Read(OFFICERS_CLERK, _KEEPS, _TABLED),
    "/reports/<int:report_id>/outside": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/outside/<int:comment_id>": Read(CLERK, _KEEPS, _OUTSIDE),
    "/reports/<int:report_id>/meeting": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/people": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/recommendations": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/recommendations/new": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/recommendations/<int:recommendation_id>": Read(
        DRAFTER, _WRITES, _report("drafting", "recommendations", "recommendation_id")
    ),
    "/reports/<int:report_id>/risks": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/risks/new": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/risks/<int:risk_id>": Read(
        DRAFTER, _WRITES, _report("drafting", "report_risks", "risk_id")
    ),
    "/reports/<int:report_id>/appendices": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/appendices/new": Read(DRAFTER, _WRITES, _report("drafting")),
    "/reports/<int:report_id>/appendices/<int:appendix_id>": Read(
        DRAFTER, _WRITES, _report("drafting", "appendices", "appendix_id")
    ),
    "/reports/<int:report_id>/sections/<int:section_id>": Read(
        DRAFTER, _WRITES, _report("drafting", "sections", "section_id"), main=True
    ),
    "/reports/<int:report_id>/sign-offs/<int:sign_off_id>": Read(FINANCE, _SIGNS, _ASKED, main=True),
    "/reports/<int:report_id>/sign-offs/<int:sign_off_id>/elsewhere": Read(CLERK, _KEEPS, _ASKED),
    "/reports/<int:report_id>/sign-offs/<int:sign_off_id>/dispute": Read(
        "HR Manager", "recorded in their name", _ASKED.replace("finance", "hr")
    ),
    "/cases/<int:case_id>/ask/questions/<int:question_id>": Read(
        FINANCE, "asked the question", "SELECT id AS question_id, report_id AS case_id FROM sign_off_questions"
    ),
    "/reports/<int:report_id>/questions/<int:question_id>": Read(
        AUTHOR, "asked of its author", "SELECT id AS question_id, report_id FROM sign_off_questions"
    ),
    "/reports/<int:report_id>/corrections": Read(CLERK, _KEEPS, _report("in_clearance")),
    "/reports/<int:report_id>/corrections/<passage>": Read(
        CLERK,
        _KEEPS,
        "SELECT c.id AS report_id, 'recommendation-' || r.id || '-text' AS passage FROM recommendations r "
        "JOIN cases c ON c.id = r.report_id WHERE c.state = 'in_clearance' ORDER BY c.title, r.id",
    ),
    "/boards": Read(MEMBER, "a member of two bodies"),
    "/boards/new": Read(ADMINISTRATOR, _RUNS),
    "/boards/<int:body_id>": Read(SECRETARY, _KEEPS, _SITTING),
    "/boards/<int:body_id>/rules": Read(SECRETARY, _KEEPS, _SITTING),
    "/boards/<int:body_id>/procedure": Read(MEMBER, "everybody may", _SITTING),
    "/boards/<int:body_id>/word-template": Read(SECRETARY, _KEEPS, _SITTING),
    "/boards/<int:body_id>/standing-actions": Read(SECRETARY, _KEEPS, _SITTING),
    "/actions/table": Read(SECRETARY, "keeps a board’s actions"),
    "/boards/<int:body_id>/members": Read(SECRETARY, _KEEPS, _SITTING),
    "/boards/<int:body_id>/sections": Read(SECRETARY, _KEEPS, _SITTING),
    "/boards/<int:body_id>/sections/new": Read(SECRETARY, _KEEPS, _SITTING),
    "/boards/<int:body_id>/sections/<int:section_id>": Read(
        SECRETARY,
        _KEEPS,
        "SELECT id AS section_id, body_id FROM section_templates WHERE body_id = "
        "(SELECT id FROM cases WHERE kind = 'body' AND title = 'Cabinet') ORDER BY position",
    ),
    "/boards/<int:body_id>/members/<int:membership_id>": Read(
        SECRETARY,
        _KEEPS,
        "SELECT id AS membership_id, body_id FROM memberships WHERE body_id = "
        "(SELECT id FROM cases WHERE kind = 'body' AND title = 'Cabinet')",
    ),
    "/meetings": Read(SECRETARY, "clerk of two bodies", main=True),
    "/meetings/new": Read(SECRETARY, "clerks plan meetings"),
    "/meetings/<int:meeting_id>": Read(SECRETARY, _KEEPS, _AGENDA, main=True),
    "/meetings/<int:meeting_id>/agenda": Read(SECRETARY, _KEEPS, _AGENDA),
    "/meetings/<int:meeting_id>/pack": Read(SECRETARY, _KEEPS, _AGENDA, main=True),
    "/meetings/<int:meeting_id>/read": Read(_LEAD, _SITS, _PUBLISHED, main=True),
    "/meetings/<int:meeting_id>/read/print": Read(_LEAD, _SITS, _PUBLISHED),
    "/meetings/<int:meeting_id>/read/apologies": Read(_LEAD, _SITS, _PUBLISHED),
    "/meetings/<int:meeting_id>/read/<int:item_id>": Read(_LEAD, _SITS, _PUBLISHED, main=True),
    "/meetings/<int:meeting_id>/read/<int:item_id>/notes/<number>": Read(_LEAD, _SITS, _PARAGRAPH),
    "/meetings/<int:meeting_id>/read/<int:item_id>/<what>": Read(
        _LEAD, _SITS, _PUBLISHED.replace(" AS item_id", " AS item_id, 'question' AS what")
    ),
    "/meetings/<int:meeting_id>/agenda/new": Read(SECRETARY, _KEEPS, _AGENDA),
    "/meetings/<int:meeting_id>/agenda/<int:line_id>": Read(SECRETARY, _KEEPS, _LINE),
    "/meetings/<int:meeting_id>/live": Read(SECRETARY, _KEEPS, _HELD, main=True),
    "/meetings/<int:meeting_id>/running-order": Read(SECRETARY, _KEEPS, _AGENDA),
    "/boards/<int:body_id>/opening": Read(SECRETARY, _KEEPS, _SITTING),
    "/meetings/<int:meeting_id>/move": Read(SECRETARY, _KEEPS, _AGENDA),
    "/meetings/<int:meeting_id>/attendance": Read(SECRETARY, _KEEPS, _HELD),
    "/meetings/<int:meeting_id>/interests": Read(SECRETARY, _KEEPS, _HELD),
    "/meetings/<int:meeting_id>/minutes": Read(SECRETARY, _KEEPS, _HELD),
    "/meetings/<int:meeting_id>/decisions": Read(SECRETARY, _KEEPS, _HELD),
    "/reports/<int:report_id>/without-meeting": Read(OFFICERS_CLERK, _KEEPS, _TABLED),
    "/reports/<int:report_id>/decide": Read(OFFICERS_CLERK, _KEEPS, _TABLED),
    "/decisions/<int:decision_id>/correct": Read(SECRETARY, _KEEPS, _of("decision", "call_in_open", "decision_id")),
    "/decisions": Read(SECRETARY, "decisions of its bodies", main=True),
    "/decisions/<int:decision_id>": Read(SECRETARY, _KEEPS, _of("decision", "call_in_open", "decision_id"), main=True),
    "/actions": Read(OFFICER, "owner of several", main=True),
    "/actions/new": Read(SECRETARY, "clerks set actions"),
    "/actions/<int:action_id>": Read("Trust Board Secretary", _KEEPS, _STARTED, main=True),
    "/actions/<int:action_id>/edit": Read("Trust Board Secretary", _KEEPS, _STARTED),
    "/actions/<int:action_id>/lines/<int:line_id>": Read(
        "Trust Board Secretary", _KEEPS, "SELECT id AS line_id, action_id FROM action_lines ORDER BY id"
    ),
    "/units": Read(TEAM, _COMMISSIONS, main=True),
    "/units/new": Read(TEAM, _COMMISSIONS),
    "/units/<int:unit_id>": Read(TEAM, _COMMISSIONS, _UNIT, main=True),
    "/units/<int:unit_id>/edit": Read(TEAM, _COMMISSIONS, _UNIT),
    "/units/<int:unit_id>/successors": Read(TEAM, _COMMISSIONS, _UNIT),
    "/units/<int:unit_id>/hand-over": Read(
        TEAM, _COMMISSIONS, _UNIT, query="?how=split&name=Attendance+North&name=Attendance+South"
    ),
    "/units/<int:unit_id>/rename": Read(TEAM, _COMMISSIONS, _UNIT),
    "/units/<int:unit_id>/specification": Read(
        TEAM, _COMMISSIONS, "SELECT case_id AS unit_id FROM units WHERE name = 'Finance Unit'"
    ),
    "/specifications/coverage": Read(TEAM, _COMMISSIONS),
    "/specifications/<int:specification_id>/compare": Read(TEAM, _COMMISSIONS, _IN_FORCE),
    "/specifications/<int:specification_id>/header": Read(TEAM, _COMMISSIONS, _TO_WRITE),
    "/specifications/<int:specification_id>/improvements": Read(TEAM, _COMMISSIONS, _TO_WRITE),
    "/specifications/<int:specification_id>/outcomes/new": Read(TEAM, _COMMISSIONS, _TO_WRITE),
    "/specifications/<int:specification_id>/outcomes/<int:outcome_id>": Read(
        TEAM,
        _COMMISSIONS,
        "SELECT o.specification_id, o.id AS outcome_id FROM spec_outcomes o "
        "JOIN cases c ON c.id = o.specification_id WHERE c.state = 'draft' ORDER BY o.id",
        main=True,
    ),
    "/packages": Read(TEAM, _COMMISSIONS),
    "/packages/new": Read(TEAM, _COMMISSIONS),
    "/packages/<int:package_id>": Read(TEAM, _COMMISSIONS, _PACKAGE),
    "/packages/<int:package_id>/edit": Read(TEAM, _COMMISSIONS, _PACKAGE),
    "/specifications/<int:specification_id>": Read(HEAD, _HEADS, _IN_FORCE, main=True),
    "/specifications/<int:specification_id>/objectives": Read(HEAD, _HEADS, _IN_FORCE),
    "/specifications/<int:specification_id>/personal-budgets": Read(_OF_FAMILIES, _HEADS, _PERSONAL),
    "/specifications/<int:specification_id>/personal-budgets/new": Read(HEAD, _HEADS, _IN_FORCE),
    "/specifications/<int:specification_id>/personal-budgets/import": Read(HEAD, _HEADS, _IN_FORCE),
    "/specifications/<int:specification_id>/personal-budgets/<int:budget_id>": Read(_OF_FAMILIES, _HEADS, _PERSONAL),
    "/units/<int:unit_id>/contributors": Read(HEAD, _HEADS, _UNIT),
    "/units/<int:unit_id>/plan": Read(HEAD, _HEADS, _UNIT),
    "/cases/<int:case_id>/ask/<int:task_id>": Read(
        AUTHOR,
        "waits on Finance",
        "SELECT t.id AS task_id, t.case_id FROM tasks t JOIN cases c ON c.id = t.case_id "
        "WHERE t.closed_at IS NULL AND t.step = 'sign_off' AND c.title LIKE 'Payment by Results%'",
    ),
    "/cases/<int:case_id>/steps/<step_name>": Read(
        SPONSOR,
        "their step",
        "SELECT id AS case_id, 'send_back' AS step_name FROM cases WHERE kind = 'report' AND state = 'with_sponsor'",
    ),
    "/units/set-up": Read(COMMISSIONER, "sees every unit", main=True),
    "/units/set-up/begin": Read(COMMISSIONER, _COMMISSIONS),
    "/units/set-up/template": Read(COMMISSIONER, _COMMISSIONS),
    "/units/set-up/template/new": Read(COMMISSIONER, _COMMISSIONS),
    "/units/set-up/template/<int:number>": Read(COMMISSIONER, _COMMISSIONS, "SELECT 7 AS number"),
    "/units/set-up/template/<int:number>/remove": Read(COMMISSIONER, _COMMISSIONS, "SELECT 7 AS number"),
    "/units/set-up/<int:step_id>": Read(
        COMMISSIONER, _COMMISSIONS, _of("setup_step", "for_sign_off", "step_id"), main=True
    ),
    "/units/<int:unit_id>/set-up": Read(
        COMMISSIONER, _COMMISSIONS, "SELECT unit_id FROM setup_steps WHERE unit_id IS NOT NULL", main=True
    ),
    "/units/functions": Read(COMMISSIONER, "everybody knows them"),
    "/units/functions/new": Read(COMMISSIONER, _COMMISSIONS),
    "/units/functions/<int:function_id>": Read(
        COMMISSIONER, _COMMISSIONS, "SELECT id AS function_id FROM functions ORDER BY name"
    ),
    "/duplications": Read(COMMISSIONER, _COMMISSIONS, main=True),
    "/duplications/new": Read(COMMISSIONER, _COMMISSIONS),
    "/duplications/<int:duplication_id>": Read(
        COMMISSIONER, _COMMISSIONS, _of("duplication", "designated", "duplication_id"), main=True
    ),
    "/duplications/<int:duplication_id>/claimants": Read(
        COMMISSIONER, _COMMISSIONS, _of("duplication", "suspected", "duplication_id")
    ),
    "/duplications/<int:duplication_id>/implement": Read(
        COMMISSIONER, _COMMISSIONS, _of("duplication", "designated", "duplication_id")
    ),
    "/duplications/<int:duplication_id>/statements/<int:unit_id>": Read(
        "Head of Finance Services",
        "heads a claimant",
        "SELECT c.duplication_id, c.unit_id FROM claimants c JOIN cases d ON d.id = c.duplication_id "
        "JOIN units u ON u.case_id = c.unit_id WHERE d.state = 'statements_requested' AND u.kind = 'business'",
    ),
    "/units/<int:unit_id>/posts": Read(COMMISSIONER, _COMMISSIONS, _POST),
    "/units/<int:unit_id>/posts/new": Read(COMMISSIONER, _COMMISSIONS, _POST),
    "/units/<int:unit_id>/posts/<int:staffing_id>": Read(COMMISSIONER, _COMMISSIONS, _POST),
    "/units/<int:unit_id>/sizings": Read(COMMISSIONER, _COMMISSIONS, _SIZING),
    "/units/<int:unit_id>/sizings/new": Read(COMMISSIONER, _COMMISSIONS, _SIZING),
    "/units/<int:unit_id>/sizings/<int:sizing_id>": Read(COMMISSIONER, _COMMISSIONS, _SIZING, main=True),
    "/units/<int:unit_id>/sizings/<int:sizing_id>/edit": Read(COMMISSIONER, _COMMISSIONS, _SIZING),
    "/units/<int:unit_id>/sizings/<int:sizing_id>/freeze": Read(COMMISSIONER, _COMMISSIONS, _SIZING),
    "/reminders": Read(OFFICER, "everybody has messages"),
    "/audit": Read(AUDITOR, "auditors read the trail", main=True),
    "/audit/events/<int:event_id>": Read(AUDITOR, "auditors", "SELECT id AS event_id FROM events ORDER BY id DESC"),
    "/audit/as-at": Read(AUDITOR, "auditors read the trail"),
    "/audit/checkpoints": Read(AUDITOR, "auditors read the trail"),
    "/audit/verification": Read(AUDITOR, "auditors read the trail"),
    "/admin": Read(ADMINISTRATOR, _RUNS, main=True),
    "/admin/people": Read(ADMINISTRATOR, _RUNS, main=True),
    "/admin/people/new": Read(ADMINISTRATOR, _RUNS),
    "/admin/people/<int:number>": Read(
        ADMINISTRATOR, _RUNS, "SELECT id AS number FROM people WHERE name = 'Commissioning Manager'"
    ),
    "/admin/people/<int:number>/held": Read(
        ADMINISTRATOR, _RUNS, "SELECT id AS number FROM people WHERE name = 'Commissioning Manager'"
    ),
    "/admin/people/<int:number>/deputies/new": Read(ADMINISTRATOR, _RUNS, "SELECT 5 AS number"),
    "/admin/people/<int:number>/details": Read(ADMINISTRATOR, _RUNS, "SELECT 5 AS number"),
    "/admin/people/<int:number>/posts/new": Read(ADMINISTRATOR, _RUNS, "SELECT 5 AS number"),
    "/admin/people/<int:number>/roles/new": Read(ADMINISTRATOR, _RUNS, "SELECT 5 AS number"),
    "/admin/posts": Read(ADMINISTRATOR, _RUNS),
    "/admin/posts/new": Read(ADMINISTRATOR, _RUNS),
    "/admin/posts/<int:number>": Read(ADMINISTRATOR, _RUNS, "SELECT id AS number FROM posts ORDER BY id"),
    "/admin/posts/<int:number>/details": Read(ADMINISTRATOR, _RUNS, "SELECT id AS number FROM posts ORDER BY id"),
    "/admin/posts/<int:number>/holders/new": Read(ADMINISTRATOR, _RUNS, "SELECT id AS number FROM posts ORDER BY id"),
    "/admin/closed-days": Read(ADMINISTRATOR, _RUNS),
    "/admin/reminder-rules": Read(ADMINISTRATOR, _RUNS),
    "/admin/reminder-rules/<definition>": Read(ADMINISTRATOR, _RUNS, "SELECT 'monthly-return' AS definition"),
    "/admin/reminder-rules/<definition>/<state>": Read(
        ADMINISTRATOR, _RUNS, "SELECT 'monthly-return' AS definition, 'open' AS state"
    ),
    "/admin/messages": Read(ADMINISTRATOR, _RUNS),
    "/admin/settings": Read(ADMINISTRATOR, _RUNS),
    "/admin/who-can-do-what": Read(ADMINISTRATOR, _RUNS, main=True),
}
"""By rule of the URL map."""
SCENE: Final = (
    "UPDATE report_sign_offs SET recorded_by_id = (SELECT id FROM people WHERE name = 'Partnership Clerk'), "
    "recorded_evidence = 'E-mail of Monday, 10:15' WHERE speciality = 'hr' AND outcome IS NOT NULL",
)
"""What the example council has none of: a sign-off recorded from elsewhere, which its giver may dispute."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page, and who reads it."""

    path: str
    who: str
    main: bool


def rules_of(app: Flask) -> list[Rule]:
    """The rules that answer a GET with a page; the API answers in JSON but for its own description."""
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and (not rule.rule.startswith("/api/") or rule.rule == "/api/v1/docs")
    ]


def unknown_rules(app: Flask) -> list[str]:
    """Rules of which nobody has said who reads them, and lines here of pages that are no more."""
    known = PAGES.keys() | NOT_PAGES.keys() | ELSEWHERE.keys()
    there = {rule.rule for rule in rules_of(app)}
    return sorted((there - known) | (known - there))


def every_page(connection: Connection) -> list[Found]:
    """A page for every rule, in the order of the list above, which keeps one reader's pages together."""
    found = []
    for rule, read in PAGES.items():
        row = connection.execute(text(read.thing)).mappings().first() if read.thing else {}
        assert row is not None, f"the example council has nothing for {rule}: {read.thing}"
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part, row=row: str(row[part[1]]), rule)
        found.append(Found(path + read.query, read.who, read.main))
    return found
