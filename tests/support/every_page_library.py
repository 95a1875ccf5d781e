"""Every page of the library, self-assessment and challenge questions, with somebody who may read it (`every_page`)."""

from __future__ import annotations

from typing import Final

from tests.support.every_page_read import Read

_TEAM, _LEAD, _MEMBER = "Commissioning Officer", "Commissioning Manager", "Lead Member for Children"
_KEEPS, _ASSESSES, _ANSWERS, _READS = "keeps the library", "assesses", "answers them", "everybody who is signed in"
_CHANGES = "changes the lists"
_ITEM = "SELECT id AS item_id FROM library_items WHERE kind = 'policy' ORDER BY title"
_CITED = "SELECT l.case_id FROM library_links l JOIN cases c ON c.id = l.case_id WHERE c.kind = 'cycle'"
_FINISHED = "SELECT id AS assessment_id FROM assessments WHERE finished_at IS NOT NULL ORDER BY held_on DESC"
_OPEN = "SELECT id AS assessment_id FROM assessments WHERE finished_at IS NULL"
_RATED = (
    "SELECT r.assessment_id, r.entry_id FROM assessment_ratings r JOIN assessments a ON a.id = r.assessment_id "
    "WHERE a.finished_at IS NULL ORDER BY r.id"
)
_IMPROVED = (
    "SELECT assessment_id, entry_id FROM assessment_ratings WHERE improvement <> '' AND action_id IS NULL ORDER BY id"
)
_PLAN = "SELECT plan_id FROM assessments WHERE plan_id IS NOT NULL"
_TWICE = "SELECT code FROM challenge_answers GROUP BY code HAVING count(*) > 1"

LIBRARY_FILES: Final = {
    "/library.csv": "a file to keep",
    "/assessments/council.csv": "a file to keep",
    "/assessments/plans/<int:plan_id>.csv": "a file to keep",
    "/challenge.csv": "a file to keep",
}

LIBRARY_PAGES: Final = {
    "/library": Read(_TEAM, _KEEPS, main=True),
    "/library/new": Read(_TEAM, _KEEPS),
    "/library/new/<kind>": Read(_TEAM, _KEEPS, "SELECT 'policy' AS kind"),
    "/library/<int:item_id>": Read(_TEAM, _KEEPS, _ITEM, main=True),
    "/library/<int:item_id>/edit": Read(_TEAM, _KEEPS, _ITEM),
    "/library/<int:item_id>/archive": Read(_TEAM, _KEEPS, _ITEM),
    "/cases/<int:case_id>/library": Read(_LEAD, "leads the cycle", _CITED),
    "/assessments": Read(_TEAM, _ASSESSES, main=True),
    "/assessments/new": Read(_TEAM, _ASSESSES),
    "/assessments/council": Read(_MEMBER, _READS, main=True),
    "/assessments/plans/<int:plan_id>": Read(_TEAM, _ASSESSES, _PLAN),
    "/assessments/<int:assessment_id>": Read(_TEAM, _ASSESSES, _FINISHED, main=True),
    "/assessments/<int:assessment_id>/edit": Read(_TEAM, _ASSESSES, _OPEN),
    "/assessments/<int:assessment_id>/correct": Read(_TEAM, _ASSESSES, _FINISHED),
    "/assessments/<int:assessment_id>/headings/<int:entry_id>": Read(_TEAM, _ASSESSES, _RATED),
    "/assessments/<int:assessment_id>/headings/<int:entry_id>/action": Read(_LEAD, _ASSESSES, _IMPROVED),
    "/checklists/<kind>": Read(_TEAM, _CHANGES, "SELECT 'assessment' AS kind"),
    "/checklists/<kind>/new": Read(_TEAM, _CHANGES, "SELECT 'challenge' AS kind"),
    "/checklists/<kind>/<int:place>": Read(_TEAM, _CHANGES, "SELECT 'assessment' AS kind, 0 AS place"),
    "/challenge": Read(_MEMBER, _READS, main=True),
    "/challenge/<code>": Read(_MEMBER, _READS, _TWICE, main=True),
    "/challenge/<code>/answer": Read(_TEAM, _ANSWERS, "SELECT 'q3' AS code"),
}
