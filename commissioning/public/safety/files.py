"""A stored file looked through, once for its content: the signs are kept under its hash."""

from __future__ import annotations

import re

from commissioning.public.safety import office, personal, signs
from commissioning.public.safety.signs import Sign

RULES = 1
"""The version of these checks: a file that was looked at by another one is looked at again."""
_EXIF = re.compile(rb"\xff\xe1..Exif\x00\x00(.{8})", re.DOTALL)
_MOST = 64 * 1024


def look_through(kind: str, content: bytes) -> list[Sign]:
    """What a file of this kind (`pdf`, `docx`, `xlsx`, `pptx`, `png`, `jpg`, `txt`, `csv`) carries unseen, and what
    reads like personal data in it. A file that cannot be read is itself a finding."""
    try:
        found, words = _by_kind(kind, content)
    except Exception:  # whatever a hostile file does to a reader, it is not published
        return [signs.unread()]
    return found + personal.signs_in(words)


def _by_kind(kind: str, content: bytes) -> tuple[list[Sign], str]:
    if kind == "pdf":
        from commissioning.public.safety import pdf  # loads the library for PDF files: not at every start

        return pdf.look_into(content)
    if kind in ("docx", "xlsx", "pptx"):
        return office.look_into(kind, content)
    if kind in ("txt", "csv"):
        return [], content.decode("utf-8", "replace")
    return _picture(content), ""


def _picture(content: bytes) -> list[Sign]:
    """A photograph may say where, with what and by whom it was taken."""
    said = []
    head = _EXIF.search(content[:_MOST])
    if head is not None:
        order = "little" if head[1][:2] == b"II" else "big"
        start = head.start(1)
        tags = _tags(content[start : start + _MOST], order)
        said = [what for tag, what in ((0x8825, "where it was taken"), (0x013B, "its author")) if tag in tags]
    if content[:4] == b"\x89PNG" and re.search(rb"(?:tEXt|iTXt|zTXt)(?:Author|Creator)\x00", content[:_MOST]):
        said.append("its author")
    return [signs.properties(said)] if said else []


def _tags(block: bytes, order: str) -> set[int]:
    """The tags of the first directory of an Exif block."""

    def number(at: int, size: int) -> int:
        return int.from_bytes(block[at : at + size], "little" if order == "little" else "big")

    at = number(4, 4)
    return {number(at + 2 + 12 * n, 2) for n in range(min(number(at, 2), 200))}
