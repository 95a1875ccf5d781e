"""Every page of notices and the forward plan, with somebody who may read it (`every_page`)."""

from __future__ import annotations

from typing import Final

from tests.support.every_page_read import Read

_SECRETARY, _PUBLIC = "Democratic Services Officer", "public"
_GIVES = "clerk of Cabinet, which gives notice"
_OUT = "SELECT n.id AS notice_id FROM notices n JOIN cases c ON c.id = n.report_id WHERE c.state = 'published'"
_SECRET = "SELECT id AS report_id FROM cases WHERE kind = 'report' AND secrecy = 'exempt'"

NOTICE_FILES: Final = {"/forward-plan.csv": "a file to keep"}

NOTICE_PAGES: Final = {
    "/forward-plan": Read(_SECRETARY, "everybody has one", main=True),
    "/forward-plan/promise": Read(_SECRETARY, "records actions"),
    "/notices/<int:notice_id>": Read("", _PUBLIC, _OUT, main=True),
    "/notices/<int:notice_id>/withdraw": Read(_SECRETARY, _GIVES, _OUT),
    "/reports/<int:report_id>/notices/new": Read(_SECRETARY, _GIVES, _SECRET, query="?kind=private_urgency"),
}
