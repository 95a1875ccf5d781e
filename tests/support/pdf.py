"""Reading a PDF as a searcher would: its words page by page, and every byte of it with nothing packed.

Glyphs are turned into letters by the fonts' own tables, so that a word cannot hide behind how it is drawn.
"""

from __future__ import annotations

import io
import re
from typing import Any

import pikepdf


def opened(content: bytes) -> pikepdf.Pdf:
    """A PDF from its bytes."""
    return pikepdf.open(io.BytesIO(content))


def words_of(content: bytes) -> list[str]:
    """The words of each page, in the order in which they are drawn."""
    return [_page_words(page) for page in opened(content).pages]


def every_byte(content: bytes) -> bytes:
    """The file with every stream unpacked, and its strings in both ways in which they can be written."""
    out = io.BytesIO()
    pdf = opened(content)
    pdf.save(out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.all,
             object_stream_mode=pikepdf.ObjectStreamMode.disable)  # fmt: skip
    raw = out.getvalue()
    strings = []
    for item in pdf.objects:
        strings += _strings(item, 0)
    return raw + "\n".join([*strings, *words_of(content)]).encode()


def _strings(item: Any, depth: int) -> list[str]:
    if depth > 3:
        return []
    if isinstance(item, pikepdf.String):
        return [str(item)]
    if isinstance(item, pikepdf.Array):
        return [s for x in item for s in _strings(x, depth + 1)]
    if isinstance(item, pikepdf.Dictionary):
        return [s for x in item.values() for s in _strings(x, depth + 1)]
    return []


def _page_words(page: Any) -> str:
    fonts = {name: _table(font) for name, font in page.resources.get("/Font", {}).items()}
    table: dict[bytes, str] | None = None
    found: list[str] = []
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name == "Tf":
            table = fonts.get(str(operands[0]))
        elif name in ("Tj", "TJ"):
            pieces = operands[0] if name == "TJ" else [operands[0]]
            found += [_letters(bytes(p), table) for p in pieces if isinstance(p, pikepdf.String)]
        elif name in ("Td", "Tm", "T*", "BT"):
            found.append(" ")
    return re.sub(r"\s+", " ", "".join(found))


def _letters(raw: bytes, table: dict[bytes, str] | None) -> str:
    if table is None:
        return raw.decode("latin-1")
    return "".join(table.get(raw[n : n + 2], "?") for n in range(0, len(raw), 2))


def _table(font: Any) -> dict[bytes, str] | None:
    """Glyph to letters, from the font's ToUnicode table."""
    if "/ToUnicode" not in font:
        return None
    text, found = font.ToUnicode.read_bytes().decode("latin-1"), {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", text, re.DOTALL):
        for code, letters in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            found[bytes.fromhex(code)] = bytes.fromhex(letters).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", text, re.DOTALL):
        for first, last, letters in re.findall(r"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>", block):
            start = int.from_bytes(bytes.fromhex(letters), "big")
            for n in range(int(first, 16), int(last, 16) + 1):
                found[n.to_bytes(2, "big")] = chr(start + n - int(first, 16))
    return found
