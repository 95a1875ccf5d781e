"""A definition, or a case on it, as an SVG picture that can be read, heard and styled.

Here: what is drawn and said. Where it goes is `layout`. The picture carries its own words (title and description) and
no style: presentation attributes give it a plain look without any style sheet, and classes let a page restyle it, so
that it works under a content security policy that forbids inline styles. State is never shown by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from workflows.definition import PREVIOUS, State, Workflow
from workflows.exploration import Rulebook, explore
from workflows.layout import Arrow, Picture, Spot, layers, place
from workflows.strip import StripItem, strip

__all__ = ["StripItem", "draw", "strip"]

BOX_LINE, SMALL_LINE, STEP_LINE = 20, 17, 17
_LOOK = {
    "ahead": ("#ffffff", "#505a5f", "#0b0c0c", 1),
    "done": ("#cce2d8", "#005a30", "#0b0c0c", 2),
    "current": ("#1d70b8", "#0b0c0c", "#ffffff", 4),
}
_MARK = {"ahead": "", "done": "✓ ", "current": "▶ "}
_SAID = {"ahead": "", "done": " (done)", "current": " (now here)"}


@dataclass(frozen=True, slots=True)
class _Way:
    """A step from one state to another, `previous` resolved."""

    step: str
    source: str
    target: str


def draw(
    workflow: Workflow, visited: Sequence[str] = (), current: str | None = None, *, prefix: str = "workflow"
) -> str:
    """SVG of the definition; with `visited` and `current`, of a case on it.

    `prefix` begins every id in the picture, and must differ between two pictures on one page.
    """
    ways = list(_ways(workflow))
    looks = {s: "current" if s == current else "done" if s in visited else "ahead" for s in workflow.states}
    picture, words = _placed(workflow, [w for w in ways if w.source != w.target])
    said = " ".join(_sentence(workflow, state, looks[name], ways) for name, state in workflow.states.items())
    parts = [_head(picture, prefix, _title(workflow, current), said)]
    for key, pieces in picture.pieces.items():
        parts += _lines(words[key], pieces, picture)
    for key, label in picture.labels.items():
        parts += _words(words[key], label)
    for name, spot in picture.boxes.items():
        parts += _box(workflow.states[name], spot, looks[name])
    parts += [part for w in ways if w.source == w.target for part in _circle(workflow, w, picture)]
    return "\n".join([*parts, "</svg>"])


def _ways(workflow: Workflow) -> Iterator[_Way]:
    """Every way along the steps that move; main steps first, so that they decide what is forward."""
    explored = explore(Rulebook(workflow, {}, set(workflow.steps)))
    for step in sorted(workflow.steps.values(), key=lambda s: s.secondary):
        for source in step.sources:
            for target in step.all_targets():
                if target != PREVIOUS:
                    yield _Way(step.name, source, target)
                    continue
                earlier = {p.previous for p in explored.came_by if p.state == source and p.previous}
                yield from (_Way(step.name, source, s) for s in workflow.states if s in earlier)


@dataclass(frozen=True, slots=True)
class _Words:
    """What an arrow says and how it looks."""

    lines: tuple[str, ...]
    secondary: bool
    target: str
    back: bool


def _placed(workflow: Workflow, ways: list[_Way]) -> tuple[Picture, dict[str, _Words]]:
    depth, back = layers(list(workflow.states), workflow.initial, [(w.source, w.target) for w in ways])
    by_step: dict[tuple[str, str, bool], list[str]] = {}
    for i, way in enumerate(ways):
        among = by_step.setdefault((way.step, way.target, i in back), [])
        if way.source not in among:
            among.append(way.source)
    together: dict[tuple[str, bool, frozenset[str], bool], list[str]] = {}
    for (step, target, backwards), among in by_step.items():
        key = (target, backwards, frozenset(among), workflow.steps[step].secondary)
        together.setdefault(key, []).append(step)
    arrows, words = [], {}
    for number, ((target, backwards, those, secondary), steps) in enumerate(together.items()):
        lines = tuple(line for step in steps for line in _wrapped(_step_words(workflow, step, target), 20))
        sources = tuple(s for s in workflow.states if s in those)
        width = round(max(_width(line, 14) for line in lines)) + 8
        arrows.append(
            Arrow(str(number), sources, target, width, STEP_LINE * len(lines) + 4, backwards, 1 if secondary else 3)
        )
        words[str(number)] = _Words(lines, secondary, target, backwards)
    sizes = {name: _size(workflow, state) for name, state in workflow.states.items()}
    return place(sizes, depth, arrows), words


def _step_words(workflow: Workflow, name: str, target: str) -> str:
    step = workflow.steps[name]
    answers = [answer.replace("_", " ") for answer, to in step.targets.items() if to == target]
    if answers:
        return f"{step.label}: {' or '.join(answers)}"
    return f"{step.label} (as before)" if step.to == PREVIOUS else step.label


def _size(workflow: Workflow, state: State) -> tuple[int, int]:
    title, small = _box_lines(state)
    width = max([_width(line, 17) for line in title] + [_width(line, 14) for line in small]) + 44
    circles = [s.label for s in workflow.steps.values() if state.name in s.sources and state.name in s.all_targets()]
    # The box stays in the middle of its place, so room for a circle on the right is made on both sides.
    room = max((_width(line, 14) for label in circles for line in _wrapped(label, 20)), default=0)
    return round(width + (2 * (room + 44) if circles else 0)), BOX_LINE * len(title) + SMALL_LINE * len(small) + 20


def _box_lines(state: State) -> tuple[list[str], list[str]]:
    title = _wrapped(state.label, 24)
    if state.final:
        return title, ["end"]
    if state.standing:
        return title, [f"until {state.standing}"]
    return title, [f"waits for {', '.join(role.replace('_', ' ') for role in state.roles_asked)}"]


def _wrapped(text: str, most: int) -> list[str]:
    lines: list[str] = []
    for word in text.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _width(text: str, size: int) -> float:
    """About how wide the text is in a plain sans-serif, in pixels; generous, as fonts differ."""
    return (
        sum(0.32 if c in "iljt.,:;'|()f " else 0.92 if c in "mwMW@" else 0.7 if c.isupper() else 0.58 for c in text)
        * size
    )


def _box_width(state: State) -> float:
    title, small = _box_lines(state)
    return max([_width(line, 17) for line in title] + [_width(line, 14) for line in small]) + 44


def _head(picture: Picture, prefix: str, title: str, said: str) -> str:
    width, height, name = round(picture.width), round(picture.height), escape(prefix)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" class="workflow-diagram" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" aria-labelledby="{name}-title" '
        f'aria-describedby="{name}-desc" font-family="Arial, Helvetica, sans-serif" text-anchor="middle">\n'
        f'<title id="{name}-title">{escape(title)}</title>\n'
        f'<desc id="{name}-desc">{escape(said)}</desc>\n'
        f'<rect class="workflow-ground" width="{width}" height="{height}" fill="#ffffff"/>'
    )


def _title(workflow: Workflow, current: str | None) -> str:
    on_it = f": now {workflow.states[current].label}" if current else ""
    return f"Workflow {workflow.name.replace('-', ' ')}, version {workflow.version}{on_it}"


def _sentence(workflow: Workflow, state: State, look: str, ways: list[_Way]) -> str:
    name = f"{state.label}{_SAID[look]}"
    if state.final:
        return f"{name}: the end."
    led = [
        f"{workflow.steps[w.step].label} to {workflow.states[w.target].label}" for w in ways if w.source == state.name
    ]
    stays = [f"{s.label} stays" for s in workflow.steps_from(state.name) if s.stays]
    return f"{name}: {'; '.join([*led, *stays])}."


def _lines(words: _Words, pieces: Sequence[tuple[Spot, Spot]], picture: Picture) -> Iterator[str]:
    kind = "workflow-way-secondary" if words.secondary else "workflow-way"
    look = (
        'stroke="#6f777b" stroke-width="1.5" stroke-dasharray="5 4"'
        if words.secondary
        else 'stroke="#0b0c0c" stroke-width="2"'
    )
    target = picture.boxes[words.target]
    for upper, lower in pieces:
        x1, y1 = _port(upper, lower, upper.down), upper.y + upper.height / 2
        x2, y2 = _port(lower, upper, lower.up), lower.y - lower.height / 2
        if upper is target:
            y1 += 9
        elif lower is target:
            y2 -= 9
        middle = (y1 + y2) / 2
        start = (
            f"{x1:.0f} {upper.y:.0f} L {x1:.0f} {y1:.0f}" if upper.key not in picture.boxes else f"{x1:.0f} {y1:.0f}"
        )
        curve = f"M {start} C {x1:.0f} {middle:.0f} {x2:.0f} {middle:.0f} {x2:.0f} {y2:.0f}"
        end = f" L {x2:.0f} {lower.y:.0f}" if lower.key not in picture.boxes else ""
        yield f'<path class="{kind}" d="{curve}{end}" fill="none" {look}/>'
        if upper is target:
            yield _head_of(x1, y1 - 9, 1, words.secondary)
        elif lower is target:
            yield _head_of(x2, y2 + 9, -1, words.secondary)


def _port(spot: Spot, other: Spot, beside: list[Spot]) -> float:
    """Where on the edge of a box a line ends: in the order of the other ends, so that lines do not cross there."""
    if len(beside) < 2:
        return spot.x
    ordered = sorted(beside, key=lambda s: s.x)
    reach = min(spot.width, 200) * 0.7
    return spot.x - reach / 2 + reach * ordered.index(other) / (len(ordered) - 1)


def _head_of(x: float, y: float, away: int, secondary: bool) -> str:
    colour = "#6f777b" if secondary else "#0b0c0c"
    return f'<path class="workflow-head" d="M {x:.0f} {y:.0f} l -5 {10 * away} l 10 0 z" fill="{colour}"/>'


def _words(words: _Words, spot: Spot) -> Iterator[str]:
    height = STEP_LINE * len(words.lines) + 2
    top = spot.y - height / 2
    yield (
        f'<rect class="workflow-ground" x="{spot.x - spot.width / 2:.0f}" y="{top:.0f}" '
        f'width="{spot.width:.0f}" height="{height}" fill="#ffffff"/>'
    )
    for i, line in enumerate(words.lines):
        yield _text("workflow-step", spot.x, top + STEP_LINE * (i + 1) - 4, (14, "#383f43"), line)


def _box(state: State, spot: Spot, look: str) -> Iterator[str]:
    fill, stroke, ink, thick = _LOOK[look]
    title, small = _box_lines(state)
    width = _box_width(state)
    left, top = spot.x - width / 2, spot.y - spot.height / 2
    rounded = 20 if state.final else 4
    yield (
        f'<rect class="workflow-state workflow-state-{look}" x="{left:.0f}" y="{top:.0f}" width="{width:.0f}" '
        f'height="{spot.height:.0f}" rx="{rounded}" fill="{fill}" stroke="{stroke}" stroke-width="{thick}"/>'
    )
    y = top + 10
    for i, line in enumerate(title):
        y += BOX_LINE
        marked = _MARK[look] + line if i == 0 else line
        yield _text(f"workflow-label workflow-label-{look}", spot.x, y - 4, (17, ink), marked)
    for line in small:
        y += SMALL_LINE
        yield _text(f"workflow-small workflow-small-{look}", spot.x, y - 3, (14, ink), line)


def _circle(workflow: Workflow, way: _Way, picture: Picture) -> Iterator[str]:
    spot, step = picture.boxes[way.source], workflow.steps[way.step]
    right = spot.x + _box_width(workflow.states[way.source]) / 2
    top, bottom = spot.y - 11, spot.y + 11
    far = right + 34
    curve = f"M {right:.0f} {bottom:.0f} C {far:.0f} {bottom + 8:.0f} {far:.0f} {top - 8:.0f} {right + 9:.0f} {top:.0f}"
    dashed = ' stroke-dasharray="5 4"' if step.secondary else ""
    yield f'<path class="workflow-way" d="{curve}" fill="none" stroke="#6f777b" stroke-width="1.5"{dashed}/>'
    yield f'<path class="workflow-head" d="M {right:.0f} {top:.0f} l 10 -5 l 0 10 z" fill="#6f777b"/>'
    lines = _wrapped(step.label, 20)
    for i, line in enumerate(lines):
        y = spot.y + 5 + STEP_LINE * (i - (len(lines) - 1) / 2)
        yield _text("workflow-step", far + _width(line, 14) / 2, y, (14, "#383f43"), line)


def _text(kind: str, x: float, y: float, look: tuple[int, str], text: str) -> str:
    size, ink = look
    weight = ' font-weight="bold"' if size > 14 else ""
    return f'<text class="{kind}" x="{x:.0f}" y="{y:.0f}" font-size="{size}"{weight} fill="{ink}">{escape(text)}</text>'
