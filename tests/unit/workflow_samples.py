"""One good definition with every feature of the language, and rules for it; tests edit its text."""

from __future__ import annotations

from typing import Any

from workflows.definition import Workflow
from workflows.engine import Position
from workflows.loading import load_text
from workflows.registry import Refusal, Rules

PAPER = """\
# A paper with every feature of the language.
name: paper
version: 1
kind: paper
initial: drafting
roles: [author, officer, boss, chair]

states:
  drafting:
    label: Drafting
    means: [editable]
    asks: [{step: send, of: author}]
    due: {after: draft_on}
    reminders:
      - {name: draft_due, days: [-2, 0]}
      - {name: draft_late, days: [1], to: boss}
  signing:
    label: In clearance
    asks: [{step: sign, of: officer}]
    due: {after: entered, working_days: 5}
    reminders:
      - {name: sign_late, days: [1], to: author}
  ready:
    label: With the boss
    asks: [{step: submit, of: boss}]
    due: {after: entered}
    reminders:
      - {name: submit_late, days: [0], to: chair}
  paused: {label: Paused, standing: paper.resume}
  heard: {label: Heard, standing: heard_on}
  agreed: {label: Agreed, final: true}
  refused: {label: Refused, final: true}
  dropped: {label: Dropped, final: true}

sign_offs:
  clearance:
    state: signing
    step: sign
    quorum: 2 of officer, or the chair
    outcomes: {cleared: met, changes: blocks}
    when_complete: complete
    excludes: [author]

steps:
  send:
    label: Send for sign-off
    event: paper.sent
    from: [drafting]
    to: signing
    by: [author]
    guards: [has_text@1, has_sum@1]
  sign:
    label: Sign
    event: paper.signed
    from: [signing]
    by: [officer, chair]
    effects: [record@1]
  complete:
    label: Complete
    event: paper.completed
    from: [signing]
    to: ready
    by: [system]
  submit:
    label: Submit
    event: paper.submitted
    from: [ready]
    to: heard
    by: [boss]
    reason: optional
  conclude:
    label: Conclude
    event: paper.concluded
    from: [heard]
    exclusive: outcome@1
    to: {yes_: agreed, no_: refused, later: ready}
    by: [system]
  pause:
    label: Pause
    event: paper.paused
    from: [drafting, signing, ready]
    to: paused
    by: [author]
    reason: required
    secondary: true
  resume:
    label: Go on
    event: paper.resumed
    from: [paused]
    to: previous
    by: [author, system]
  drop:
    label: Drop
    event: paper.dropped
    from: [drafting, paused]
    to: dropped
    by: [author]
    secondary: true
"""


def edited(old: str, new: str, text: str = PAPER) -> str:
    """The text with one thing changed; the thing must be there exactly once."""
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    return text.replace(old, new)


def paper(*edits: tuple[str, str]) -> Workflow:
    """The good definition, edited."""
    text = PAPER
    for old, new in edits:
        text = edited(old, new, text)
    return load_text(text)


def paper_rules() -> Rules:
    """Guards that look into a dict: each refuses when its key is missing; the tally answers `outcome`."""
    rules = Rules()

    @rules.guard("has_text@1")
    def has_text(facts: Any) -> Refusal | None:
        return None if facts.get("text") else Refusal("no_text", "There is no text", "the author")

    @rules.guard("has_sum@1")
    def has_sum(facts: Any) -> Refusal | None:
        return None if facts.get("sum") else Refusal("no_sum", "There is no sum", "finance")

    @rules.tally("outcome@1", "yes_", "no_", "later")
    def outcome(facts: Any) -> str:
        return str(facts["outcome"])

    rules.effect("record@1", None)
    return rules


def rules_for(*workflows: Workflow) -> Rules:
    """Rules that know every name that the definitions use and refuse nothing."""
    rules = Rules()
    asks = (ask for w in workflows for state in w.states.values() for ask in state.asks)
    for name in {other.where for ask in asks for other in ask.instead}:
        rules.guard(name)(lambda _: None)
    for step in (step for workflow in workflows for step in workflow.steps.values()):
        for guard in set(step.guards) - set(rules.guards):
            rules.guard(guard)(lambda _: None)
        for effect in set(step.effects) - set(rules.effects):
            rules.effect(effect, None)
        if step.exclusive and step.exclusive not in rules.tallies:
            rules.tally(step.exclusive, *step.targets)(lambda facts: str(facts["answer"]))
    return rules


def at(workflow: Workflow, state: str, previous: str | None = None, **facts: Any) -> Position:
    """A throw-away position on the paper."""
    return Position(workflow, paper_rules(), state, previous, facts)
