"""From what writers type (Markdown) to the few kinds of block that the pack's template draws, as plain data.

Nothing typed is ever read as code: it reaches the template as strings in JSON, and the template draws strings. Here
too: characters that no font of the pack has, words longer than a line, and marks that turn text around.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from commissioning.packs.glyphs import PLAIN_UNTIL, is_drawn

Node = dict[str, Any]
MISSING = "\u25a1"
"""Stands for a character that no font of the pack has."""
_MARKED = re.compile(r"[*_\[\]<>`#|\\&!~\n]|^(?:[-+]|\d+[.)]|\s)|https?:|={3}|-{3}")
_LONG = re.compile(r"\S{41,}")
_PIECE = 30
TYPOGRAPHY = "‐‑–—‘’“”•…€−\u200b□"
"""Signs beyond letters that English text is written with."""
_TURNING = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufe00-\ufe0f\ufeff\u2028\u2029]")
"""Marks that turn the order of what follows, or choose how a character looks: neither is content of a paper."""


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table")


def cleaned(text: str, plain: bool = False) -> str:
    """Text as it can be set. `plain`: only what every font has, after a try with more could not be set."""
    kept = _TURNING.sub("", unicodedata.normalize("NFC", text))
    kept = "".join(_drawn(c, plain) for c in kept if c in "\t\n" or unicodedata.category(c)[0] != "C" or c == "\u200d")
    return _LONG.sub(lambda m: _broken(m[0]), kept)


def _drawn(character: str, plain: bool) -> str:
    if character < "\u0100":
        return character
    if is_drawn(character) and (not plain or ord(character) < PLAIN_UNTIL or character in TYPOGRAPHY):
        return character
    return "" if unicodedata.category(character) in ("Mn", "Me", "Cf") else MISSING


def _broken(word: str) -> str:
    """A word that fits on no line, with places at which it may be broken."""
    return "\u200b".join(word[n : n + _PIECE] for n in range(0, len(word), _PIECE))


def blocks(text: str, plain: bool = False) -> list[Node]:
    """The blocks of a paragraph or text."""
    if not text.strip():
        return []
    if not _MARKED.search(text):
        return [{"t": "p", "c": [cleaned(text, plain)]}]
    return _blocks(SyntaxTreeNode(_parser().parse(text)), plain)


def _blocks(node: SyntaxTreeNode, plain: bool) -> list[Node]:
    found = []
    for child in node.children:
        drawn = _BLOCKS.get(child.type, _other)(child, plain)
        if drawn is not None:
            found.append(drawn)
    return found


def _other(node: SyntaxTreeNode, plain: bool) -> Node | None:
    return {"t": "p", "c": [cleaned(node.content, plain)]} if node.content.strip() else None


def _paragraph(node: SyntaxTreeNode, plain: bool) -> Node | None:
    words = [x for child in node.children for x in _inline(child, plain)]
    return {"t": "h" if node.type == "heading" else "p", "c": words} if words else None


def _list(node: SyntaxTreeNode, plain: bool) -> Node:
    items = [_blocks(item, plain) for item in node.children]
    if node.type == "bullet_list":
        return {"t": "ul", "items": items}
    return {"t": "ol", "start": min(int(node.attrs.get("start", 1)), 10_000), "items": items}


def _quote(node: SyntaxTreeNode, plain: bool) -> Node:
    return {"t": "quote", "c": _blocks(node, plain)}


def _table(node: SyntaxTreeNode, plain: bool) -> Node:
    rows = [[_words(cell, plain) for cell in row.children] for part in node.children for row in part.children]
    head = rows[0] if node.children and node.children[0].type == "thead" else []
    body = rows[1:] if head else rows
    width = max((len(r) for r in rows), default=1)
    return {
        "t": "table",
        "columns": width,
        "head": head,
        "cells": [cell for row in body for cell in (*row, *([[]] * (width - len(row))))],
    }


def _words(cell: SyntaxTreeNode, plain: bool) -> list[Any]:
    return [x for child in cell.children for x in _inline(child, plain)]


def _inline(node: SyntaxTreeNode, plain: bool) -> list[Any]:
    if node.type in ("text", "code_inline"):
        return [cleaned(node.content, plain)] if node.content else []
    if node.type in ("softbreak", "hardbreak"):
        return [{"t": "br"}]
    inside = [x for child in node.children for x in _inline(child, plain)]
    if node.type == "image":  # nothing is fetched: its words alone
        return [cleaned(node.content, plain)] if node.content else inside
    kind = {"strong": "b", "em": "i"}.get(node.type)
    if kind and inside:
        return [{"t": kind, "c": inside}]
    href = str(node.attrs.get("href", "")) if node.type == "link" else ""
    if href.startswith(("https://", "http://", "mailto:")) and inside:
        return [{"t": "a", "href": href, "c": inside}]
    return inside


def nothing(_node: SyntaxTreeNode, _plain: bool) -> None:
    """What is drawn for a line across the page: numbered paragraphs part themselves."""


_BLOCKS: dict[str, Callable[[SyntaxTreeNode, bool], Node | None]] = {
    "paragraph": _paragraph,
    "heading": _paragraph,
    "bullet_list": _list,
    "ordered_list": _list,
    "blockquote": _quote,
    "table": _table,
    "hr": nothing,
}
