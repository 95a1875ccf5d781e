"""Who may know what, written from the table in the product's description and from nothing of its code.

`may_know`: whether the paper exists for somebody. `may_read_secret`: whether its exempt or confidential words do.
"""

from __future__ import annotations

INSIDERS = frozenset({"author", "contributor", "signer", "sponsor", "clerk", "authors_deputy"})
"""Author, contributors, asked signers, sponsor, clerks of the bodies in its route, and who acts for one of them."""

MEMBERS = frozenset({"member", "member_with_interest", "chair"})
"""Members of the body; the one with an interest has declared it for every paper."""

OTHERS = frozenset({"member_of_another_body", "former_member", "auditor", "administrator", "officer"})
EVERYBODY = sorted(INSIDERS | MEMBERS | OTHERS | {"director", "nobody"})


def may_know(who: str, exposure: str, secrecy: str, *, is_public_body: bool) -> bool:
    """Whether the paper is there for this person at all."""
    if who == "nobody":
        return False
    if who in INSIDERS:
        return True
    if exposure == "draft":
        return False
    if secrecy != "open":
        return who in {"director", "member", "chair"}
    if who in MEMBERS or who == "director":
        return True
    return exposure == "published" and is_public_body


def may_read_question(who: str) -> bool:
    """Questions of signers: asker, asked, author, sponsor, that team; never published."""
    return who in {"author", "authors_deputy", "signer", "sponsor"}
