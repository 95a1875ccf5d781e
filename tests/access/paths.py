"""Every path of the URL map, with ids of the world in place of its converters, and whose business each is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

QUERIES = (
    *("SELECT case_id AS report_id FROM reports", "SELECT case_id AS meeting_id FROM meetings"),
    *("SELECT case_id AS body_id FROM bodies", "SELECT case_id AS action_id FROM actions"),
    *("SELECT case_id AS decision_id FROM decisions", "SELECT max(id) AS event_id FROM events GROUP BY case_id"),
    *("SELECT id AS number FROM people WHERE id <= 3", "SELECT id AS section_id FROM sections"),
    "SELECT id AS recommendation_id FROM recommendations",
    "SELECT id AS case_id FROM cases WHERE kind NOT IN ('body', 'setup_step', 'monitoring_meeting')"
    " UNION SELECT case_id FROM setup_steps WHERE evidence <> '' OR unit_id IS NULL"
    " UNION SELECT case_id FROM monitoring_meetings WHERE minutes <> ''",
    "SELECT id AS notice_id FROM notices",
    *("SELECT 'monthly-return' AS definition", "SELECT 'monthly-return' AS definition, 'open' AS state"),
    *("SELECT report_id, id AS section_id FROM sections", "SELECT report_id, id AS appendix_id FROM appendices"),
    "SELECT report_id, id AS recommendation_id FROM recommendations",
    *("SELECT report_id, id AS risk_id FROM report_risks", "SELECT id AS risk_id FROM report_risks"),
    "SELECT report_id, id AS sign_off_id FROM report_sign_offs",
    "SELECT report_id, id AS comment_id FROM outside_comments",
    *("SELECT report_id, id AS copy_id FROM word_copies", "SELECT report_id, id AS return_id FROM word_returns"),
    "SELECT case_id AS report_id, person_id FROM case_roles WHERE role = 'contributor'"
    " AND case_id IN (SELECT case_id FROM reports)",
    "SELECT report_id, 'recommendation-' || id || '-text' AS passage FROM recommendations",
    "SELECT report_id, id AS question_id FROM sign_off_questions",
    "SELECT report_id AS case_id, id AS question_id FROM sign_off_questions",
    "SELECT case_id, id AS task_id FROM tasks WHERE closed_at IS NULL",
    "SELECT case_id, step AS step_name FROM tasks WHERE closed_at IS NULL",
    "SELECT DISTINCT t.case_id, t.step FROM tasks t JOIN cases c ON c.id = t.case_id WHERE t.closed_at IS NULL",
    *(
        "SELECT body_id, id AS section_id FROM section_templates",
        "SELECT body_id, id AS membership_id FROM memberships",
    ),
    "SELECT meeting_id, case_id AS item_id FROM agenda_items",
    "SELECT meeting_id, case_id AS item_id, '1.1' AS number FROM agenda_items",
    "SELECT meeting_id, case_id AS item_id, 'interest' AS what FROM agenda_items"
    " UNION SELECT meeting_id, case_id, 'question' FROM agenda_items",
    "SELECT meeting_id, case_id AS item_id, 1 AS question_id FROM agenda_items",
    "SELECT i.case_id AS item_id, a.letter FROM agenda_items i JOIN appendices a ON a.report_id = i.report_id",
    "SELECT report_id AS case_id, 'report' AS document FROM publications",
    "SELECT id AS exemption_id FROM exemptions",
    "SELECT report_id, 'section' AS level, id AS part_id FROM sections WHERE secrecy <> 'open'",
    "SELECT meeting_id, case_id AS line_id FROM agenda_items UNION SELECT meeting_id, id FROM agenda_headings",
    "SELECT meeting_id, id AS heading_id FROM agenda_headings",
    *("SELECT case_id AS unit_id FROM units", "SELECT case_id AS specification_id FROM specifications"),
    *("SELECT specification_id, id AS outcome_id FROM spec_outcomes", "SELECT id AS package_id FROM packages"),
    "SELECT case_id AS step_id FROM setup_steps WHERE evidence <> '' OR unit_id IS NULL",
    *("SELECT unit_id, id AS sizing_id FROM sizings", "SELECT unit_id, id AS staffing_id FROM staffing_posts"),
    *("SELECT id AS function_id FROM functions", "SELECT function_id, id AS holding_id FROM function_holdings"),
    *("SELECT case_id AS duplication_id FROM duplications", "SELECT duplication_id, unit_id FROM claimants"),
    *("SELECT case_id AS year_id FROM budget_years", "SELECT case_id AS virement_id FROM virements"),
    "SELECT y.case_id AS year_id, u.case_id AS unit_id FROM budget_years y, units u",
    "SELECT case_id AS year_id, 'actuals' AS kind FROM budget_years UNION SELECT case_id, 'pools' FROM budget_years",
    "SELECT case_id AS year_id, '2026-04-01' AS period FROM budget_years",
    *("SELECT case_id AS return_id FROM returns", "SELECT return_id, id AS row_id FROM return_outcomes"),
    "SELECT r.case_id AS return_id, l.id AS line_id FROM returns r JOIN budget_lines l ON l.unit_id = r.unit_id",
    *("SELECT return_id, id AS risk_id FROM return_risks", "SELECT return_id, action_id FROM return_actions"),
    "SELECT return_id, id AS question_id FROM return_questions",
    "SELECT case_id AS monitoring_meeting_id FROM monitoring_meetings WHERE minutes <> ''",
    "SELECT a.case_id AS action_id, l.id AS line_id FROM actions a JOIN action_lines l ON l.action_id = a.case_id",
    *("SELECT year_id, id AS allocation_id FROM allocations", "SELECT year_id, id AS entry_id FROM money_entries"),
    "SELECT y.case_id AS year_id, g.id AS grant_id FROM funding_grants g, budget_years y",
    *("SELECT year_id, id AS pool_id FROM pools", "SELECT year_id, id AS duty_id FROM duties"),
    "SELECT l.year_id, d.id AS demand_id FROM demands d JOIN budget_lines l ON l.id = d.line_id",
    "SELECT s.case_id AS specification_id, b.id AS budget_id FROM personal_budgets b"
    " JOIN specifications s ON s.unit_id = b.unit_id",
    "SELECT p.person_id AS number, p.id AS holding FROM post_holdings p WHERE p.person_id <= 3",
    'SELECT person_id AS number, id AS "grant" FROM grants WHERE person_id <= 3',
    "SELECT deputy_id AS number, id AS deputy FROM deputies",
    "SELECT id AS number, 'disable' AS verb FROM people WHERE id = 1",
    *("SELECT case_id AS plan_id FROM plans", "SELECT case_id AS cycle_id FROM cycles", "SELECT 0 AS place"),
    "SELECT case_id AS contract_id FROM contracts",
    *("SELECT plan_id, id AS priority_id FROM priorities", "SELECT plan_id, id AS aim_id FROM plan_aims"),
    "SELECT p.plan_id, p.id AS priority_id, o.id AS outcome_id FROM plan_outcomes o"
    " JOIN priorities p ON p.id = o.priority_id",
    *("SELECT id AS item_id FROM library_items", "SELECT case_id, item_id FROM library_links"),
    *(
        "SELECT id AS assessment_id FROM assessments",
        "SELECT 'q1' AS code",
        "SELECT 'policy' AS kind UNION SELECT 'challenge'",
    ),
    *("SELECT assessment_id, entry_id FROM assessment_ratings", "SELECT 'challenge' AS kind, 0 AS place"),
    *("SELECT case_id AS output_id FROM cycle_outputs", "SELECT cycle_id, case_id FROM cycle_links"),
    "SELECT case_id AS weighed_id FROM cycles UNION SELECT min(case_id) FROM reports"
    " UNION SELECT min(case_id) FROM bodies",
    "SELECT id AS consultation_id FROM consultations",
    "SELECT consultation_id, id AS answer_id FROM consultation_answers",
    "SELECT c.id AS consultation_id, min(r.case_id) AS report_id FROM consultations c, reports r GROUP BY c.id",
    *("SELECT case_id AS weighed_id, id AS option_id FROM options", "SELECT case_id, id AS option_id FROM options"),
    "SELECT cycle_id AS weighed_id, case_id AS report_id FROM cycle_links WHERE kind = 'report'"
    " UNION SELECT min(case_id), min(case_id) FROM reports",
    *("SELECT case_id AS partner_return_id FROM partner_returns", "SELECT id AS request_id FROM partner_requests"),
    "SELECT id AS indicator_id FROM partner_indicators",
    "SELECT max(id) AS message_id FROM messages",
    "SELECT i.meeting_id, i.case_id AS item_id, r.id AS recommendation_id"
    " FROM agenda_items i JOIN recommendations r ON r.report_id = i.report_id",
)
"""Values that belong together, named as the converters are."""

OF_UNITS = {
    *("unit_id", "specification_id", "package_id", "step_id", "sizing_id", "duplication_id", "year_id", "virement_id"),
    *("return_id", "monitoring_meeting_id", "function_id", "partner_return_id"),
}
OF_PAPERS = {
    "report_id",
    "meeting_id",
    "body_id",
    "decision_id",
    "section_id",
    "recommendation_id",
    "risk_id",
    "number",
    "notice_id",
}


@dataclass(frozen=True)
class Path:
    """A path and the ids in it. `of` is `units`, `papers`, or `all` for what names neither (lists, cases by id)."""

    text: str
    ids: frozenset[str]
    of: str


class Unasked(Exception):
    """Rules of which no path can be made, so nobody asks them."""


def all_paths(app: Flask, session: Session, method: str) -> list[Path]:
    """Every path that takes a method. Raises Unasked if a rule has converters that no query fills."""
    adapter, found, missing = app.url_map.bind("localhost"), {}, []
    values = {frozenset(names): rows for names, rows in _values(session)}
    for rule in app.url_map.iter_rules():
        names = frozenset(rule.arguments)
        if method not in (rule.methods or ()) or rule.rule.startswith("/static/"):
            continue
        defaults = frozenset(rule.defaults or ())
        if names - defaults and names - defaults not in values:
            missing.append(rule.rule)
        of = "units" if names & OF_UNITS else "papers" if names & OF_PAPERS else "all"
        for row in values.get(names - defaults, []) if names - defaults else [{}]:
            path = adapter.build(rule.endpoint, {**(rule.defaults or {}), **row})
            found[path] = Path(path, frozenset(str(v) for v in row.values()), of)
    if missing:
        raise Unasked(", ".join(sorted(missing)))
    return [found[path] for path in sorted(found)]


def _values(session: Session) -> Iterator[tuple[list[str], list[dict[str, object]]]]:
    for query in QUERIES:
        result = session.execute(text(query))
        names = list(result.keys())
        yield names, [dict(row) for row in result.mappings()]
