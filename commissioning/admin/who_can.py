"""The page "who can do what", drawn from the policy's tables and the definitions in force, never by hand."""

from __future__ import annotations

from dataclasses import dataclass

from commissioning.casework.registry import house
from commissioning.labels import ROLES
from commissioning.policy import ACTIONS, BARRED, GLOBAL_ACTIONS, ORGANISATION_ROLES, SCOPED_ROLES
from workflows.definition import SYSTEM, Workflow

YES, BARS = "Yes", "Never"
WHEN = {
    "": "Always",
    "open": "While it is open",
    "editable": "While it may be edited",
    "takes_items": "While it takes items",
    "takes_entries": "While it takes entries",
    "takes_actuals": "While it takes actuals",
    "takes_statements": "While it takes statements",
    "gathers": "Until it was held",
    "takes_minutes": "While its minutes are written",
}
UNLESS = {"": "", "frozen": " and not frozen"}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that can be done: in which states, to what end, and by role YES, BARS or nothing."""

    words: str
    states: str
    leads_to: str
    roles: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """What can be done with one kind of thing."""

    kind: str
    title: str
    roles: tuple[str, ...]
    lines: tuple[Line, ...]


def role_words(role: str) -> str:
    """A role as people read it."""
    return "The service itself" if role == SYSTEM else ROLES.get(role, role.replace("_", " ").capitalize())


def global_table() -> Table:
    """What is done on no particular thing, by role."""
    roles = tuple(r for r in (*ORGANISATION_ROLES, *SCOPED_ROLES) if any(r in a.by for a in GLOBAL_ACTIONS.values()))
    lines = tuple(Line(rule.words, "", "", dict.fromkeys(rule.by, YES)) for rule in GLOBAL_ACTIONS.values())
    return Table("global", "Everywhere", roles, lines)


def case_tables() -> list[Table]:
    """For the newest version of each definition: every step, and every action that is not a step, by role."""
    names = sorted({w.name for w in house.workflows.values()})
    return [_table(house.latest(name)) for name in names]


def _table(workflow: Workflow) -> Table:
    lines = [
        Line(
            step.label,
            ", ".join(workflow.states[s].label for s in step.sources),
            _target(workflow, step.to),
            _roles(f"{workflow.kind}.{step.name}", step.by),
        )
        for step in workflow.steps.values()
    ]
    lines += [
        Line(rule.words, WHEN.get(rule.when, rule.when) + UNLESS[rule.unless], "Stays", _roles(action, rule.by))
        for action, rule in ACTIONS.items()
        if action.startswith(f"{workflow.kind}.")
    ]
    seen = dict.fromkeys(role for line in lines for role in line.roles)
    ordered = tuple(sorted(seen, key=lambda r: (r == SYSTEM, r not in workflow.roles, r)))
    return Table(workflow.name, workflow.name.replace("-", " ").capitalize(), ordered, tuple(lines))


def _target(workflow: Workflow, name: str | None) -> str:
    return workflow.states[name].label if name in workflow.states and name else "Depends on the answers, or stays"


def _roles(action: str, by: tuple[str, ...]) -> dict[str, str]:
    return dict.fromkeys(BARRED.get(action, ()), BARS) | dict.fromkeys(by, YES)
