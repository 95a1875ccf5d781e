"""The public edition, and what is before the public, for the tests that open every page of the URL map."""

from __future__ import annotations

from tests.support.every_page_read import Read

_ITEM = "SELECT item_id FROM publications WHERE is_whole"
_MEETING = "SELECT i.meeting_id FROM publications p JOIN agenda_items i ON i.case_id = p.item_id"
_MINUTES = (
    "SELECT id AS meeting_id FROM cases WHERE kind = 'meeting' AND state IN ('minutes_approved', 'closed') "
    "ORDER BY title"
)
_DECISION = "SELECT id AS decision_id FROM cases WHERE kind = 'decision' AND state = 'call_in_open' ORDER BY title"
_FROM = (
    "FROM publications p JOIN cases c ON c.id = p.report_id JOIN bodies b ON c.scope = 'body:' || b.case_id "
    "WHERE p.is_whole AND b.name = 'Cabinet' ORDER BY c.title"
)
_OF, _PAPER = f"SELECT p.report_id {_FROM}", f"SELECT p.report_id AS case_id {_FROM}"
_ALL = "anybody"

PUBLIC_FILES = {
    **dict.fromkeys(
        ("/decisions.json", "/public/decisions.json", "/public/bodies.json", "/public/meetings.json"), "data"
    ),
    **dict.fromkeys(("/public/meetings/<int:meeting_id>.json", "/public/reports/<int:item_id>.json"), "data"),
    **dict.fromkeys(("/public/meetings.atom", "/public/decisions.atom"), "a feed"),
    "/public/reports/<int:item_id>/appendices/<letter>": "a file to keep",
    "/meetings/<int:meeting_id>/outcomes/import/template.csv": "a file to keep",
    "/meetings/<int:meeting_id>/hand-over.zip": "a file to keep",
    "/meetings/<int:meeting_id>/hand-over-public.zip": "a file to keep",
    "/public/meetings/<int:meeting_id>/pack.pdf": "a file to keep",
}
PUBLIC_PAGES = {
    "/public": Read("", _ALL, main=True),
    "/public/bodies/<int:body_id>": Read(
        "",
        _ALL,
        "SELECT m.body_id FROM meetings m JOIN cases c ON c.id = m.case_id JOIN bodies b "
        "ON b.case_id = m.body_id WHERE c.exposure = 'published' AND b.meets_in_public",
    ),
    "/public/meetings": Read("", _ALL),
    "/public/meetings/<int:meeting_id>": Read("", _ALL, _MEETING, main=True),
    "/public/reports/<int:item_id>": Read("", _ALL, _ITEM, main=True),
    "/public/decisions": Read("", _ALL, main=True),
    "/public/decisions/<int:decision_id>": Read("", _ALL, _DECISION),
    "/published/<int:case_id>": Read(
        "Democratic Services Officer",
        "clerk of the body",
        _PAPER,
    ),
    "/exemptions": Read("Democratic Services Officer", "clerk of the body"),
    "/reports/<int:report_id>/exemptions": Read("Democratic Services Officer", "clerk", _OF),
    "/meetings/<int:meeting_id>/publishing": Read(
        "Democratic Services Officer",
        "clerk of the body",
        "SELECT id AS meeting_id FROM cases WHERE kind = 'meeting' AND state = 'agenda_published' ORDER BY title",
    ),
    "/reports/<int:report_id>/publishing": Read("Democratic Services Officer", "clerk", _OF),
    "/reports/<int:report_id>/as-the-public": Read("Democratic Services Officer", "clerk", _OF),
}
PUBLIC_PAGES |= dict.fromkeys(
    ("/meetings/<int:meeting_id>/hand-over", "/meetings/<int:meeting_id>/outcomes/import"),
    Read(
        "Democratic Services Officer",
        "clerk of a body kept in another system",
        "SELECT m.case_id AS meeting_id FROM meetings m JOIN bodies b ON b.case_id = m.body_id WHERE b.kept_in <> ''",
    ),
)
PUBLIC_ELSEWHERE = dict.fromkeys(
    (
        *("/public/meetings/<int:meeting_id>/minutes", "/published/<int:case_id>/<document>"),
        *("/exemptions/<int:exemption_id>", "/reports/<int:report_id>/exemptions/<level>/<int:part_id>"),
    ),
    "the example has none: test_public_edition_in_browser.py",
)
