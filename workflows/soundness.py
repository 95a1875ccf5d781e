"""The proof that a definition is safe to run: no case hangs, is stranded, waits for nobody, or holds a dead step.

Here: what counts as a flaw, in words, with the shortest way there as proof. Every position is found by `exploration`;
names that lead nowhere were refused by `loading`. Guards are taken to open some day, unless the installation declares
what alone opens them (`registry.Opening`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from workflows.definition import SignOff, State, Step, Workflow
from workflows.exploration import (
    Explored,
    Position,
    Push,
    Rulebook,
    explore,
    may_sign,
    sign_off_can_be_met,
)
from workflows.registry import Rules

Fires = Mapping[str, Iterable[tuple[str, str]]]
"""Effect name to the steps that it fires on linked cases, each as (definition's name or kind, step)."""


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that makes a definition unsafe; `path` are the moves from the start that lead to it."""

    code: str
    text: str
    path: tuple[str, ...] = ()
    at: tuple[str, ...] = field(default=(), compare=False)
    """Where in the file: keys from the top, for example ("states", "drafting")."""

    def __str__(self) -> str:
        return f"{self.text} (path: {' > '.join(self.path)})" if self.path else self.text


class Unsound(Exception):
    """The definition must not run; `flaws` holds all that was found."""

    def __init__(self, workflow: Workflow, flaws: list[Flaw]) -> None:
        super().__init__("\n".join(f"{workflow.id}: {flaw}" for flaw in flaws))
        self.flaws = flaws


def check(workflow: Workflow, rules: Rules | None = None, prompted: Collection[str] = ()) -> list[Flaw]:
    """Every flaw of a definition, in the order of its file; an empty list is the proof.

    `rules` say what opens a guard; `prompted` are steps that effects elsewhere fire: they may happen, but no case is
    let to depend on them.
    """
    used = {guard for step in workflow.steps.values() for guard in step.guards}
    openings = {name: opening for name, opening in (rules.openings if rules else {}).items() if name in used}
    book = Rulebook(workflow, openings, prompted)
    found = explore(book)
    flaws: list[Flaw] = []
    stranded = found.stranded()
    for state in workflow.states.values():
        if state.name not in found.reached:
            text = f'No case can reach "{state.name}"'
            flaws.append(Flaw("unreachable", text, at=("states", state.name)))
        elif state.name in stranded:
            flaws.append(_stranded(book, found, stranded[state.name]))
        flaws += _waiting(workflow, state, _first_way(found, state.name))
        flaws += _reminding(state, _first_way(found, state.name))
    for step in workflow.steps.values():
        if step.name not in found.fired:
            text = f'Step "{step.name}" can never happen: {_why_never(book, found, step)}'
            flaws.append(Flaw("never_fires", text, at=("steps", step.name)))
        flaws += _answers(step)
    flaws += _ambiguous(workflow, found)
    flaws += _completions(workflow, found)
    return flaws


def prove(workflow: Workflow, rules: Rules | None = None, prompted: Collection[str] = ()) -> None:
    """Raises Unsound, with the path to every flaw, unless the definition is safe to run."""
    flaws = check(workflow, rules, prompted)
    if flaws:
        raise Unsound(workflow, flaws)


def _first_way(found: Explored, state: str) -> tuple[str, ...]:
    return next((found.path(p) for p in found.came_by if p.state == state), ())


def _stranded(book: Rulebook, found: Explored, position: Position) -> Flaw:
    code, why = _why_stranded(book, position)
    text = f'A case in "{position.state}" cannot finish: {why}'
    return Flaw(code, text, found.path(position), ("states", position.state))


def _why_stranded(book: Rulebook, position: Position) -> tuple[str, str]:
    workflow, state = book.workflow, position.state
    if any(m.push is Push.SURE and m.to.state != state for m in book.moves(position)):
        return "cannot_finish", "no way on from there leads to a final state"
    ways = [s for s in workflow.steps_from(state) if not s.stays and set(s.all_targets()) != {state}]
    if not ways:
        return "no_way_out", "no step leads out of it"
    sure = [s for s in ways if book.push(s, state) is Push.SURE]
    if not sure:
        names = ", ".join(s.name for s in ways)
        return "only_system", f"only the system leaves it ({names}), but the state is not standing and nothing wakes it"
    sign_off = workflow.sign_off_in(state)
    if sign_off and all(s.name == sign_off.when_complete for s in sure):
        reason = _why_unsigned(book, sign_off, position)
        if reason:
            return reason
    shut = sorted({g for s in sure for g in s.guards if g in book.openings and g not in position.opened})
    if shut:
        return "guard_never_opens", f"every way out is held by {', '.join(shut)}, which no step available there opens"
    return "cannot_finish", "no step that leads out of it can happen there"


def _why_unsigned(book: Rulebook, sign_off: SignOff, position: Position) -> tuple[str, str] | None:
    if not may_sign(book.workflow, sign_off):
        return "nobody_signs", f'it waits for signatures, but nobody may do "{sign_off.step}" there'
    if not sign_off_can_be_met(sign_off):
        return "quorum_never_met", f'"{sign_off.quorum.text}" names only roles that are barred from signing'
    if all(move.name != sign_off.step for move in book.moves(position)):
        said = (
            f'signatures are {position.signed.value}, but nothing leads out and "{sign_off.step}" cannot happen again'
        )
        return "blocked_for_good", said
    return None


MOST_REMINDERS = 8
"""How often one recipient is told of one state at most."""


def reminder_flaws(state: State) -> list[Flaw]:
    """What is wrong with the reminders of one state by themselves; for rules that stand outside of a definition."""
    return [*_reminding(state, ()), *_escalating(state, ())]


def _reminding(state: State, path: tuple[str, ...]) -> Iterator[Flaw]:
    """Rules that would never tell anybody, or go on and on. (The loader refuses those without a date to count from.)"""
    at, name = ("states", state.name), state.name
    entered = state.due.working_days if state.due is not None and state.due.after == "entered" else None
    times: Counter[str | None] = Counter()
    for rule in state.reminders:
        times[rule.to] += len(rule.days)
        for days in rule.days:
            if entered is not None and entered + days < 0:
                text = f'"{rule.name}" can never remind {days} days from the due date: "{name}" begins after that'
                yield Flaw("never_reminds", text, path, at)
    for to, count in times.items():
        if count > MOST_REMINDERS:
            whom = f'"{to}"' if to else "those asked"
            text = f'"{name}" tells {whom} {count} times; {MOST_REMINDERS} are the most, then it is for somebody else'
            yield Flaw("reminds_too_often", text, path, at)


def _waiting(workflow: Workflow, state: State, path: tuple[str, ...]) -> Iterator[Flaw]:
    if state.final:
        return
    at, name = ("states", state.name), state.name
    sign_off = workflow.sign_off_in(name)
    if not state.asks and not state.standing:
        yield Flaw("asks_nobody", f'"{name}" waits but asks nobody and is not standing', path, at)
    elif sign_off and not state.standing and all(ask.step != sign_off.step for ask in state.asks):
        text = f'"{name}" waits for signatures but asks nobody for "{sign_off.step}"'
        yield Flaw("asks_nobody", text, path, at)
    if state.asks and state.due is None and not state.standing:
        yield Flaw("no_deadline", f'"{name}" asks somebody but is never due', path, at)
    yield from _escalating(state, path)


def _escalating(state: State, path: tuple[str, ...]) -> Iterator[Flaw]:
    at, name = ("states", state.name), state.name
    if state.due is not None and not state.reminders:
        yield Flaw("no_reminders", f'"{name}" is due but reminds nobody', path, at)
    elif state.due is not None:
        asked = set(state.roles_asked)
        others = [r for r in state.reminders if r.to is not None and r.to not in asked and max(r.days) >= 0]
        if not others:
            text = f'"{name}" is due but tells nobody other than those asked, on the day or after it'
            yield Flaw("no_escalation", text, path, at)


def _why_never(book: Rulebook, found: Explored, step: Step) -> str:
    sources = [s for s in step.sources if s in found.reached]
    if not sources:
        return f"no case can be in {', '.join(step.sources)}"
    if all(book.push(step, s) is None for s in sources):
        if step.for_people:
            return "everybody who may do it is barred from it"
        return f"only the system may do it, and nothing wakes {', '.join(sources)}"
    for state in sources:
        sign_off = book.workflow.sign_off_in(state)
        if sign_off and sign_off.when_complete == step.name:
            return "its sign-off can never be complete"
    if any(g in book.openings for g in step.guards):
        return "nothing that happens before it opens its guards"
    return "there is no earlier state to go back to"


def _answers(step: Step) -> Iterator[Flaw]:
    if not step.exclusive:
        return
    if len(step.targets) == 1:
        text = f'Step "{step.name}" asks {step.exclusive} to choose, but has one target only'
        yield Flaw("exclusive_single", text, at=("steps", step.name))
    elif len(set(step.targets.values())) == 1:
        target = next(iter(step.targets.values()))
        text = f'Step "{step.name}" leads to "{target}" whatever {step.exclusive} answers'
        yield Flaw("exclusive_equal", text, at=("steps", step.name))


def _ambiguous(workflow: Workflow, found: Explored) -> Iterator[Flaw]:
    for state in workflow.states.values():
        path = _first_way(found, state.name)
        sign_offs = [s for s in workflow.sign_offs.values() if s.state == state.name]
        if len(sign_offs) > 1:
            names = ", ".join(s.name for s in sign_offs)
            yield Flaw(
                "ambiguous", f'"{state.name}" waits for several sign-offs: {names}', path, ("states", state.name)
            )
        if state.standing and "." not in state.standing:
            woken = [
                s.name for s in workflow.steps_from(state.name) if not s.for_people and not s.stays and not s.guards
            ]
            if len(woken) > 1:
                text = f'When {state.standing} wakes "{state.name}", nothing chooses between {", ".join(woken)}'
                yield Flaw("ambiguous", text, path, ("states", state.name))
        yield from _alike(list(workflow.steps_from(state.name)), state.name, path)


def _alike(steps: list[Step], state: str, path: tuple[str, ...]) -> Iterator[Flaw]:
    """Two buttons that read the same for one person, or two steps that leave the same event behind."""
    for i, step in enumerate(steps):
        for other in steps[:i]:
            at = ("steps", step.name)
            if step.event == other.event:
                text = f'"{other.name}" and "{step.name}" leave "{state}" with the same event {step.event}'
                yield Flaw("ambiguous", text, path, at)
            if step.label == other.label and step.for_people and set(step.by) & set(other.by):
                text = f'"{other.name}" and "{step.name}" read the same ("{step.label}") in "{state}"'
                yield Flaw("ambiguous", text, path, at)


def _completions(workflow: Workflow, found: Explored) -> Iterator[Flaw]:
    """The last signature fires a completion once: if a guard refuses at that moment, nobody fires it again."""
    for sign_off in workflow.sign_offs.values():
        step = workflow.steps[sign_off.when_complete]
        if step.guards and not step.for_people:
            held = ", ".join(step.guards)
            text = (
                f'"{step.name}" fires once, when "{sign_off.name}" is complete; a refusal by {held} would be for good'
            )
            yield Flaw("guarded_completion", text, _first_way(found, sign_off.state), ("steps", step.name))


Node = tuple[str, str]


def check_effect_loops(workflows: Collection[Workflow], fires: Fires) -> list[Flaw]:
    """Flaws of the effects across definitions: a step that no definition has, and every step that sets itself off."""
    edges: dict[Node, list[Node]] = {}
    flaws: list[Flaw] = []
    for effect, steps in sorted(fires.items()):
        for name, fired in steps:
            if not _nodes(workflows, name, fired):
                flaws.append(Flaw("unknown_step", f"Effect {effect} fires {name}.{fired}, which no definition has"))
    for workflow in workflows:
        for step in workflow.steps.values():
            targets = [
                n for e in step.effects for name, fired in fires.get(e, ()) for n in _nodes(workflows, name, fired)
            ]
            targets += [(workflow.id, s.when_complete) for s in workflow.sign_offs.values() if s.step == step.name]
            edges[(workflow.id, step.name)] = targets
    return flaws + _loops(edges)


def _nodes(workflows: Collection[Workflow], name: str, step: str) -> list[Node]:
    return [(w.id, step) for w in workflows if name in (w.name, w.kind) and step in w.steps]


def _loops(edges: Mapping[Node, list[Node]]) -> list[Flaw]:
    """One flaw for each loop that a depth-first walk closes, named from the step at which it closes."""
    flaws: list[Flaw] = []
    done: set[Node] = set()
    for first in edges:
        trail: list[tuple[Node, Iterator[Node]]] = [] if first in done else [(first, iter(edges[first]))]
        while trail:
            node, following = trail[-1]
            on_trail = [n for n, _ in trail]
            nearest = next(following, None)
            if nearest is None:
                done.add(node)
                trail.pop()
            elif nearest in on_trail:
                loop = [*on_trail[on_trail.index(nearest) :], nearest]
                names = tuple(f"{workflow}.{step}" for workflow, step in loop)
                flaws.append(
                    Flaw("effect_loop", "Effects set each other off without end", names, ("steps", loop[0][1]))
                )
            elif nearest not in done:
                trail.append((nearest, iter(edges[nearest])))
    return flaws
