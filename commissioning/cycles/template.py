"""The outputs of the stages: the product's list (product.md, 2), and the council's own, in versions.

Here: the template. Not here: the outputs of a cycle, which are cases (`making`). A cycle keeps the version that it
began with, so that a change of the template moves nothing under anybody's feet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from commissioning import audit
from commissioning.actors import Actor
from commissioning.casework.allowing import require
from commissioning.casework.errors import Invalid, check_seen
from commissioning.casework.keys import claim
from commissioning.models.cycles import BRINGS, STAGES, CycleTemplate, TemplateOutput

LONGEST_TITLE, LONGEST_HINT, MOST_DAYS, MOST = 120, 2000, 400, 40


@dataclass(frozen=True)
class OutputInput:
    """An output as the template says it: due so many working days after its stage begins."""

    stage: str
    title: str
    hint: str = ""
    is_required: bool = True
    working_days: int = 40
    brings: str = ""
    """How far what follows the cycle's contracts has come once it is done."""


def _of(stage: str, *rows: tuple[str, bool, int], **brings: str) -> tuple[OutputInput, ...]:
    return tuple(OutputInput(stage, t, "", required, days, brings.get(t.split()[0], "")) for t, required, days in rows)


USUAL: Final = (
    *_of(
        "assess",
        ("Scope and remit", True, 10),
        ("Needs assessment", True, 40),
        ("Legislation and guidance scan", True, 30),
        ("Map of services with costs", True, 40),
        ("Users’ voice", True, 40),
        ("Benchmark", False, 45),
        ("Evidence of what works", False, 45),
        ("Resources and risks", True, 50),
        ("Summary", True, 60),
    ),
    *_of(
        "plan",
        ("Priorities and outcomes", True, 15),
        ("Gap analysis", True, 25),
        ("Options appraisal", True, 35),
        ("Consultation", True, 60),
        ("Equality assessment", True, 60),
        ("Three-year cost plan", True, 45),
        ("Specification", True, 60),
        ("Payment mechanism", False, 60),
        ("Risk", True, 60),
        ("Plan report to the board", True, 70),
    ),
    *_of(
        "do",
        ("Set-up or procurement", True, 120),
        ("Agreed specification", True, 120),
        ("Cash limit", True, 120),
        ("Monitoring format", True, 120),
        ("Mobilisation", True, 160),
        ("Monitoring running", True, 180),
        **{"Set-up": "award", "Mobilisation": "mobilisation"},
    ),
    *_of(
        "review",
        ("Outcome and cost review", True, 40),
        ("Feedback", True, 40),
        ("Unit cost, cost per outcome, benchmark", True, 50),
        ("Lessons", True, 55),
        ("Recommendation: continue, vary, re-commission or decommission", True, 60),
    ),
)
"""What a council begins with. Users' voice and value for money are required before what they drive (BR-50)."""


def current_template(session: Session) -> CycleTemplate | None:
    """The newest version with its outputs; none before the first cycle or the first change."""
    newest = select(CycleTemplate).options(selectinload(CycleTemplate.outputs)).order_by(CycleTemplate.number.desc())
    return session.scalars(newest.limit(1)).first()


def template_for(session: Session, now: datetime) -> CycleTemplate:
    """The version that a cycle takes which begins now; the usual one is written down when there is none yet."""
    found = current_template(session)
    return found if found is not None else _write(session, USUAL, None, now)


def save_template(
    session: Session, actor: Actor, outputs: Sequence[OutputInput], *, seen: int | None = None, now: datetime,
    key: str | None = None,
) -> int:  # fmt: skip
    """Make a new version of the template; its number. Running cycles keep theirs.

    `seen` is the number of the version that was shown (0 for the usual one). Raises Forbidden, Stale, or Invalid by
    `<place>-<field>`, places counted from 0.
    """
    require(actor, "cycles.edit_template")
    given = [[o.stage, o.title, o.hint, o.is_required, o.working_days, o.brings] for o in outputs]
    current = current_template(session)
    number = current.number if current else 0
    if claim(session, actor, key, "cycles/template", [given, seen], now).is_replay:
        return number
    check_seen(seen, number, "The outputs of the stages")
    errors = _errors(outputs)
    if errors:
        raise Invalid(errors)
    made = _write(session, outputs, actor.person_id, now)
    audit.note(session, "cycle_template", "cycle_template.changed", actor, now, version=made.number, outputs=given)
    return made.number


def _errors(outputs: Sequence[OutputInput]) -> dict[str, str]:
    errors: dict[str, str] = {}
    if not outputs or len(outputs) > MOST:
        errors[""] = f"A template has between 1 and {MOST} outputs"
    titles: set[tuple[str, str]] = set()
    for place, output in enumerate(outputs):
        title = output.title.strip()
        if not title or len(title) > LONGEST_TITLE:
            errors[f"{place}-title"] = f"Enter a title of at most {LONGEST_TITLE} characters"
        elif (output.stage, title.lower()) in titles:
            errors[f"{place}-title"] = f"There are two outputs “{title}” in this stage"
        titles.add((output.stage, title.lower()))
        if output.stage not in STAGES:
            errors[f"{place}-stage"] = "Select the stage"
        if len(output.hint) > LONGEST_HINT:
            errors[f"{place}-hint"] = f"Hint must be {LONGEST_HINT:,} characters or fewer"
        if output.brings not in BRINGS:
            errors[f"{place}-brings"] = "Select what it says of contracts"
        if not 1 <= output.working_days <= MOST_DAYS:
            errors[f"{place}-working_days"] = f"Working days must be between 1 and {MOST_DAYS}"
    return errors


def _write(session: Session, outputs: Sequence[OutputInput], made_by_id: int | None, now: datetime) -> CycleTemplate:
    number = session.execute(select(func.coalesce(func.max(CycleTemplate.number), 0))).scalar_one() + 1
    made = CycleTemplate(number=number, made_at=now, made_by_id=made_by_id)
    session.add(made)
    session.flush()
    session.add_all(
        TemplateOutput(
            template_id=made.id, stage=o.stage, position=place, title=o.title.strip(), hint=o.hint.strip(),
            is_required=o.is_required, working_days=o.working_days, brings=o.brings,
        )
        for place, o in enumerate(outputs, 1)
    )  # fmt: skip
    session.flush()
    session.expire(made)
    return made
