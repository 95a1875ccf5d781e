"""Reading a Word document: its headings with what stands under each, tracked changes and comments.

Only the text is taken: no picture, no field, nothing that could run. A file has passed `reports.file_checks` before.
Text is read twice where changes are tracked, with them and without; which of the two is meant nobody decides here.
Not here: what the headings mean for a report (`understanding`).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from lxml import etree

from commissioning.word.marks import COPY, Mark, mark_of

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_MAX_HEADING = 120
_NUMBERED_HEADING = re.compile(r"^\d{1,2}(?:\.0)?[.)]?\s+(?=[A-Z])")
_ENTRY = re.compile(r"^\d+\. ")
_OUTER = 9


class Unreadable(Exception):
    """The document cannot be read; the text goes on after "The file "."""


@dataclass(frozen=True, slots=True)
class Tracked:
    """A tracked change: `kind` is added or removed."""

    kind: str
    author: str
    on: str
    """The day as the writer wrote it, ISO; empty where it is not said."""
    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment in the margin."""

    author: str
    on: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text; `list_id` says which numbered list it is an entry of, and is empty for all others."""

    text: str
    list_id: str = ""


@dataclass
class Heading:
    """A heading, its mark if it has one, and the lines under it until the next heading."""

    text: str
    level: int
    """1 to 9; 0 for what stands before the first heading."""
    mark: Mark | None
    with_changes: list[Line] = field(default_factory=list)
    """Lines as they read when every tracked change is accepted."""
    without: list[Line] = field(default_factory=list)
    """Lines as they read when every one is rejected."""
    tracked: list[Tracked] = field(default_factory=list)


@dataclass(frozen=True)
class WordDocument:
    """What was read of a document, in its order."""

    copy_id: int | None
    headings: list[Heading]
    comments: list[Comment]


def read_document(content: bytes) -> WordDocument:
    """Read a .docx that passed the checks of attached files. Raises Unreadable."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _Reader(archive).read()
    except (KeyError, etree.XMLSyntaxError, zipfile.BadZipFile) as error:
        raise Unreadable(
            "cannot be read as a Word document; open it, save it again as .docx and choose that"
        ) from error


def _parsed(archive: zipfile.ZipFile, name: str) -> etree._Element | None:
    if name not in archive.namelist():
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.fromstring(archive.read(name), parser)


def _value(element: etree._Element | None, name: str = "val") -> str:
    return "" if element is None else (element.get(_W + name) or "")


class _Reader:
    """One document while it is read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        document = _parsed(archive, "word/document.xml")
        body = document.find(f"{_W}body") if document is not None else None
        if body is None:
            raise KeyError("word/document.xml")
        self.body = body
        styles = _parsed(archive, "word/styles.xml")
        self.levels, self.lists = _styles(styles)
        self.depths = _depths(styles)
        self.formats = _numbering(_parsed(archive, "word/numbering.xml"))
        self.links = _links(_parsed(archive, "word/_rels/document.xml.rels"))
        self.notes = _comments(_parsed(archive, "word/comments.xml"))
        self.counts: dict[str, int] = {}
        self.has_styles = any(self._level_by_style(p) for p in self.body.iter(f"{_W}p"))

    def read(self) -> WordDocument:
        """All of it."""
        found = [Heading("", 0, None)]
        copy_id: int | None = None
        marks: list[Mark] = []
        for element in _blocks(self.body):
            if element.tag == f"{_W}tbl":
                self._table(element, found[-1])
                continue
            marks += [m for b in element.iter(f"{_W}bookmarkStart") if (m := mark_of(_value(b, "name")))]
            copy_id = next((m.id for m in marks if m.kind == COPY), copy_id)
            heading = self._heading(element)
            own = next((m for m in marks if m.kind != COPY), None)
            if heading is not None:
                found.append(Heading(heading[0], heading[1], own))
                marks = []
            elif own is not None and _plain(element, with_changes=True).strip():
                # The style of a marked heading was changed: the mark still says what begins here.
                found.append(Heading(_plain(element, with_changes=True).strip(), 1, own))
                marks = []
            else:
                self._paragraph(element, found[-1])
        _unnumber(found)
        return WordDocument(copy_id, found, self.notes)

    def _heading(self, paragraph: etree._Element) -> tuple[str, int] | None:
        text = _NUMBERED_HEADING.sub("", _plain(paragraph, with_changes=True).strip())
        if not text or len(text) > _MAX_HEADING:
            return None
        if level := self._level_by_style(paragraph):
            return text, level
        if self.has_styles or text.endswith((".", ",", ";")) or not re.search("[A-Za-z]{3}", text):
            return None
        runs = [r for r in paragraph.iter(f"{_W}r") if "".join(r.itertext(f"{_W}t")).strip()]
        is_bold = bool(runs) and all(_is_on(r, "b") for r in runs)
        return (text, 1) if is_bold or text.isupper() else None

    def _level_by_style(self, paragraph: etree._Element) -> int:
        properties = paragraph.find(f"{_W}pPr")
        if properties is None:
            return 0
        own = _value(properties.find(f"{_W}outlineLvl"))
        if own.isdecimal() and int(own) < _OUTER:
            return int(own) + 1
        return self.levels.get(_value(properties.find(f"{_W}pStyle")), 0)

    def _paragraph(self, paragraph: etree._Element, heading: Heading) -> None:
        after, before = self._inline(paragraph, True), self._inline(paragraph, False)
        mark, list_id = self._list_mark(paragraph) if (after + before).strip() else ("", "")
        for text, lines in ((after, heading.with_changes), (before, heading.without)):
            lines += [Line(mark + line.strip(), list_id) for line in text.split("\n") if line.strip()]
        heading.tracked += _tracked(paragraph)

    def _list_mark(self, paragraph: etree._Element) -> tuple[str, str]:
        """What an entry of a list begins with in text; numbers of paragraphs themselves are made when shown."""
        properties = paragraph.find(f"{_W}pPr")
        style = _value(properties.find(f"{_W}pStyle")) if properties is not None else ""
        numbering = properties.find(f"{_W}numPr") if properties is not None else None
        identity, level = self.lists.get(style, ("", "0"))
        if numbering is not None:
            identity = _value(numbering.find(f"{_W}numId")) or identity
            level = _value(numbering.find(f"{_W}ilvl")) or level
        form, shown = self.formats.get((identity, level), ("", ""))
        if form == "bullet":
            return "  " * max(int(level), self.depths.get(style, 0)) + "- ", ""
        if form == "decimal" and shown.count("%") == 1:
            self.counts[identity] = self.counts.get(identity, 0) + 1
            return f"{self.counts[identity]}. ", identity
        return "", ""

    def _inline(self, element: etree._Element, with_changes: bool) -> str:
        """The words of a paragraph with their emphasis and links as Markdown."""
        pieces: list[tuple[str, str]] = []
        for run, link in _runs(element, with_changes):
            text = _run_text(run, with_changes)
            if not text:
                continue
            style = ("*" if _is_on(run, "i") else "") + ("**" if _is_on(run, "b") else "")
            target = self.links.get(link, "")
            key = f"{style} {target}"
            if pieces and pieces[-1][0] == key:
                pieces[-1] = (key, pieces[-1][1] + text)
            else:
                pieces.append((key, text))
        return "".join(_marked(text, *key.split(" ", 1)) for key, text in pieces)

    def _table(self, table: etree._Element, heading: Heading) -> None:
        for with_changes, lines in ((True, heading.with_changes), (False, heading.without)):
            rows = []
            for row in table.iter(f"{_W}tr"):
                cells = [
                    " ".join(self._inline(p, with_changes).strip() for p in cell.iter(f"{_W}p")).replace("|", "\\|")
                    for cell in row.findall(f"{_W}tc")
                ]
                if any(c.strip() for c in cells):
                    rows.append("| " + " | ".join(" ".join(c.split()) for c in cells) + " |")
            if rows:
                width = rows[0].replace("\\|", "").count("|") - 1
                rows.insert(1, "|" + " --- |" * width)
            lines += [Line(row) for row in rows]
        heading.tracked += _tracked(table)


def _blocks(element: etree._Element) -> Iterator[etree._Element]:
    """Paragraphs and tables in order, those inside content controls too."""
    for child in element:
        if child.tag in (f"{_W}p", f"{_W}tbl"):
            yield child
        elif child.tag in (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins"):
            yield from _blocks(child)


def _runs(element: etree._Element, with_changes: bool, link: str = "") -> Iterator[tuple[etree._Element, str]]:
    left_out = (f"{_W}del", f"{_W}moveFrom") if with_changes else (f"{_W}ins", f"{_W}moveTo")
    for child in element:
        if child.tag == f"{_W}r":
            yield child, link
        elif child.tag == f"{_W}hyperlink":
            yield from _runs(child, with_changes, child.get(_R_ID) or link)
        elif child.tag not in (*left_out, f"{_W}pPr"):
            yield from _runs(child, with_changes, link)


def _run_text(run: etree._Element, with_changes: bool) -> str:
    said = []
    for child in run:
        if child.tag == f"{_W}t" or (child.tag == f"{_W}delText" and not with_changes):
            said.append(child.text or "")
        elif child.tag in (f"{_W}br", f"{_W}cr"):
            said.append("\n")
        elif child.tag == f"{_W}tab":
            said.append(" ")
        elif child.tag == f"{_W}noBreakHyphen":
            said.append("-")
    return "".join(said)


def _plain(element: etree._Element, *, with_changes: bool) -> str:
    return "".join(_run_text(run, with_changes) for run, _ in _runs(element, with_changes))


def _marked(text: str, style: str, link: str) -> str:
    """Emphasis goes round the words, never round the white space beside them."""
    core = text.strip()
    if not core or "\n" in core:
        return text
    lead, trail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    said = f"{style}{core}{style[::-1]}"
    return f"{lead}[{said}]({link}){trail}" if link else f"{lead}{said}{trail}"


def _is_on(run: etree._Element, name: str) -> bool:
    switch = run.find(f"{_W}rPr/{_W}{name}")
    return switch is not None and _value(switch) not in ("0", "false", "none")


def _tracked(element: etree._Element) -> list[Tracked]:
    found = []
    for kind, names in (("added", ("ins", "moveTo")), ("removed", ("del", "moveFrom"))):
        for name in names:
            for change in element.iter(f"{_W}{name}"):
                text = "".join(_run_text(r, False) for r in change.iter(f"{_W}r")).strip()
                if text:
                    found.append(Tracked(kind, _value(change, "author"), _day(change), text))
    return found


def _day(element: etree._Element) -> str:
    """The day of a change or comment, ISO; empty for anything that is no day."""
    try:
        return date.fromisoformat(_value(element, "date")[:10]).isoformat()
    except ValueError:
        return ""


def _styles(root: etree._Element | None) -> tuple[dict[str, int], dict[str, tuple[str, str]]]:
    """Heading level by id of style, and (list, level) of styles that are lists; what a style is based on counts."""
    if root is None:
        return {}, {}
    based: dict[str, str] = {}
    levels: dict[str, int] = {}
    lists: dict[str, tuple[str, str]] = {}
    for style in root.iter(f"{_W}style"):
        identity = _value(style, "styleId")
        based[identity] = _value(style.find(f"{_W}basedOn"))
        name = _value(style.find(f"{_W}name")).lower()
        outline = _value(style.find(f"{_W}pPr/{_W}outlineLvl"))
        if found := re.fullmatch(r"heading (\d)", name):
            levels[identity] = int(found[1])
        elif outline.isdecimal() and int(outline) < _OUTER:
            levels[identity] = int(outline) + 1
        number = style.find(f"{_W}pPr/{_W}numPr")
        if number is not None:
            lists[identity] = (_value(number.find(f"{_W}numId")), _value(number.find(f"{_W}ilvl")) or "0")
    for identity in based:
        for known in (levels, lists):
            _inherit(known, based, identity)
    return levels, lists


def _depths(root: etree._Element | None) -> dict[str, int]:
    """How deep the lists are that have a style for each depth: `List Bullet 2` is one deep."""
    names = {} if root is None else {_value(s, "styleId"): _value(s.find(f"{_W}name")) for s in root.iter(f"{_W}style")}
    return {i: int(found[1]) - 1 for i, name in names.items() if (found := re.fullmatch(r"(?i)list bullet (\d)", name))}


def _unnumber(headings: list[Heading]) -> None:
    """A list that goes on under another heading numbers the paragraphs; those numbers are made when shown."""
    under: dict[str, set[int]] = {}
    for place, heading in enumerate(headings):
        for line in heading.with_changes:
            under.setdefault(line.list_id, set()).add(place)
    through = {i for i, places in under.items() if i and len(places) > 1}
    for heading in headings:
        for name in ("with_changes", "without"):
            lines = getattr(heading, name)
            lines[:] = [Line(_ENTRY.sub("", x.text), x.list_id) if x.list_id in through else x for x in lines]


def _inherit(known: dict[str, int] | dict[str, tuple[str, str]], based: dict[str, str], identity: str) -> None:
    at, seen = identity, {identity}
    while at not in known and based.get(at) and based[at] not in seen:
        at = based[at]
        seen.add(at)
    if at in known:
        known[identity] = known[at]  # type: ignore[assignment]  # the same mapping on both sides


def _numbering(root: etree._Element | None) -> dict[tuple[str, str], tuple[str, str]]:
    """(format, what is shown) by list and level."""
    if root is None:
        return {}
    kinds = {_value(a, "abstractNumId"): a for a in root.iter(f"{_W}abstractNum")}
    found = {}
    for number in root.findall(f"{_W}num"):
        kind = kinds.get(_value(number.find(f"{_W}abstractNumId")))
        if kind is None:
            continue
        for level in kind.findall(f"{_W}lvl"):
            form, shown = _value(level.find(f"{_W}numFmt")), _value(level.find(f"{_W}lvlText"))
            found[_value(number, "numId"), _value(level, "ilvl")] = (form, shown)
    return found


def _links(root: etree._Element | None) -> dict[str, str]:
    """Where links that a reader can follow lead, by their id."""
    if root is None:
        return {}
    return {
        r.get("Id") or "": target
        for r in root
        if (target := r.get("Target") or "").startswith(("http://", "https://", "mailto:"))
    }


def _comments(root: etree._Element | None) -> list[Comment]:
    if root is None:
        return []
    found = []
    for comment in root.iter(f"{_W}comment"):
        text = " ".join(_plain(p, with_changes=True).strip() for p in comment.iter(f"{_W}p")).strip()
        if text:
            found.append(Comment(_value(comment, "author"), _day(comment), text))
    return found
