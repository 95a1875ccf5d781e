"""Where a thing stands in the pages, for links in messages: kind to path, without the web edge."""

from __future__ import annotations

CASE_PATHS = {
    "report": "/reports/{id}",
    "meeting": "/meetings/{id}",
    "agenda_item": "/cases/{id}",
    "decision": "/decisions/{id}",
    "action": "/actions/{id}",
    "body": "/boards/{id}",
}
INBOX = "/reminders"
SIGN_IN = "/sign-in"


def path_of(kind: str | None, case_id: int | None) -> str:
    """The path of a case's page; that of one's messages where a case has none."""
    template = CASE_PATHS.get(kind or "")
    return template.format(id=case_id) if template and case_id is not None else INBOX
