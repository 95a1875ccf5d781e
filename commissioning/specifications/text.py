"""What a signature on a specification covers, and how an outcome is told from a task (BR-11)."""

from __future__ import annotations

import json
import re

from commissioning import labels
from commissioning.audit import sha256
from commissioning.labels import parts_typed
from commissioning.models.specifications import Improvement, Specification, SpecOutcome

_COVERED = ("unit_id", "number", "cash_limit_pence", "headcount_hundredths", "policies", "target_grade")
_OUTCOME = (
    *("code", "statement", "target_group", "measure", "measured_in", "direction", "baseline_thousandths"),
    *("target_thousandths", "tolerance_thousandths", "weight", "priority"),
)

_TASK_VERBS = (
    *("arrange", "attend", "carry out", "collect", "complete", "conduct", "coordinate", "create", "deliver", "develop"),
    *("draft", "employ", "establish", "hold", "implement", "introduce", "launch", "monitor", "organise", "plan"),
    *("prepare", "produce", "provide", "publish", "recruit", "report", "review", "run", "set up", "submit", "train"),
    *("undertake", "update", "visit", "write"),
)
_TASK = re.compile(rf"^\s*(?:to\s+)?(?:{'|'.join(_TASK_VERBS)})\b", re.IGNORECASE)


def reads_like_a_task(statement: str) -> bool:
    """Whether a statement begins with something that is done rather than with what is better for somebody.

    "Hold six workshops" is a task; "More children attend school" is an outcome. It is a hint: a reason lets it stand.
    """
    return _TASK.match(statement) is not None


def covered_text(spec: Specification, outcomes: list[SpecOutcome], improvements: list[Improvement]) -> str:
    """The text that both sides sign, the same for the same content: ids and places are no content."""
    return json.dumps(
        {
            **{name: getattr(spec, name) for name in _COVERED},
            "starts_on": spec.starts_on.isoformat(),
            "ends_on": spec.ends_on.isoformat(),
            "outcomes": [[getattr(o, name) for name in _OUTCOME] for o in outcomes],
            "improvements": [[i.text, i.source] for i in improvements],
        },
        ensure_ascii=False,
        sort_keys=True,
    )


def readable_text(spec: Specification, outcomes: list[SpecOutcome], improvements: list[Improvement]) -> str:
    """The same as lines to read, one for each thing that a version may change."""
    lines = [
        f"From {spec.starts_on:%-d %B %Y} to {spec.ends_on:%-d %B %Y}",
        f"Cash limit £{spec.cash_limit_pence // 100:,}.{spec.cash_limit_pence % 100:02}",
        f"Staff {parts_typed(spec.headcount_hundredths, 2)} FTE",
        f"Grade aimed at: {spec.target_grade or 'none'}",
        f"Policies: {spec.policies or 'none declared'}",
    ]
    for o in outcomes:
        was = "" if o.baseline_thousandths is None else f", from {parts_typed(o.baseline_thousandths, 3)}"
        for_whom = f" For {o.target_group}." if o.target_group else ""
        lines.append(
            f"{o.code}: {o.statement}.{for_whom} {o.measure}: {parts_typed(o.target_thousandths, 3)} {o.measured_in}"
            f"{was}; {labels.DIRECTIONS[o.direction].lower()}; weight {o.weight}; {o.priority or 'no plan priority'}"
        )
    lines += [f"To improve: {i.text} ({labels.IMPROVEMENT_SOURCES[i.source]})" for i in improvements]
    return "\n".join(lines)


def covered_hash(spec: Specification, outcomes: list[SpecOutcome], improvements: list[Improvement]) -> str:
    """SHA-256 of the covered text, in hex."""
    return sha256(covered_text(spec, outcomes, improvements))
