"""What a Word, Excel or PowerPoint file carries beside what it shows. The file was checked when it was attached, so its
archive is within limits and its XML has no declarations."""

from __future__ import annotations

import io
import re
import xml.parsers.expat
import zipfile
from collections import Counter
from collections.abc import Callable

from commissioning.public.safety import signs
from commissioning.public.safety.signs import Sign

_TRACKED = {"ins", "del", "moveFrom", "moveTo", "rPrChange", "pPrChange", "cellIns", "cellDel", "numberingChange"}
_PROPERTIES = {
    "creator": "author",
    "lastModifiedBy": "last changed by",
    "Manager": "manager",
    "Company": "company",
    "keywords": "keywords",
    "category": "category",
}
_NOTE = ("comment", "threadedComment", "cm")
_NOTES = re.compile(r"/(?:threaded)?comments?[^/]*/?[^/]*\.xml$", re.IGNORECASE)
_OFF = {"0", "false", "off"}
_NAMELESS = {"python-docx", "openpyxl", "microsoft office user", "un-named", ""}
Start = Callable[[str, dict[str, str]], None]


def look_into(kind: str, content: bytes) -> tuple[list[Sign], str]:
    """Signs of hidden content of a docx, xlsx or pptx, and its words."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [n for n in archive.namelist() if n.endswith(".xml")]
        parts = {name: archive.read(name) for name in names}
    found = _properties(parts)
    if kind == "docx":
        found += _word(parts)
    elif kind == "xlsx":
        found += _sheets(parts)
    else:
        found += _slides(parts)
    notes = sum(sum(_counted(parts[n])[tag] for tag in _NOTE) for n in parts if _NOTES.search(n))
    return found + ([signs.comments(notes)] if notes else []), _words(kind, parts)


def _properties(parts: dict[str, bytes]) -> list[Sign]:
    said: list[str] = []
    for name in ("docProps/core.xml", "docProps/app.xml"):
        for tag, text in _texts(parts.get(name, b"")):
            if tag in _PROPERTIES and text.strip().lower() not in _NAMELESS:
                said.append(f"{_PROPERTIES[tag]} “{text.strip()}”")
    if "docProps/custom.xml" in parts and _counted(parts["docProps/custom.xml"])["property"]:
        said.append("properties of your own")
    return [signs.properties(said)] if said else []


def _word(parts: dict[str, bytes]) -> list[Sign]:
    changes, vanished = 0, 0
    for name, text in parts.items():
        if name.startswith("word/"):
            tags = _counted(text)
            changes += sum(tags[t] for t in _TRACKED)
            if name != "word/styles.xml":
                vanished += tags["vanish"]
    found = [signs.tracked(changes)] if changes else []
    return found + ([signs.hidden("hidden text")] if vanished else [])


def _sheets(parts: dict[str, bytes]) -> list[Sign]:
    found: Counter[str] = Counter()

    def start(tag: str, given: dict[str, str]) -> None:
        if tag == "sheet" and given.get("state", "visible") != "visible":
            found["hidden sheet"] += 1
        elif tag in ("row", "col") and given.get("hidden", "0") not in _OFF:
            # A range of columns is one element.
            wide = int(given.get("max", "1")) - int(given.get("min", "1")) + 1 if tag == "col" else 1
            found["hidden row" if tag == "row" else "hidden column"] += wide

    for name, text in parts.items():
        if name.startswith(("xl/worksheets/", "xl/workbook")):
            _read(text, start)
    said = [f"{count} {what}{'s' if count > 1 else ''}" for what, count in sorted(found.items())]
    changes = sum(name.startswith("xl/revisions/revisionLog") for name in parts)
    return ([signs.hidden(", ".join(said))] if said else []) + ([signs.tracked(changes)] if changes else [])


def _slides(parts: dict[str, bytes]) -> list[Sign]:
    hidden: Counter[str] = Counter()

    def start(tag: str, given: dict[str, str]) -> None:
        if tag == "sld" and given.get("show", "1") in _OFF:
            hidden["hidden slide"] += 1

    for name, text in parts.items():
        if name.startswith("ppt/slides/"):
            _read(text, start)
        elif name.startswith("ppt/notesSlides/") and any(t.strip() and not t.isdigit() for t in _runs(text)):
            hidden["slide with notes"] += 1
    plural = {"hidden slide": "hidden slides", "slide with notes": "slides with notes"}
    said = [f"{count} {plural[what] if count > 1 else what}" for what, count in sorted(hidden.items())]
    return [signs.hidden(", ".join(said))] if said else []


def _words(kind: str, parts: dict[str, bytes]) -> str:
    folder = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/slides/"}[kind]
    return "\n".join(" ".join(_runs(text)) for name, text in sorted(parts.items()) if name.startswith(folder))


def _runs(text: bytes) -> list[str]:
    """Texts of runs (`t`), and values of cells that are typed in (`v`)."""
    return [said for tag, said in _texts(text) if tag in ("t", "v")]


def _counted(text: bytes) -> Counter[str]:
    found: Counter[str] = Counter()
    _read(text, lambda tag, _given: found.update((tag,)))
    return found


def _texts(text: bytes) -> list[tuple[str, str]]:
    """Each element's own text, by its name without a prefix."""
    found: list[tuple[str, str]] = []
    inside: list[list[str]] = []

    def said(data: str) -> None:
        inside[-1].append(data)

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = lambda _name, _given: inside.append([])
    parser.CharacterDataHandler = said
    parser.EndElementHandler = lambda name: found.append((name.rpartition(":")[2], "".join(inside.pop())))
    if text:
        parser.Parse(text, True)
    return found


def _read(text: bytes, start: Start) -> None:
    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler = lambda name, given: start(
        name.rpartition(":")[2], {k.rpartition(":")[2]: v for k, v in given.items()}
    )
    parser.Parse(text, True)
