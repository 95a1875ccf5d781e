"""The council's own rules: each setting with its default, what it may be, and the words that people read.

Here: the list, reading a value, checking one that was typed. Not here: rules of one body (columns of `bodies`), or what
the installation needs before it has a database (`config`). Changing a setting is a command of `admin`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from commissioning.calendars import KNOWN_UNTIL
from commissioning.models.people import Setting
from commissioning.policy import ORGANISATION_ROLES, SCOPED_ROLES
from workflows.working_days import in_words

PASSWORD, CODE = "password", "code"
WAYS = {
    PASSWORD: "A password, then a code from an authenticator app",
    CODE: "A six-digit code by email, with the device remembered for 30 days if the person asks",
}
OTHERS = "others"
"""People to whom no role is granted: members, partners, schools."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One setting: its default, its words, and either its choices or the numbers between which it lies, or a day."""

    default: str
    group: str
    label: str
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    between: tuple[int, int] | None = None
    is_day: bool = False
    not_below: tuple[str, str] | None = None
    """Another setting below which its number may not lie, and what is said then."""


def _sign_in() -> dict[str, Spec]:
    found = {}
    for role in (*ORGANISATION_ROLES, *SCOPED_ROLES, OTHERS):
        if role != "administrator":
            who = "Everybody else" if role == OTHERS else role.replace("_", " ").capitalize()
            found[f"sign_in.{role}"] = Spec(
                CODE if role == OTHERS else PASSWORD, "How people sign in", who, choices=tuple(WAYS.items())
            )
    return found


_UNITS = "Business units"
_RETURNS = "Monthly returns"
_MEETINGS = "Monitoring meetings, and what goes to a board"
_CONTRACTS = "Contracts"
_TRIES = "Signing in again and again"
SETTINGS: dict[str, Spec] = {
    **_sign_in(),
    "tries.account": Spec("5", _TRIES, "Wrong tries on one account before it has to wait", between=(3, 20)),
    "tries.address": Spec(
        "40",
        _TRIES,
        "Wrong tries from one network address before it has to wait",
        "A whole office may share one.",
        (),
        (10, 1000),
    ),
    "tries.minutes": Spec("15", _TRIES, "How long it has to wait, in minutes", between=(5, 1440)),
    "sizing.productive_days": Spec(
        "172", _UNITS, "Productive days of a full-time professional in a year", between=(100, 260)
    ),
    "sizing.support_ratio": Spec("5", _UNITS, "Business support is at most one to this many", between=(1, 50)),
    "returns.due_days": Spec(
        "8", _RETURNS, "A return is due so many working days after the first on which it opens", between=(1, 20)
    ),
    "returns.red_percent": Spec(
        "5",
        _RETURNS,
        "An overspend of this per cent of the budget is red",
        "Ratings of returns that are submitted stay as they are.",
        between=(1, 100),
    ),
    "returns.red_pounds": Spec(
        "100000", _RETURNS, "An overspend of this many pounds is red, whatever the budget", between=(1, 100_000_000)
    ),
    "returns.outcome_percent": Spec(
        "10", _RETURNS, "An outcome further off its target than this per cent is not green", between=(0, 100)
    ),
    "meetings.first_day": Spec(
        "5",
        _MEETINGS,
        "A monitoring meeting is wanted no sooner than so many working days after its return is due",
        "Meetings that are planned stay where they are.",
        between=(1, 20),
    ),
    "meetings.last_day": Spec(
        "8",
        _MEETINGS,
        "… and no later than so many working days",
        between=(1, 25),
        not_below=("meetings.first_day", "The last day for a monitoring meeting must not come before the first"),
    ),
    "escalation.budget_months": Spec(
        "2", _MEETINGS, "A unit goes to its board when it is not within budget so many months running", between=(1, 12)
    ),
    "escalation.outcome_months": Spec(
        "3", _MEETINGS, "… when an outcome is red so many months running", between=(1, 12)
    ),
    "escalation.late_returns": Spec("2", _MEETINGS, "… when so many of its returns are late", between=(1, 12)),
    "escalation.late_within": Spec(
        "6",
        _MEETINGS,
        "Late returns are counted within so many months",
        between=(1, 24),
        not_below=(
            "escalation.late_returns",
            "Late returns must be counted within at least as many months as returns may be late: there is one a month",
        ),
    ),
    "scrutiny.reply_months": Spec(
        "2", "Boards", "The executive replies to a recommendation of scrutiny within so many months", between=(1, 12)
    ),
    "core.fte_least": Spec("50", "The enabler core", "Fewest full-time people in the core", between=(0, 10_000)),
    "core.fte_most": Spec(
        "65",
        "The enabler core",
        "Most full-time people in the core",
        between=(0, 10_000),
        not_below=("core.fte_least", "The most people in the core must not be fewer than the fewest"),
    ),
    "partners.large_change_percent": Spec(
        "10",
        "Partner returns",
        "Change against the return before, in per cent, above which a partner says why",
        between=(1, 100),
    ),
    "contracts.exception_months": Spec(
        "18", _CONTRACTS, "A contract that ends within so many months needs a cycle", between=(1, 60)
    ),
    "contracts.tender_days": Spec(
        "60",
        _CONTRACTS,
        "Working days from the tender going out to the award",
        "From the tender going out: bids, evaluation, and approval of the result.",
        (),
        (1, 400),
    ),
    "contracts.award_days": Spec(
        "20",
        _CONTRACTS,
        "Working days from the award to the start of mobilisation",
        "The standstill, and signing. At least 10 leave room for a standstill of 8 working days.",
        (),
        (0, 200),
    ),
    "contracts.mobilisation_days": Spec(
        "60",
        _CONTRACTS,
        "Working days of mobilisation before a new contract begins",
        "Staff who transfer, buildings, records, telling the people who use the service.",
        (),
        (0, 400),
    ),
    "contracts.amber_days": Spec(
        "20", _CONTRACTS, "A contract is amber when its next date is so many working days away", between=(1, 200)
    ),
    "library.stale_days": Spec(
        "365", "Library", "Days after which an item that nobody has looked at counts as out of date", between=(30, 3650)
    ),
    "calendar.known_until": Spec(
        "",
        "Calendar",
        "Bank holidays are known until",
        "Empty: as far as the installation knows. A later day says that you have checked the closed days up to it.",
        is_day=True,
    ),
}
"""Every setting that the council may change, in the order of the page. Administrators always sign in with a password
and an authenticator app, so there is no setting for them."""


def get_settings(session: Session) -> dict[str, str]:
    """Every setting with its value in force. One query."""
    changed = {row.name: row.value for row in session.execute(select(Setting.name, Setting.value))}
    return {name: changed.get(name, spec.default) for name, spec in SETTINGS.items()}


def get_setting(session: Session, name: str) -> str:
    """One setting's value in force. Raises KeyError for a name that is not in the list."""
    found = session.execute(select(Setting.value).where(Setting.name == name)).scalar()
    return SETTINGS[name].default if found is None else found


def get_number(session: Session, name: str) -> int:
    """One setting that is a whole number."""
    return int(get_setting(session, name))


def way_to_sign_in(session: Session, roles: set[str]) -> str:
    """PASSWORD or CODE for somebody with these roles: the stricter of what their roles ask.

    Administrators always have a second factor (interface.md, Signing in).
    """
    if "administrator" in roles:
        return PASSWORD
    values = get_settings(session)
    asked = {values[f"sign_in.{role}"] for role in roles or {OTHERS} if f"sign_in.{role}" in values}
    return PASSWORD if PASSWORD in asked else CODE


def check_values(typed: Mapping[str, str], kept: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with values that were typed, in words, by name; `kept` are all that are in force."""
    wrong = {name: _check_one(name, text) for name, text in typed.items() if name in SETTINGS}
    found = {name: words for name, words in wrong.items() if words}
    if found:
        return found
    values = {**kept, **typed}
    for name, spec in SETTINGS.items():
        if spec.not_below and int(values[name]) < int(values[spec.not_below[0]]):
            found[name] = spec.not_below[1]
    until = values["calendar.known_until"]
    # What was confirmed before a newer release knew more may stay: it holds nothing back.
    if until and until != kept["calendar.known_until"] and date.fromisoformat(until) < KNOWN_UNTIL:
        found["calendar.known_until"] = (
            f"Bank holidays are known until {in_words(KNOWN_UNTIL)} already: enter a later day, or none"
        )
    return found


def _check_one(name: str, text: str) -> str | None:
    spec, wrong = SETTINGS[name], None
    if spec.choices and text not in dict(spec.choices):
        wrong = "Select one of the ways listed"
    elif spec.between:
        low, high = spec.between
        if not text.isascii() or not text.isdigit() or not low <= int(text[:9]) <= high:
            wrong = f"{spec.label} must be a whole number between {low:,} and {high:,}"
    elif spec.is_day and text:
        try:
            date.fromisoformat(text)
        except ValueError:
            wrong = f"{spec.label}: enter a real date"
    return wrong
