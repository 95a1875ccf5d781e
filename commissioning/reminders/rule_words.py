"""Reminder rules as people say and type them: "5 before, on the day, 1 after", and whole sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from commissioning.labels import ROLES
from workflows.definition import Reminder, State

DUE: Final = {
    "action_due_on": "the action is due",
    "blocked_until_on": "it is blocked until",
    "decide_on": "it must be decided",
    "draft_on": "the draft is due",
    "live_on": "the unit is to go live",
    "meeting_on": "the meeting is",
    "outturn_on": "the outturn is due",
    "output_due_on": "the output is due",
    "papers_close_on": "papers close",
    "partner_due_on": "the partner’s return is due",
    "publish_on": "the agenda must be out",
    "resume_on": "it goes on again",
    "return_due_on": "the return is due",
    "settle_on": "it is to be on the agenda or decided",
    "sign_off_on": "sign-offs are due",
    "stage_due_on": "the stage is to end",
    "starts_on": "it starts",
    "statements_on": "statements are due",
    "step_due_on": "the step is due",
}
"""The days that definitions count from."""
_BEFORE = re.compile(r"(?:-|−)(\d+)|(\d+)(?: working)?(?: days?)? before")
_AFTER = re.compile(r"\+(\d+)|(\d+)(?: working)?(?: days?)? after")
_EVERY = re.compile(r"(?:then )?(?:every (\d+)(?: working)?(?: days?)?(?: after)?|(daily|every(?: working)? day))")
_ON = {"0", "on the day", "the day"}
MOST_TYPED: Final = 20


class NoDays(ValueError):
    """What was typed is no list of days; the words say why."""


def due_words(state: State) -> str:
    """When a state is due, in words."""
    due = state.due
    if due is None:
        return "Never due"
    base = "it gets there" if due.after == "entered" else DUE.get(due.after, due.after.replace("_", " "))
    if not due.working_days:
        return f"When {base}"
    return f"{_count(due.working_days)} {'after' if due.working_days > 0 else 'before'} {base}"


def _count(days: int) -> str:
    return f"{abs(days)} working day{'' if abs(days) == 1 else 's'}"


def _list(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def days_words(days: Sequence[int]) -> str:
    """`5 and 2 working days before, on the day, 1 working day after`."""
    found = []
    for side, word in (([d for d in sorted(days) if d < 0], "before"), ([d for d in sorted(days) if d > 0], "after")):
        if side:
            unit = "working day" if [abs(d) for d in side] == [1] else "working days"
            found.append(f"{_list([str(abs(d)) for d in side])} {unit} {word}")
    if 0 in days:
        found.insert(1 if min(days) < 0 else 0, "on the day")
    return ", ".join(found)


def whom(rule: Reminder, state: State) -> str:
    """Whom a rule tells."""
    if rule.to is not None:
        return ROLES.get(rule.to, rule.to)
    return _list([ROLES.get(role, role) for role in state.roles_asked] or ["who holds it"])


def sentence(rules: Sequence[Reminder], state: State) -> str:
    """All rules of a state, in the order of their first day: who is told when, and who next."""
    ordered = sorted(rules, key=lambda rule: (rule.escalates, min(rule.days)))
    parts = [f"{days_words(rule.days)}: {whom(rule, state)}" for rule in ordered]
    return "; then ".join(part if n else part[0].upper() + part[1:] for n, part in enumerate(parts))


def typed_days(days: Sequence[int]) -> str:
    """Days as they are typed: `5 before, on the day, 1 after`."""
    return ", ".join(f"{abs(d)} {'before' if d < 0 else 'after'}" if d else "on the day" for d in sorted(days))


def read_days(text: str, most: int | None) -> tuple[int, ...]:
    """The days that were typed, none twice, in order; `most`: how many at most, if that was said.

    Raises NoDays with what is wrong.
    """
    days: list[int] = []
    every = None
    for part in filter(None, re.split(r"\s*(?:,|;|\band\b)\s*", " ".join(text.lower().split()))):
        if every is not None:
            raise NoDays("“every …” must be the last of the days")
        if found := _EVERY.fullmatch(part):
            every = int((found[1] or "1")[:4])
        else:
            days.append(_day(part))
    if not days:
        raise NoDays("Enter at least one day, such as 5 before, on the day, 1 after")
    days = sorted(set(days))
    if every is not None:
        days = _go_on(days, every, most)
    if len(days) > (most or MOST_TYPED):
        raise NoDays(f"There are {len(days)} days, but at most {most or MOST_TYPED} are wanted")
    return tuple(days)


def _go_on(days: list[int], every: int, most: int | None) -> list[int]:
    if most is None:
        raise NoDays("A reminder that goes on for ever helps nobody: say how many times at most")
    if not every:
        raise NoDays("“every 0” is no interval: enter every 1 or more")
    return days + [days[-1] + every * n for n in range(1, min(most, MOST_TYPED) - len(days) + 1)]


def _day(part: str) -> int:
    if part in _ON:
        return 0
    if found := _BEFORE.fullmatch(part):
        return -int((found[1] or found[2])[:5])
    if found := _AFTER.fullmatch(part):
        return int((found[1] or found[2])[:5])
    if part.isdigit():
        raise NoDays(f"Say whether {part[:10]} is before or after, such as {part[:10]} before")
    raise NoDays(f"“{part[:40]}” is no day: enter days such as 5 before, on the day, 1 after")
