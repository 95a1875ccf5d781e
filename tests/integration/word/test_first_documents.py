"""A first .docx is read by its headings and numbered recommendations (product.md, "Word and back").

The documents are the example council's three reports, saved by LibreOffice (bold headings, typed numbers) and by pandoc
(styles, Word's own numbers). No text of theirs may be lost, whatever the template of the body has a section for.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from commissioning.boards.defaults import PARTS
from commissioning.demo import load
from commissioning.reports.file_checks import BadFile, check_file
from commissioning.word.pieces import Known, pieces_of
from commissioning.word.reading import Unreadable, read_document
from commissioning.word.understanding import ask_of
from tests.integration.reports.test_uploads import office
from tests.integration.word.documents import W

DATA = Path(__file__).parent / "data"
KNOWN = Known({n: (p.heading, p.key) for n, p in enumerate(PARTS, 1)}, [])
PLACED = {
    "bristol-commissioning": {
        "summary", "consultation", "background", "proposal", "options", "risk", "equalities", "legal",
        "financial_revenue", "financial_capital", "land", "personnel",
    },
    "lincolnshire-pbr": {"summary", "background", "legal", "financial_revenue", "personnel", "equalities"},
    "north-yorkshire-commissioning": {"summary", "background"},
}  # fmt: skip
ASKS = {
    "bristol-commissioning": ["approve"],
    "lincolnshire-pbr": ["agree", "agree_not_to", "comment", "agree"],
    "north-yorkshire-commissioning": ["approve", "comment"],
}


def words(text: str) -> str:
    """Text without white space and numbers before it."""
    return "".join(re.sub(r"^\d{1,2}(\.\d{1,2})?\.?\s+", "", text).split()).replace("*", "")


@pytest.mark.parametrize("writer", ["libreoffice", "pandoc"])
@pytest.mark.parametrize("name", list(PLACED))
def test_a_first_document_is_read_and_nothing_of_it_is_lost(name: str, writer: str) -> None:
    content = (DATA / f"{name}-{writer}.docx").read_bytes()
    check_file("docx", content)
    pieces = pieces_of(read_document(content), KNOWN)
    keys = [KNOWN.sections[p.id][1] for p in pieces if p.kind == "section"]
    assert set(keys) == PLACED[name]
    assert len(keys) == len(PLACED[name])
    paper: dict[str, Any] = yaml.safe_load((Path(load.__file__).parent / "papers" / f"{name}.yaml").read_text())
    asked = [p.text() for p in pieces if p.kind == "new"]
    assert [words(a) for a in asked] == [words(r["text"]) for r in paper["recommendations"]]
    assert [ask_of(a) for a in asked] == ASKS[name]
    read = words("".join(line for p in pieces for line in p.text().splitlines()))
    lines = [p if isinstance(p, str) else p.get("text", "") for s in paper["sections"] for p in s["paragraphs"] or []]
    assert [x for x in lines if words(x) not in re.sub(r"\d{1,2}\.\d", "", read) and words(x) not in read] == []
    assert not [x for p in pieces if p.kind == "section" for x in p.text().splitlines() if re.match(r"\d+\.\d+ ", x)]


def test_numbers_that_run_on_through_a_paper_are_no_text() -> None:
    """Bristol numbers its paragraphs 1 to 21 by hand: numbers are made when shown."""
    pieces = pieces_of(read_document((DATA / "bristol-commissioning-libreoffice.docx").read_bytes()), KNOWN)
    context = next(p for p in pieces if p.heading == "Context")
    assert context.text().startswith("The 2004 Children Act")


def document(body: str, **parts: str) -> bytes:
    """A small .docx of this body."""
    text = f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    return office("docx", **{"word/document.xml": text}, **parts)


def test_hostile_documents_are_refused_or_read_as_text() -> None:
    with pytest.raises(BadFile, match="declarations"):
        check_file("docx", document('<!DOCTYPE x [<!ENTITY a "b">]>'))
    for content in (document("</w:p>"), b"PK\x03\x04"):
        with pytest.raises(Unreadable):
            read_document(content)
    nested = "<w:p><w:r><w:t>{{ 7 * 7 }} &lt;script&gt; =cmd()</w:t></w:r></w:p>"
    deep = "<w:sdt><w:sdtContent>" * 50 + nested + "</w:sdtContent></w:sdt>" * 50
    assert read_document(document(deep)).headings[0].with_changes[0].text == "{{ 7 * 7 }} <script> =cmd()"
    styles = f'<w:styles xmlns:w="{W}"><w:style w:styleId="A"><w:basedOn w:val="B"/></w:style>'
    ring = styles + '<w:style w:styleId="B"><w:basedOn w:val="A"/></w:style></w:styles>'
    assert read_document(document(nested, **{"word/styles.xml": ring})).copy_id is None
