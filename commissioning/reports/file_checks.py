"""What may be inside an attached file, kind by kind, and the words that can be taken out of it.

Office files are zip archives of XML, so they are judged entry by entry without unpacking more than the limits allow. A
PDF is judged by the names of the actions that it carries, compressed object streams included.
"""

from __future__ import annotations

import csv
import io
import re
import xml.parsers.expat
import zipfile
import zlib

import filetype

MAX_ENTRIES = 5_000
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 200
"""How much larger an entry may get when it is unpacked; prose stays far below it."""
MAX_XML = 30 * 1024 * 1024
MAX_WORDS = 2_000_000
"""Characters of text kept of one file."""

_MAIN_PART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "pptx": "ppt/presentation.xml"}
_MIME = {"pdf": "application/pdf", "png": "image/png", "jpg": "image/jpeg"}
_PDF_ACTIVE = {
    b"JavaScript": "contains a script; print it to a new PDF and attach that",
    b"JS": "contains a script; print it to a new PDF and attach that",
    b"Launch": "would start a program; print it to a new PDF and attach that",
    b"EmbeddedFile": "has other files inside it; attach those as appendices of their own",
    b"EmbeddedFiles": "has other files inside it; attach those as appendices of their own",
    b"RichMedia": "has film or sound inside it; print it to a new PDF and attach that",
    b"XFA": "is a form that changes itself; print it to a new PDF and attach that",
    b"Encrypt": "is protected by a password; save it without one and attach that",
}
_EXTERNAL = re.compile(rb"""TargetMode\s*=\s*["']\s*External""", re.IGNORECASE)
_TARGET = re.compile(rb"""<(?:\w+:)?Relationship\b[^>]*>""", re.IGNORECASE)
_LINK = re.compile(rb"""/relationships/hyperlink["']""", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")


class BadFile(Exception):
    """Why a file is not taken; the text goes on after "The file "."""


def check_file(kind: str, content: bytes) -> None:
    """Raise BadFile unless the content is what its ending (`pdf`, `docx`, ...) says, and harmless."""
    if kind in _MAIN_PART:
        _check_office(kind, content)
        return
    if kind in ("txt", "csv"):
        _check_text(kind, content)
        return
    found = filetype.guess(content)
    if found is None or found.mime != _MIME[kind]:
        raise BadFile(
            f"is named .{kind} but is not that inside; choose the right file, or save it again as {kind.upper()}"
        )
    if kind == "pdf":
        _check_pdf(content)
    elif b"<script" in content.lower():
        raise BadFile("is a picture with a script inside; save it again as a picture")


def words_in(kind: str, content: bytes) -> str | None:
    """The text of a TXT, CSV or DOCX file that was checked before; None for the others."""
    if kind in ("txt", "csv"):
        return _decoded(content)[:MAX_WORDS]
    if kind == "docx":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return docx_text(archive.read("word/document.xml"))[:MAX_WORDS]
    return None


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _check_text(kind: str, content: bytes) -> None:
    if filetype.guess(content) is not None or b"\x00" in content:
        raise BadFile(f"is named .{kind} but is not plain text; choose the right file, or save it again as text")
    text = _decoded(content)
    if _CONTROL.search(text):
        raise BadFile("has characters in it that are no text; save it again as plain text")
    if kind == "csv":
        try:
            for _ in csv.reader(io.StringIO(text), strict=True):
                pass
        except csv.Error:
            raise BadFile("is not a table that can be read as CSV; save it again as CSV") from None


def _check_office(kind: str, content: bytes) -> None:
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise BadFile("is protected by a password or in an old format; save it without a password as " + kind.upper())
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_archive(archive)
            names = {i.filename.lower() for i in archive.infolist()}
            if _MAIN_PART[kind] not in names or "[content_types].xml" not in names:
                raise BadFile(f"is named .{kind} but is not that inside; choose the right file")
            _check_parts(archive, names)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError):
        raise BadFile(f"is damaged or not a {kind.upper()} file; open it, save it again and attach that") from None


def _check_archive(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES or sum(e.file_size for e in entries) > MAX_UNPACKED:
        raise BadFile("unpacks to more than an appendix can be; attach a smaller one")
    for entry in entries:
        if entry.flag_bits & 0x1:
            raise BadFile("is protected by a password; save it without one and attach that")
        if entry.file_size > 100_000 and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
            raise BadFile("unpacks to far more than it is; it could be meant to do harm")
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/"):
            raise BadFile("has parts that point outside it; open it, save it again and attach that")
    if len({e.filename.lower() for e in entries}) != len(entries):
        raise BadFile("has the same part twice; open it, save it again and attach that")


def _check_parts(archive: zipfile.ZipFile, names: set[str]) -> None:
    if any(n.endswith(("vbaproject.bin", "vbadata.xml")) or "/macrosheets/" in n for n in names):
        raise BadFile("contains macros; save it without them and attach that")
    if any("/embeddings/" in n or "/activex/" in n or n.endswith(".exe") for n in names):
        raise BadFile("has other files or controls inside it; take them out and attach them on their own")
    total = 0
    for entry in archive.infolist():
        name = entry.filename.lower()
        if not name.endswith((".rels", ".xml")):
            continue
        # Sizes in the directory can lie: what is read is counted.
        with archive.open(entry) as stream:
            text = stream.read(MAX_XML + 1)
        total += len(text)
        if len(text) > MAX_XML or total > MAX_UNPACKED:
            raise BadFile("unpacks to more than an appendix can be; attach a smaller one")
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            raise BadFile("has declarations in it that office programs do not write; open it and save it again")
        if name.endswith(".rels"):
            _check_links(text)
        if name == "[content_types].xml" and b"macroEnabled" in text:
            raise BadFile("contains macros; save it without them and attach that")


def _check_links(text: bytes) -> None:
    """A link that a reader can click is content; anything else from outside would be fetched on opening."""
    for link in _TARGET.findall(text):
        if _EXTERNAL.search(link) and not _LINK.search(link):
            raise BadFile("takes something from outside when it is opened; break its links to other files and save it")


def _check_pdf(content: bytes) -> None:
    if b"%%EOF" not in content[-2048:]:
        raise BadFile("is damaged: its end is missing; save it again and attach that")
    unpacked = 0
    texts = [content]
    for stream in re.finditer(rb"stream\r?\n", content):
        piece, unpacked = _inflated(content, stream.end(), unpacked)
        if piece:
            texts.append(piece)
    for text in texts:
        for raw in re.findall(rb"/((?:[A-Za-z]|#[0-9A-Fa-f]{2})+)", text):
            name = re.sub(rb"#([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), raw)
            if name in _PDF_ACTIVE and _is_structure(text, content, name):
                raise BadFile(_PDF_ACTIVE[name])


def _inflated(content: bytes, start: int, unpacked: int) -> tuple[bytes, int]:
    """An object stream, unpacked within the limits; only those can hold actions, page content cannot."""
    head = content[max(0, start - 400) : start]
    if b"/ObjStm" not in head[head.rfind(b"obj") :]:
        return b"", unpacked
    try:
        piece = zlib.decompressobj().decompress(content[start:], MAX_XML)
    except zlib.error:
        return b"", unpacked
    if unpacked + len(piece) > MAX_UNPACKED:
        raise BadFile("unpacks to more than an appendix can be; attach a smaller one")
    return piece, unpacked + len(piece)


def _is_structure(text: bytes, content: bytes, name: bytes) -> bool:
    """Names of two letters turn up in compressed bytes by chance: they count only between objects."""
    if text is not content or len(name) > 3:
        return True
    outside = re.sub(rb"stream\r?\n.*?endstream", b"", content, flags=re.DOTALL)
    return re.search(rb"/" + name + rb"[\s(<\[/]", outside) is not None


def docx_text(xml_text: bytes) -> str:
    """The paragraphs of a Word document, one a line. Entities are never expanded: the parser refuses a DOCTYPE."""
    lines: list[str] = []
    piece: list[str] = []
    inside = [False]

    def start(name: str, _attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        inside[0] = local == "t"
        if local == "tab":
            piece.append("\t")

    def end(name: str) -> None:
        inside[0] = False
        if name.rpartition(":")[2] == "p":
            lines.append("".join(piece))
            piece.clear()

    def text(data: str) -> None:
        if inside[0]:
            piece.append(data)

    def no_doctype(*_: object) -> None:
        raise BadFile("has declarations in it that office programs do not write; open it and save it again")

    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, no_doctype
    try:
        parser.Parse(xml_text, True)
    except xml.parsers.expat.ExpatError:
        raise BadFile("is damaged; open it, save it again and attach that") from None
    return "\n".join(line for line in lines if line.strip())
