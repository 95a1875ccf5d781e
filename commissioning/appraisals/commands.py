"""Weighing options: writing one, taking one out, giving the appraisal as the evidence of a cycle's output."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.appraisals.queries import EDITED_BY, get_option, get_weighed, list_options, what_is_missing
from commissioning.appraisals.words import passage
from commissioning.casework import amend, perform
from commissioning.casework.context import Context
from commissioning.casework.errors import Invalid, NotFound, NotNow, check_seen
from commissioning.clock import fresh_id
from commissioning.models.cycles import CycleOutput
from commissioning.models.weighing import COST_BANDS, OPTION_KINDS, RISKS, VERDICTS, Option
from workflows.london import london_day
from workflows.registry import Refusal

LONGEST_TITLE, LONGEST_TEXT = 200, 4000
MOST = 20
MOST_PENCE = 10**13


@dataclass(frozen=True)
class OptionInput:
    """An option as it is typed; its cost in pence a year against the status quo, or a band where no sum is known."""

    kind: str
    title: str
    description: str = ""
    cost_pence: int | None = None
    cost_band: str | None = None
    cost_reason: str = ""
    risk: str = "low"
    risk_words: str = ""
    verdict: str = "open"
    verdict_reason: str = ""


def save_option(
    session: Session, actor: Actor, case_id: int, option_id: int | None, new: OptionInput, *, seen: int | None = None,
    now: datetime, key: str | None = None,
) -> None:  # fmt: skip
    """Weigh an option for a case, or change one (LG-12). Raises NotFound, Invalid by field, Stale."""
    case = get_weighed(session, actor, case_id, london_day(now))

    def change(context: Context) -> None:
        others = [o for o in list_options(session, case_id) if o.id != option_id]
        errors = _problems(new, others)
        if errors:
            raise Invalid(errors)
        row = _fresh(session, case_id) if option_id is None else get_option(session, case_id, option_id)
        if option_id is not None:
            check_seen(seen, row.version, row.title)
        before = _values(row)
        for name, value in asdict(new).items():
            setattr(row, name, value.strip() if isinstance(value, str) else value)
        if _values(row) == before:
            return
        row.version += 1
        session.add(row)
        context.changed("option", None if option_id is None else before, _values(row))

    amend(session, actor, case_id, EDITED_BY[case.kind], f"{case.kind}.option_saved", change, now=now, key=key,
          body=[option_id, asdict(new), seen])  # fmt: skip


def remove_option(
    session: Session, actor: Actor, case_id: int, option_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Take an option out; its words stay in the record. Raises NotFound."""
    case = get_weighed(session, actor, case_id, london_day(now))

    def change(context: Context) -> None:
        row = get_option(session, case_id, option_id)
        context.changed("option", _values(row), None)
        session.delete(row)

    amend(session, actor, case_id, EDITED_BY[case.kind], f"{case.kind}.option_removed", change, now=now, key=key,
          body=option_id)  # fmt: skip


def give_as_evidence(
    session: Session, actor: Actor, cycle_id: int, output_id: int, *, now: datetime, key: str | None = None
) -> None:
    """Say that an output of a cycle is done, with its appraisal as what shows it. Raises NotFound, NotNow if it is not
    whole: one option preferred, the status quo among them, a reason for each."""
    case = get_weighed(session, actor, cycle_id, london_day(now))
    output = session.get(CycleOutput, output_id)
    if case.kind != "cycle" or output is None or output.cycle_id != cycle_id:
        raise NotFound
    options = list_options(session, cycle_id)
    missing = what_is_missing(options)
    if missing:
        raise NotNow([Refusal("appraisal_not_whole", text) for text in missing])
    said = f"Options appraisal of {london_day(now):%-d %B %Y}.\n\n{passage(options)}"
    perform(session, actor, output_id, "provide", now=now, key=key, fields={"evidence": said})


def _fresh(session: Session, case_id: int) -> Option:
    last = session.scalar(select(func.max(Option.position)).where(Option.case_id == case_id)) or 0
    return Option(id=fresh_id(), case_id=case_id, position=last + 1, version=0)


def _values(row: Option) -> list[object]:
    return [getattr(row, name) for name in OptionInput.__dataclass_fields__]


def _problems(new: OptionInput, others: list[Option]) -> dict[str, str]:
    errors: dict[str, str] = {}
    known = {"kind": OPTION_KINDS, "risk": RISKS, "verdict": VERDICTS, "cost_band": (None, *COST_BANDS)}
    wanted = {"kind": "Select what kind of option it is", "risk": "Select how great the risk is",
              "verdict": "Select whether it is preferred", "cost_band": "Select how the cost compares"}  # fmt: skip
    errors |= {name: wanted[name] for name, codes in known.items() if getattr(new, name) not in codes}
    if not new.title.strip():
        errors["title"] = "Enter what the option is called"
    for name in ("title", "description", "cost_reason", "risk_words", "verdict_reason"):
        longest = LONGEST_TITLE if name == "title" else LONGEST_TEXT
        if len(getattr(new, name)) > longest:
            errors[name] = f"This must be {longest:,} characters or fewer"
    return errors | _cost_problems(new) | _verdict_problems(new, others)


def _cost_problems(new: OptionInput) -> dict[str, str]:
    if new.cost_pence is not None and abs(new.cost_pence) > MOST_PENCE:
        return {"cost_pence": "The cost is too large"}
    if new.kind == "status_quo":
        given = new.cost_pence or new.cost_band
        return (
            {"cost_pence": "The others are set against the status quo, so it has no cost of its own"} if given else {}
        )
    if new.cost_pence is not None and new.cost_band:
        return {"cost_band": "Give a sum or select how it compares, not both"}
    if (new.cost_pence is not None or new.cost_band) and not new.cost_reason.strip():
        return {"cost_reason": "Say what the cost rests on"}
    return {}


def _verdict_problems(new: OptionInput, others: list[Option]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if new.verdict != "open" and not new.verdict_reason.strip():
        errors["verdict_reason"] = f"Enter why it is {new.verdict}"
    preferred = next((o.title for o in others if o.verdict == "preferred"), None)
    if new.verdict == "preferred" and preferred:
        errors["verdict"] = f"“{preferred}” is preferred already: say first why it is not"
    if new.kind == "status_quo" and any(o.kind == "status_quo" for o in others):
        errors["kind"] = "The status quo is among the options already"
    if len(others) >= MOST:
        errors[""] = f"An appraisal has at most {MOST} options"
    return errors
