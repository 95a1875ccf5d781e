"""Where letters and boxes stand on a page of a PDF, in the order in which they are drawn.

Enough of the page language to know what covers what: positions, fonts' widths, fills, pictures, forms within forms. Not
here: what follows from it (`pdf`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import pikepdf

Matrix = tuple[float, float, float, float, float, float]
UNIT: Matrix = (1, 0, 0, 1, 0, 0)
MAX_DEPTH = 8
MAX_STEPS = 400_000
THICK = 4.0
"""A stroke of so many points can hide a line of text."""
OPAQUE = 0.9


@dataclass(frozen=True, slots=True)
class Glyph:
    """A letter, where its middle stands, and when it was drawn."""

    said: str
    x: float
    y: float
    drawn: int


@dataclass(frozen=True, slots=True)
class Box:
    """An opaque box, and when it was drawn."""

    x0: float
    y0: float
    x1: float
    y1: float
    drawn: int

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in it."""
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1


@dataclass(frozen=True)
class _State:
    """What `q` saves and `Q` brings back."""

    matrix: Matrix = UNIT
    opacity: float = 1.0
    width: float = 1.0
    font: Any = None
    size: float = 1.0
    leading: float = 0.0
    spacing: float = 0.0
    word_spacing: float = 0.0
    scale: float = 1.0
    rise: float = 0.0
    mode: int = 0


@dataclass
class Reader:
    """Reads one page."""

    glyphs: list[Glyph] = field(default_factory=list)
    boxes: list[Box] = field(default_factory=list)
    _steps: int = 0
    _state: _State = field(default_factory=_State)
    _saved: list[_State] = field(default_factory=list)
    _path: list[tuple[float, float]] = field(default_factory=list)
    _boxes_of_path: list[list[tuple[float, float]]] = field(default_factory=list)
    _text: Matrix = UNIT
    _line: Matrix = UNIT
    _fonts: dict[Any, Font] = field(default_factory=dict)

    def read_page(self, page: pikepdf.Page) -> None:
        """Every letter and box of a page."""
        self._read(page, page.obj.get("/Resources", pikepdf.Dictionary()), 0)

    def words(self) -> str:
        """The text in the order in which it is drawn, lines apart."""
        said: list[str] = []
        last: Glyph | None = None
        for g in self.glyphs:
            if last is not None and abs(g.y - last.y) > 1:
                said.append("\n")
            elif last is not None and g.drawn != last.drawn and g.x - last.x > 8:
                said.append(" ")
            said.append(g.said)
            last = g
        return "".join(said)

    def _read(self, stream: Any, resources: Any, depth: int) -> None:
        if depth > MAX_DEPTH:
            return
        for step in pikepdf.parse_content_stream(stream):
            self._steps += 1
            if self._steps > MAX_STEPS:
                raise ValueError("too much on one page")
            if isinstance(step, pikepdf.ContentStreamInlineImage):
                self._picture()
                continue
            self._do(str(step.operator), list(step.operands), resources, depth)

    def _do(self, name: str, given: list[Any], resources: Any, depth: int) -> None:
        state = self._state
        if name == "q":
            self._saved.append(state)
        elif name == "Q":
            self._state = self._saved.pop() if self._saved else state
        elif name == "cm":
            self._state = replace(state, matrix=_times(_matrix(given), state.matrix))
        elif name == "w":
            self._state = replace(state, width=float(given[0]))
        elif name == "gs":
            self._looks(resources.get("/ExtGState", {}).get(str(given[0])))
        elif name == "Do":
            self._draw(resources.get("/XObject", {}).get(str(given[0])), resources, depth)
        elif name in _PATHS:
            self._trace(name, [float(v) for v in given])
        elif name in _PAINTS:
            self._paint(name)
        elif name in _TEXTS:
            self._write(name, given, resources)

    def _looks(self, looks: Any) -> None:
        if looks is None:
            return
        opacity = float(looks.get("/ca", self._state.opacity))
        if str(looks.get("/BM", "/Normal")) not in ("/Normal", "/Compatible"):
            opacity = 0.0  # a marker's pen: what is under it shows
        self._state = replace(self._state, opacity=opacity)

    def _draw(self, thing: Any, resources: Any, depth: int) -> None:
        if thing is None:
            return
        if str(thing.get("/Subtype", "")) == "/Image":
            if "/SMask" not in thing and "/ImageMask" not in thing:
                self._picture()
            return
        saved = self._state
        if "/Matrix" in thing:
            self._state = replace(saved, matrix=_times(_matrix(list(thing["/Matrix"])), saved.matrix))
        self._read(thing, thing.get("/Resources", resources), depth + 1)
        self._state = saved

    def _picture(self) -> None:
        if self._state.opacity >= OPAQUE:
            self._box([(0, 0), (1, 1)])

    def _trace(self, name: str, given: list[float]) -> None:
        if name == "re":
            x, y, width, height = given
            self._boxes_of_path.append([(x, y), (x + width, y + height)])
        elif name == "m":
            self._end_figure()
            self._path = [(given[0], given[1])]
        elif name == "l":
            self._path.append((given[0], given[1]))
        elif name in ("c", "v", "y"):
            self._path = []  # no box
        elif name == "h":
            self._end_figure()

    def _end_figure(self) -> None:
        """Four corners along the axes are a box, however they were drawn."""
        xs, ys = {round(x, 2) for x, _ in self._path}, {round(y, 2) for _, y in self._path}
        if len(self._path) >= 4 and len(xs) == 2 and len(ys) == 2:
            self._boxes_of_path.append(list(self._path))
        self._path = []

    def _paint(self, name: str) -> None:
        line = self._path
        if name in _FILLS and self._state.opacity >= OPAQUE:
            self._end_figure()
            for corners in self._boxes_of_path:
                self._box(corners)
        elif name in ("S", "s") and len(line) == 2:
            self._stroke(line)
        self._path, self._boxes_of_path = [], []

    def _stroke(self, line: list[tuple[float, float]]) -> None:
        half = self._state.width / 2
        (x0, y0), (x1, y1) = line
        if half * 2 * abs(self._state.matrix[3] or self._state.matrix[1]) >= THICK and (x0 == x1 or y0 == y1):
            self._box([(min(x0, x1) - half, min(y0, y1) - half), (max(x0, x1) + half, max(y0, y1) + half)])

    def _box(self, corners: list[tuple[float, float]]) -> None:
        (x0, y0), (x1, y1) = (min(x for x, _ in corners), min(y for _, y in corners)), (
            max(x for x, _ in corners), max(y for _, y in corners))  # fmt: skip
        points = [_at(self._state.matrix, x, y) for x in (x0, x1) for y in (y0, y1)]
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        self.boxes.append(Box(min(xs), min(ys), max(xs), max(ys), self._steps))

    def _write(self, name: str, given: list[Any], resources: Any) -> None:
        state = self._state
        if name == "BT":
            self._text = self._line = UNIT
        elif name == "Tf":
            self._state = replace(state, font=self._font(str(given[0]), resources), size=float(given[1]))
        elif name in _SETS:
            attribute, by = _SETS[name]
            self._state = replace(state, **{attribute: type(getattr(state, attribute))(float(given[0]) * by)})
        elif name == "Tm":
            self._text = self._line = _matrix(given)
        elif name in ("Td", "TD"):
            if name == "TD":
                self._state = replace(state, leading=-float(given[1]))
            self._next(float(given[0]), float(given[1]))
        elif name == "T*":
            self._next(0, -state.leading)
        else:
            self._show_line(name, given)

    def _show_line(self, name: str, given: list[Any]) -> None:
        if name in ("'", '"'):
            self._next(0, -self._state.leading)
        for piece in given[0] if name == "TJ" else given[-1:]:
            if isinstance(piece, pikepdf.String):
                self._show(bytes(piece))
            else:
                self._move(-float(piece) / 1000 * self._state.size * self._state.scale)

    def _next(self, x: float, y: float) -> None:
        self._line = self._text = _times((1, 0, 0, 1, x, y), self._line)

    def _move(self, x: float) -> None:
        self._text = _times((1, 0, 0, 1, x, 0), self._text)

    def _font(self, name: str, resources: Any) -> Font | None:
        raw = resources.get("/Font", {}).get(name)
        if raw is None:
            return None
        key = raw.objgen if raw.objgen != (0, 0) else name
        if key not in self._fonts:
            self._fonts[key] = Font(raw)
        return self._fonts[key]

    def _show(self, content: bytes) -> None:
        state = self._state
        font = state.font or PLAIN
        for code, said, width in font.letters(content):
            step = (width / 1000 * state.size + state.spacing) * state.scale
            step += state.word_spacing * state.scale if code == 32 and not font.is_wide else 0
            if state.mode not in (3, 7):  # invisible text is the layer of a scan that lets it be searched
                place = _times(self._text, state.matrix)
                x, y = _at(place, step / 2, state.rise + state.size * 0.3)
                self.glyphs.append(Glyph(said, x, y, self._steps))
            self._move(step)


class Font:
    """How wide a font's letters are, and what they say."""

    def __init__(self, raw: Any = None) -> None:
        raw = pikepdf.Dictionary() if raw is None else raw
        self.is_wide = str(raw.get("/Subtype", "")) == "/Type0"
        self._first = int(raw.get("/FirstChar", 0))
        self._widths = [float(w) for w in raw.get("/Widths", [])]
        self._says = _said_by(raw["/ToUnicode"]) if "/ToUnicode" in raw else {}

    def letters(self, content: bytes) -> list[tuple[int, str, float]]:
        """Each code with what it says and its width in thousandths."""
        if self.is_wide:
            codes = [int.from_bytes(content[i : i + 2], "big") for i in range(0, len(content) - 1, 2)]
            return [(code, self._says.get(code, "\ufffd"), 550.0) for code in codes]
        return [(code, self._says.get(code) or bytes([code]).decode("cp1252", "replace"), self._width(code))
                for code in content]  # fmt: skip

    def _width(self, code: int) -> float:
        place = code - self._first
        return self._widths[place] if 0 <= place < len(self._widths) else 520.0


def _said_by(stream: Any) -> dict[int, str]:
    """A font's own table of what its codes say."""
    text = bytes(stream.read_bytes())[:1_000_000].decode("latin-1")
    says: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for code, word in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            says[int(code, 16)] = _utf16(word)
    for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for low, high, word in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            start = int(low, 16)
            for n in range(min(int(high, 16) - start + 1, 65_536)):
                says[start + n] = _utf16(f"{int(word, 16) + n:0{len(word)}x}")
    return says


def _utf16(word: str) -> str:
    try:
        return bytes.fromhex(word).decode("utf-16-be", "replace")
    except ValueError:
        return "\ufffd"


def _matrix(given: list[Any]) -> Matrix:
    a, b, c, d, e, f = (float(v) for v in given)
    return a, b, c, d, e, f


def _times(one: Matrix, other: Matrix) -> Matrix:
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m


def _at(matrix: Matrix, x: float, y: float) -> tuple[float, float]:
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


PLAIN = Font()
_PATHS = frozenset(("re", "m", "l", "c", "v", "y", "h"))
_FILLS = frozenset(("f", "F", "f*", "B", "B*", "b", "b*"))
_PAINTS = _FILLS | {"S", "s", "n"}
_SETS = {
    "TL": ("leading", 1.0),
    "Tc": ("spacing", 1.0),
    "Tw": ("word_spacing", 1.0),
    "Tz": ("scale", 0.01),
    "Ts": ("rise", 1.0),
    "Tr": ("mode", 1.0),
}
_TEXTS = frozenset(("BT", "Tf", "Tm", "Td", "TD", "T*", "Tj", "TJ", "'", '"', *_SETS))
