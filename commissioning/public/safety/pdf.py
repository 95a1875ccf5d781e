"""What a PDF carries beside what it shows: text under boxes, redactions not applied, comments, layers, properties."""

from __future__ import annotations

import io
from typing import Any

import pikepdf

from commissioning.public.safety import signs
from commissioning.public.safety.pdf_page import Box, Glyph, Reader
from commissioning.public.safety.signs import Sign

MAX_PAGES = 2000
LEAST_COVERED = 2
"""Fewer covered letters than this can be a rule that touches a letter."""
_NOTES = {"/Text", "/FreeText", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Ink", "/Caret", "/Stamp"}
_COVERING = {"/Square", "/Circle", "/Polygon", "/Highlight", "/Stamp"}
_TOOLS = {"", "anonymous", "unknown"}


def look_into(content: bytes) -> tuple[list[Sign], str]:
    """Signs of hidden content of a PDF, and its words."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        if len(pdf.pages) > MAX_PAGES:
            return [signs.unread()], ""
        covered, marked, notes, words = [], [], 0, []
        for number, page in enumerate(pdf.pages, 1):
            reader = Reader()
            reader.read_page(page)
            annotations = list(page.obj.get("/Annots", []))
            kinds = [str(a.get("/Subtype", "")) for a in annotations]
            if "/Redact" in kinds:
                marked.append(number)
            boxes = [*reader.boxes, *(_box(a) for a in annotations if _covers(a))]
            if len(_under(reader.glyphs, boxes)) >= LEAST_COVERED:
                covered.append(number)
            notes += sum(kind in _NOTES for kind in kinds)
            words.append(reader.words())
        found = [signs.redaction(covered, "something covers text")] if covered else []
        found += [signs.redaction(marked, "a redaction is marked and not applied")] if marked else []
        found += [signs.comments(notes)] if notes else []
        found += [signs.hidden("a hidden layer")] if _hidden_layers(pdf) else []
        return found + _properties(pdf), "\n".join(words)


def _under(glyphs: list[Glyph], boxes: list[Box]) -> list[Glyph]:
    """Letters that were drawn before something that covers them."""
    return [g for g in glyphs if g.said.strip() and any(b.drawn > g.drawn and b.holds(g.x, g.y) for b in boxes)]


def _covers(annotation: Any) -> bool:
    kind = str(annotation.get("/Subtype", ""))
    if kind not in _COVERING or float(annotation.get("/CA", 1)) < 0.9:
        return False
    if kind == "/Highlight":  # a marker is see-through unless its colour is dark
        colour = [float(c) for c in annotation.get("/C", [1, 1, 0])]
        return bool(colour) and max(colour) < 0.3
    return kind == "/Stamp" or len(annotation.get("/IC", [])) > 0


def _box(annotation: Any) -> Box:
    x0, y0, x1, y1 = (float(v) for v in annotation.get("/Rect", [0, 0, 0, 0]))
    return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), 2**31)


def _hidden_layers(pdf: pikepdf.Pdf) -> bool:
    layers = pdf.Root.get("/OCProperties")
    return layers is not None and len(layers.get("/D", pikepdf.Dictionary()).get("/OFF", [])) > 0


def _properties(pdf: pikepdf.Pdf) -> list[Sign]:
    said = []
    info = pdf.trailer.get("/Info", pikepdf.Dictionary())
    for name, what in (("/Author", "author"), ("/Company", "company"), ("/Keywords", "keywords")):
        value = str(info.get(name, "")).strip()
        if value.lower() not in _TOOLS:
            said.append(f"{what} “{value}”")
    with pdf.open_metadata() as data:
        creators = data.get("dc:creator") or []
        names = [creators] if isinstance(creators, str) else list(creators)
        said += [f"author “{n}”" for n in names if n.strip().lower() not in _TOOLS and f"author “{n}”" not in said]
    return [signs.properties(said)] if said else []
