"""Who may know what, written from the table in the product's description and from nothing of its code.

Who does what is `duties`, with each rule quoted. `may_know`: whether the paper exists for somebody. `may_read_secret`:
whether its exempt or confidential words do. `may_see_unit` and its like: what belongs to a unit.
"""

from __future__ import annotations

from tests.access.duties import ACTIONS, BARRED, OPENERS

__all__ = ["ACTIONS", "BARRED", "OPENERS"]

INSIDERS = frozenset({"author", "contributor", "signer", "sponsor", "clerk", "authors_deputy"})
"""Author, contributors, asked signers, sponsor, clerks of the bodies in its route, and who acts for one of them."""

MEMBERS = frozenset({"member", "member_with_interest", "chair"})
"""Members of the body; the one with an interest has declared it for every paper."""

OTHERS = frozenset({"member_of_another_body", "former_member", "auditor", "administrator", "officer"})

ABOVE_UNITS = frozenset({"carla", "director", "finn", "auditor"})
"""Commissioner, director, finance, auditor: they see every unit's return, specification and money."""

LEADERS = frozenset({"leo", "fay"})
"""Strategy leader and finance strategy leader of both units."""

HEADS = {1: frozenset({"heidi", "stand_in"}), 2: frozenset({"hugo"})}
"""Head and a deputy of the head, by unit; each heads a unit that is being set up besides, without contributors."""

OWN = {1: frozenset({"heidi", "helper", "stand_in"}), 2: frozenset({"hugo"})}
"""Head, contributor, a deputy of the head, by unit."""

BOARD = frozenset({"bertha", "clerk", "chair"})
"""A member, the clerk and the chair of the board to which both units answer."""

CYCLE_PEOPLE = ABOVE_UNITS | {"leo"}
"""Those above units, and who leads the cycles."""

UNIT_PEOPLE = ABOVE_UNITS | LEADERS | OWN[1] | OWN[2] | {"bertha"}
PAPER_PEOPLE = sorted(INSIDERS | MEMBERS | OTHERS | {"director", "nobody"})
EVERYBODY = sorted({*PAPER_PEOPLE, *UNIT_PEOPLE})


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


def may_see_unit(who: str, number: int) -> bool:
    """A unit's return, specification, money, meetings, set-up and sizing: its head and contributors, its two leaders,
    and those above units. Of `number` 0: what both units are told, so whoever sees one of them."""
    if number == 0:
        return may_see_unit(who, 1) or may_see_unit(who, 2)
    return who in ABOVE_UNITS | LEADERS | OWN[number]


def may_read_word(who: str, whose: str, number: int) -> bool:
    """Whether somebody may read a word that is a unit's, by whose it is in it."""
    rules = {
        "unit": may_see_unit(who, number),
        "newcomer": who in ABOVE_UNITS | LEADERS | HEADS.get(number, frozenset()),
        "both": may_see_unit(who, 0),
        "year": who in ABOVE_UNITS,  # the money of all: those above units
        "plan": who in OWN.get(number, frozenset()),  # its internal working plan: the unit alone (BR-16)
        "statement": may_see_unit(who, number),  # the core, and the unit that made it, until one is designated
        "escalation": may_see_unit(who, number) or who in BOARD,
        # Cycles (of no unit): a draft its lead's and of those above units; once Assess has begun also of the board that
        # decides, and of whoever owns an output of it, who sees that output and no other one.
        "plan_draft": who in ABOVE_UNITS,
        # Self-assessment: an open round is theirs who write it; of a draft plan, theirs who see the plan.
        "round_open": who in {"carla", "director"},
        "round_draft": who in ABOVE_UNITS,
        "round_done": True,
        "cycle_draft": who in CYCLE_PEOPLE,
        "cycle": who in CYCLE_PEOPLE | MEMBERS | {"clerk", "helper"},
        # A contract: those above units, legal teams, who manages it (helper) and who leads its cycle (leo).
        "contract": who in CYCLE_PEOPLE | {"helper"},
        "output_given": who in CYCLE_PEOPLE | MEMBERS | {"clerk", "helper"},
        "output_kept": who in CYCLE_PEOPLE | MEMBERS | {"clerk"},
        # Minutes: drafts are for those at the table alone (P-19); approved, for whoever knows of the meeting.
        "minutes_draft": who in MEMBERS | {"clerk"},
        "minutes_private": who in OFFICER_BODY,
    }
    return who != "nobody" and rules[whose]


def may_see_thing(who: str, kind: str, number: int) -> bool:
    """Whether a case of this kind exists for somebody. Units are known to everybody who is signed in, by name."""
    if who == "nobody":
        return False
    if kind in {"unit", "newcomer"}:
        return True
    if kind == "output_draft":
        return may_read_word(who, "cycle_draft", number)
    if kind in {"plan_draft", "cycle_draft", "cycle", "output_given", "output_kept", "contract"}:
        return may_read_word(who, kind, number)
    whose = {
        "year": "year",
        "setup_step": "newcomer",
        "sizing": "newcomer",
        "partner_return": "newcomer",
        "duplication": "unit" if number else "both",  # claimed by this unit alone, or by both
    }.get(kind, "unit")
    return may_read_word(who, whose, number)


OFFICER_BODY = MEMBERS | {"clerk", "director"}
"""Who knows of a meeting of a body that does not meet in public, where it hears no paper of anybody else."""

OFFICER_MEETING = OFFICER_BODY | {"author", "contributor", "sponsor", "authors_deputy"}
"""Who knows of a meeting of a body that does not meet in public: its members and officers, the director, and by name
whose paper it hears."""


def may_read_secret(who: str, exposure: str) -> bool:
    """The exempt part of a paper: who has a part in it; once it is out, director and members without an interest."""
    return who in INSIDERS or (exposure != "draft" and who in {"director", "member", "chair"})


def may_know_decision(who: str, exposure: str, paper: tuple[str, str, bool]) -> bool:
    """A decision, open or (`exposure` ends so) on a secret recommendation, of a paper (exposure, secrecy, public body).

    As the paper that it decides; recorded and not published yet, only whoever has a step in it, and the director.
    """
    state, secrecy, is_public = paper
    if not may_know(who, state, secrecy, is_public_body=is_public):
        return False
    if exposure == "recorded":
        return who in {"clerk", "chair", "director"}
    return exposure != "secret" or may_read_secret(who, state)


PUBLIC = {
    *("/sign-in", "/sign-in/code", "/sign-in/authenticator", "/sign-in/password", "/sign-in/set-up"),
    *("/sign-in/example", "/sign-out", "/help", "/accessibility", "/healthz", "/readyz", "/brand.css", "/metrics"),
    *("/api/v1/openapi.json", "/api/v1/docs", "/calendar.ics", "/decisions.json"),
    *("/public", "/public/bodies.json", "/public/bodies/<int:body_id>", "/public/meetings", "/public/meetings.json"),
    *("/public/meetings.atom", "/public/meetings/<int:meeting_id>", "/public/meetings/<int:meeting_id>.json"),
    "/public/meetings/<int:meeting_id>/pack.pdf",
    *("/public/meetings/<int:meeting_id>/minutes", "/public/reports/<int:item_id>"),
    *("/public/reports/<int:item_id>.json", "/public/reports/<int:item_id>/appendices/<letter>"),
    *("/public/decisions", "/public/decisions.json", "/public/decisions.atom"),
    "/public/decisions/<int:decision_id>",
    "/notices/<int:notice_id>",
}
"""What is there for somebody who is not signed in."""

_OUTSIDERS = (
    *(("/admin/who-can-do-what", "officer"), ("/admin", "carla"), ("/audit", "carla"), ("/boards/new", "carla")),
    *(("/duplications/new", "hugo"), ("/money/new", "hugo"), ("/monitoring-meetings/plan", "hugo")),
    *(("/escalations/units/", "hugo"), ("/units/new", "hugo"), ("/units/functions/new", "hugo")),
    *(("/units/functions/<int:function_id>/end", "hugo"), ("/units/<int:unit_id>/set-up/begin", "hugo")),
    *(("/returns/desk/due", "carla"), ("/reports/new", "hugo"), ("/packages/new", "hugo")),
    *(("/packages/<int:package_id>/edit", "hugo"), ("/units/set-up/begin", "hugo")),
    *(("/units/set-up/template", "hugo"), ("/partner-returns/totals", "hugo"), ("/partner-returns/requests", "hugo")),
    ("/partner-returns/reported", "hugo"),
    ("/partner-returns/indicators", "hugo"),
    *(("/library/new", "hugo"), ("/library/<int:item_id>/", "hugo")),
    *(("/assessments/new", "hugo"), ("/checklists/<kind>/", "hugo"), ("/assessments/<int:assessment_id>/", "hugo")),
    *(("/challenge/<code>/", "hugo"), ("/overview", "hugo"), ("/plans/new", "hugo"), ("/cycles/new", "hugo")),
    *(("/cycles/template/", "hugo"), ("/partner-returns/spending", "hugo")),
    *(("/units/<int:unit_id>/hand-over", "hugo"), ("/units/<int:unit_id>/successors", "hugo")),
    *(("/contracts/new", "hugo"), ("/contracts/import", "hugo")),
)


def outsider(rule: str) -> str | None:
    """Somebody signed in for whom a page that belongs to a role is not there; None for pages of everybody."""
    if rule == "/money":
        return "hugo"
    return next((who for start, who in _OUTSIDERS if rule.startswith(start)), None)
