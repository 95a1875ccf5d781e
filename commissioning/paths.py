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
ABOUT_PATHS = {
    "sign_in_code": SIGN_IN,
    "overview": "/overview",
    "deputy": "/account",
    "post_empty": "/admin/posts",
    "pack_failed": "/meetings/{id}/pack",
}
"""What a message leads to by what it is about, whatever the kind of its case."""


def path_of(kind: str | None, case_id: int | None, about: str = "") -> str:
    """The path of a case's page, or of what the message is about; that of one's messages where it has neither."""
    if about in ABOUT_PATHS:
        return ABOUT_PATHS[about].format(id=case_id)
    return INBOX if case_id is None else CASE_PATHS.get(kind or "", "/cases/{id}").format(id=case_id)
