"""Which characters the pack's own fonts can draw, read from the fonts themselves (TrueType `cmap`, formats 4 and 12).

A character that no font has cannot stand in an accessible PDF, so it is replaced by a box before the pack is set.
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

FONTS = Path(__file__).parent / "fonts"
PLAIN_UNTIL = 0x250
"""Latin with its accents: set even where a text with other scripts could not be."""


def is_drawn(character: str) -> bool:
    """Whether each of the fonts (upright, bold, slanted) has the character."""
    return ord(character) in _everywhere()


@cache
def _everywhere() -> frozenset[int]:
    return frozenset.intersection(*(_covered(path.name) for path in FONTS.glob("*.ttf")))


def _covered(name: str) -> frozenset[int]:
    font = (FONTS / name).read_bytes()
    tables = {
        font[12 + 16 * n : 16 + 16 * n]: struct.unpack_from(">I", font, 20 + 16 * n)[0]
        for n in range(struct.unpack_from(">H", font, 4)[0])
    }
    start = tables[b"cmap"]
    found: set[int] = set()
    for n in range(struct.unpack_from(">H", font, start + 2)[0]):
        at = start + struct.unpack_from(">I", font, start + 8 + 8 * n)[0]
        (kind,) = struct.unpack_from(">H", font, at)
        found |= _of_groups(font, at) if kind == 12 else _of_segments(font, at) if kind == 4 else set()
    return frozenset(found)


def _of_groups(font: bytes, at: int) -> set[int]:
    """Format 12: ranges of characters, beyond the first 65,536 too."""
    found: set[int] = set()
    for n in range(struct.unpack_from(">I", font, at + 12)[0]):
        first, last, _ = struct.unpack_from(">III", font, at + 16 + 12 * n)
        found.update(range(first, last + 1))
    return found


def _of_segments(font: bytes, at: int) -> set[int]:
    """Format 4: segments with an offset, or a place in a list of glyphs."""
    count = struct.unpack_from(">H", font, at + 6)[0] // 2
    ends, starts = at + 14, at + 16 + 2 * count
    deltas, offsets = starts + 2 * count, starts + 4 * count
    found: set[int] = set()
    for n in range(count):
        first, last = (struct.unpack_from(">H", font, x + 2 * n)[0] for x in (starts, ends))
        (delta,) = struct.unpack_from(">H", font, deltas + 2 * n)
        (offset,) = struct.unpack_from(">H", font, offsets + 2 * n)
        for code in range(first, min(last, 0xFFFE) + 1):
            if offset:
                place = offsets + 2 * n + offset + 2 * (code - first)
                (glyph,) = struct.unpack_from(">H", font, place)
            else:
                glyph = (code + delta) & 0xFFFF
            if glyph:
                found.add(code)
    return found
