"""Whether a case that runs on one version of a definition could run on another from where it stands.

Here: what two definitions and a state can tell. Not here: who holds which part of the case, and moving it (the
installation's). A case that fits has nothing lost and nobody shown more than before; soundness of the other version
says that it can end from every state that it has.
"""

from __future__ import annotations

from collections.abc import Iterator

from workflows.definition import PREVIOUS, Workflow


def misfits(old: Workflow, new: Workflow, state: str, previous: str | None) -> list[str]:
    """Why a case in `state` (and before that in `previous`) does not fit `new`, in words; empty if it does.

    `new` is another version of the same definition.
    """
    here = old.states[state]
    if state not in new.states:
        return [f"It is {here.label} ({state}), a state that {new.id} does not have"]
    return list(_misfits(old, new, state, previous))


def _misfits(old: Workflow, new: Workflow, state: str, previous: str | None) -> Iterator[str]:
    before, after = old.states[state], new.states[state]
    if before.final != after.final:
        ends, goes_on = (new.id, old.id) if after.final else (old.id, new.id)
        yield f"{before.label} ends a case in {ends} and does not in {goes_on}"
    if before.exposure != after.exposure:
        yield f"{before.label} is {before.exposure} in {old.id} and {after.exposure} in {new.id}: others would see it"
    resumes = any(PREVIOUS in step.all_targets() for step in new.steps_from(state))
    if resumes and previous not in new.states:
        yield f"It goes back from {before.label} to {previous}, a state that {new.id} does not have"
    if _signing(old, state) != _signing(new, state):
        yield f"Signatures that {old.id} asks for are being given, and {new.id} asks for others"


def _signing(workflow: Workflow, state: str) -> tuple[object, ...] | None:
    """What signatures count for in a state."""
    asked = workflow.sign_off_in(state)
    if asked is None:
        return None
    return (asked.step, asked.quorum, dict(asked.outcomes), asked.when_complete, asked.order, asked.excludes)
