"""Word documents as people send them back: with a change that is tracked and a comment in the margin."""

from __future__ import annotations

import io
from datetime import datetime

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def annotated(content: bytes, after: str, added: str, comment: str, author: str, when: datetime) -> bytes:
    """A document in which somebody tracked words behind the paragraph that begins so, and commented on it."""
    document = Document(io.BytesIO(content))
    paragraph = next(p for p in document.paragraphs if p.text.startswith(after))
    initials = "".join(word[0] for word in author.split())
    said = when.strftime("%Y-%m-%dT%H:%M:%SZ")
    made = document.add_comment(paragraph.runs, comment, author, initials)
    made._comment_elm.set(qn("w:date"), said)  # else that of the machine
    change, run, text = (OxmlElement(name) for name in ("w:ins", "w:r", "w:t"))
    change.set(qn("w:id"), "9001")
    change.set(qn("w:author"), author)
    change.set(qn("w:date"), said)
    text.text = f" {added}"
    text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    run.append(text)
    change.append(run)
    paragraph._p.append(change)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def plain(title: str, *paragraphs: str) -> bytes:
    """A document with a heading and paragraphs."""
    document = Document()
    document.core_properties.author = ""
    document.add_heading(title, 1)
    for text in paragraphs:
        document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
