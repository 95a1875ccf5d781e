"""The parts of a return as a busy head sees them: what is red, amber, changed or new first, then the rest."""

from __future__ import annotations

from dataclasses import dataclass

from commissioning import labels
from commissioning.monitoring.queries import OutcomeRow, Sheet

TONES = {"red": "red", "amber": "yellow", "green": "green"}
URGENT = 3
"""Ranks up to this one need a word before the return can go."""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to answer: `key` says which page, `rank` how urgent it is (0 first)."""

    key: str
    title: str
    hint: str
    status: str
    tone: str | None
    is_done: bool
    rank: int
    is_shut: bool = False


def figure(thousandths: int | None, unit: str = "") -> str:
    """95.5 % from thousandths; nothing for None."""
    if thousandths is None:
        return ""
    whole, rest = divmod(abs(thousandths), 1000)
    text = f"{whole:,}" + (f".{rest:03d}".rstrip("0") if rest else "")
    return ("\u2212" if thousandths < 0 else "") + text + (f" {unit}" if unit else "")


def hundredths(value: int | None) -> str:
    """18.5 from hundredths; nothing for None."""
    return figure(value * 10) if value is not None else ""


def parts_of(sheet: Sheet) -> list[Part]:
    """Everything to answer, the most urgent first; of the same urgency in the order of the return."""
    parts = [_outcome(o) for o in sheet.outcomes]
    parts += _money(sheet)
    found = sheet.found
    counted = found.establishment_hundredths is not None and found.in_post_hundredths is not None
    said = f"{hundredths(found.in_post_hundredths)} of {hundredths(found.establishment_hundredths)} posts filled"
    parts.append(_plain("headcount", "Headcount", said if counted else "", done=counted))
    risky = bool(sheet.risks) or found.no_risks
    named = ", ".join(r.text[:60] for r in sheet.risks) or ("No risks to report" if found.no_risks else "")
    parts.append(_plain("risks", "Risks", named, done=risky))
    for a in sheet.actions:
        if not a.row.is_recovery or a.row.progress or not a.action.case.is_done:
            hint = f"Due {a.action.action_due_on:%-d %B %Y}" if a.action.action_due_on else "No date"
            status = "Answered" if a.row.progress else "Add progress if there is any"
            parts.append(Part(f"actions/{a.action.case_id}", a.action.text[:100], hint, status, None, True, 5))
    return sorted(parts, key=lambda p: p.rank)


def _plain(key: str, title: str, hint: str, *, done: bool) -> Part:
    return Part(key, title, hint, "Answered" if done else "To answer", None if done else "blue", done, 5 if done else 4)


def _outcome(o: OutcomeRow) -> Part:
    row, spec = o.row, o.spec
    key, title = f"outcomes/{row.id}", f"{spec.code}: {spec.statement}"
    target = f"{spec.measure}: target {figure(spec.target_thousandths, spec.measured_in)}"
    before = f", last month {figure(row.earlier_thousandths)}" if row.earlier_thousandths is not None else ""
    if not o.is_answered:
        was = f", {row.earlier_rag} last month" if row.earlier_rag in ("red", "amber") else ""
        other = ", new" if o.is_new else ", changed" if o.is_changed else ""
        then = o.agreed_before
        if then is not None and o.is_changed and then.target_thousandths != spec.target_thousandths:
            before += f"; the target was {figure(then.target_thousandths, then.measured_in)}"
        rank = {"red": 0, "amber": 1}.get(row.earlier_rag or "", 2 if other else 3)
        return Part(key, title, target + before, f"To answer{was}{other}", "blue", False, rank)
    if row.not_available:
        return Part(key, title, f"Not available: {row.not_available}", "Answered", None, True, 5)
    value = f"{figure(row.actual_thousandths, spec.measured_in)}; {target}{before}"
    words = labels.RAGS[row.rag or "green"]
    if o.needs_comment:
        return Part(key, title, value, f"{words}: say why", TONES[row.rag or ""], False, 0 if row.rag == "red" else 1)
    carried = ", still true" if row.is_carried else ""
    return Part(key, title, value, words + carried, TONES[row.rag or "green"], True, 5)


def _money(sheet: Sheet) -> list[Part]:
    money = sheet.money
    if not money.is_asked:
        return []
    if not money.is_open:
        text = "Finance has not released the month’s figures yet"
        return [Part("money", "Money", text, "Cannot start yet", None, False, 4, is_shut=True)]
    parts = []
    for line in money.lines:
        sums = (
            f"Forecast £{line.forecast / 100:,.0f} of £{line.budget / 100:,.0f}, {labels.METHODS[line.method].lower()}"
        )
        words, missing = labels.RAGS[line.rag], line.rag in ("red", "amber") and not line.commentary
        status = f"{words}: say why" if missing else words if line.version else f"{words}, from the ledger"
        rank = {"red": 0, "amber": 1}[line.rag] if missing else 5
        title = f"{line.code}: {line.name}"
        parts.append(Part(f"lines/{line.line_id}", title, sums, status, TONES[line.rag], not missing, rank))
    if money.over > 0 and money.lines:
        text = f"The forecast is £{money.over / 100:,.0f} over the cash limit"
        done = not sheet.needs_recovery
        status = "Answered" if done else "Add a recovery action"
        parts.append(
            Part("recovery", "Recover the overspend", text, status, None if done else "red", done, 5 if done else 0)
        )
    return parts


def first_open(parts: list[Part]) -> Part | None:
    """What to answer next; None if everything is."""
    return next((p for p in parts if not p.is_done and not p.is_shut), None)
