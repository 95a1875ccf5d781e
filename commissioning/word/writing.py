"""A paper as a Word document with a mark on every section and recommendation, on the council's template if it has one.

Headings and paragraphs are numbered by Word itself, so that no number is text; what a reader types comes back as typed.
Not here: what may go out to whom (`commands`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from docx import Document
from docx.document import Document as DocumentType
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.parts.numbering import NumberingPart
from docx.shared import Pt
from docx.text.paragraph import Paragraph
from markdown_it import MarkdownIt
from markdown_it.token import Token

from commissioning.reports.risk_words import DONE, FOLLOWS
from commissioning.word.marks import COPY, LISTED, RECOMMENDATION, SECTION, Mark
from commissioning.word.papers import Unusable, WordPaper, WordSection
from commissioning.word.pieces import FACTS, LISTED_RISKS

PARAGRAPH = "Numbered Paragraph"
_BULLET = re.compile(r"^(\s*)[-*•·]\s+(.*)$")
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_RULE = re.compile(r"^\|[\s:|-]+\|?$")
RISK_COLUMNS = ("Risk", "How great", FOLLOWS, DONE)
RISKS_STAY = "The risks are changed in the service: write above this heading."
_NUMBERING = 7000
"""Id of the list that numbers headings and paragraphs; far above those of any template."""
_BULLETS = ("List Bullet", "List Bullet 2", "List Bullet 3")


def write_document(paper: WordPaper, template: bytes | None = None) -> bytes:
    """The .docx. `template` is a document whose styles, header and footer are used; its text is left out.

    Raises Unusable for a template that lacks what every document has.
    """
    try:
        document = Document(io.BytesIO(template)) if template else Document()
        _empty(document)
        _prepare(document)
    except (KeyError, ValueError, AttributeError, OSError) as error:
        raise Unusable("cannot be used as a template; open it, save it again as .docx and choose that") from error
    _properties(document, paper)
    title = document.add_paragraph(paper.title, style=_style(document, "Title"))
    _bookmark(title, Mark(COPY, paper.copy_id))
    facts = [paper.reference, paper.body, f"{paper.meeting_on:%-d %B %Y}" if paper.meeting_on else ""]
    document.add_paragraph(" · ".join(f for f in facts if f))
    said = "Write under the headings. Keep each heading: it says what the words under it belong to."
    if paper.secrecy:
        said = f"NOT FOR PUBLICATION: {paper.secrecy}. {said}"
    document.add_paragraph().add_run(said).italic = True
    for number, section in enumerate(paper.sections):
        if number == paper.asks_at:
            _asks(document, paper)
        _section(document, section)
    if paper.asks_at >= len(paper.sections):
        _asks(document, paper)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def _section(document: DocumentType, section: WordSection) -> None:
    _bookmark(document.add_paragraph(section.heading, style=_style(document, "Heading 1")), Mark(SECTION, section.id))
    _text(document, section.text, PARAGRAPH)
    if section.risks:
        listed = document.add_paragraph(LISTED_RISKS, style=_style(document, "Heading 2"))
        _bookmark(listed, Mark(LISTED, section.id))
        document.add_paragraph().add_run(RISKS_STAY).italic = True
        _table(document, [RISK_COLUMNS, *section.risks])


def _asks(document: DocumentType, paper: WordPaper) -> None:
    if paper.lead is not None:
        _section(document, paper.lead)
    else:
        document.add_paragraph("Recommendations", style=_style(document, "Heading 1"))
    for ask in paper.asks:
        heading = document.add_paragraph(f"Recommendation {ask.number}: {ask.ask}", style=_style(document, "Heading 2"))
        _bookmark(heading, Mark(RECOMMENDATION, ask.id))
        _text(document, ask.text, None)
        for name, text in (("Reasons", ask.reasons), ("Risks", ask.risks)):
            document.add_paragraph(name, style=_style(document, "Heading 3"))
            _text(document, text, None)
        if ask.options:
            document.add_paragraph("What there is to choose from", style=_style(document, "Heading 3"))
            _text(document, "\n".join(f"- {o}" for o in ask.options), None)
        if ask.facts:
            document.add_paragraph(FACTS, style=_style(document, "Heading 3"))
            for fact in ask.facts:
                document.add_paragraph(fact)


def _empty(document: DocumentType) -> None:
    """Take out what a template says; the page's size, header and footer stay in its last section."""
    body = document.element.body
    for child in list(body):
        if child.tag != qn("w:sectPr"):
            body.remove(child)


def _properties(document: DocumentType, paper: WordPaper) -> None:
    """Its title and reference; what a template says of those who wrote it is left out, under whatever name."""
    relations = document.part.package.rels
    for identity in [i for i, r in relations.items() if r.reltype.rpartition("/")[2].endswith("properties")]:
        del relations[identity]
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = paper.title, "", ""
    properties.comments, properties.keywords, properties.subject = "", "", paper.reference


def _style(document: DocumentType, name: str) -> str:
    """The style of this name, made where the template has none."""
    known = document.styles
    if name not in known:
        made = known.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = known["Normal"] if "Normal" in known else None  # noqa: SIM401 (styles have no get)
        if name.startswith("Heading"):
            properties = made.element.get_or_add_pPr()
            outline = OxmlElement("w:outlineLvl")
            outline.set(qn("w:val"), str(int(name[-1]) - 1))
            properties.append(outline)
    return name


def _prepare(document: DocumentType) -> None:
    """Headings 1 and numbered paragraphs share one list: 1, 1.1, 1.2, 2."""
    numbering = _numbering(document)
    kind = parse_xml(
        f'<w:abstractNum {nsdecls("w")} w:abstractNumId="{_NUMBERING}"><w:multiLevelType w:val="multilevel"/>'
        + _level(0, "%1.", _style(document, "Heading 1").replace(" ", ""), 567)
        + _level(1, "%1.%2", "NumberedParagraph", 567)
        + "</w:abstractNum>"
    )
    first = numbering.find(qn("w:num"))
    if first is not None:
        first.addprevious(kind)
    else:
        numbering.append(kind)
    numbering.append(
        parse_xml(f'<w:num {nsdecls("w")} w:numId="{_NUMBERING}"><w:abstractNumId w:val="{_NUMBERING}"/></w:num>')
    )
    for level, name in enumerate(("Heading 1", PARAGRAPH)):
        style = document.styles[_style(document, name)]
        properties = style.element.get_or_add_pPr()
        for old in properties.findall(qn("w:numPr")):
            properties.remove(old)
        number = parse_xml(
            f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{_NUMBERING}"/></w:numPr>'
        )
        properties.insert_element_before(number, "w:outlineLvl", "w:spacing", "w:ind", "w:jc", "w:rPr")
    document.styles[PARAGRAPH].paragraph_format.space_after = Pt(6)


def _numbering(document: DocumentType) -> Any:
    """The lists of the document; an empty part for them where a template has none."""
    try:
        return document.part.numbering_part.element
    except NotImplementedError:
        empty = parse_xml(f"<w:numbering {nsdecls('w')}/>")
        part = NumberingPart(PackURI("/word/numbering.xml"), CONTENT_TYPE.WML_NUMBERING, empty, document.part.package)
        document.part.relate_to(part, RELATIONSHIP_TYPE.NUMBERING)
        return part.element


def _level(level: int, shown: str, style: str, indent: int) -> str:
    return (
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="{style}"/>'
        f'<w:lvlText w:val="{shown}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="{indent}" w:hanging="{indent}"/></w:pPr></w:lvl>'
    )


def _bookmark(paragraph: Paragraph, mark: Mark) -> None:
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    number = str(mark.id % 2**31)
    start.set(qn("w:id"), number)
    start.set(qn("w:name"), mark.name)
    end.set(qn("w:id"), number)
    paragraph._p.insert_element_before(start, "w:r")
    paragraph._p.append(end)


def _text(document: DocumentType, text: str, style: str | None) -> None:
    """Lines as paragraphs: bullets as a list, rows as a table, the rest as they are; one empty one where nothing is."""
    rows: list[list[str]] = []
    lines = [line for line in text.splitlines() if line.strip()]
    for line in [*lines, None]:
        if line is not None and line.lstrip().startswith("|"):
            if not _RULE.match(line.strip()):
                rows.append(_cells(line))
            continue
        if rows:
            _table(document, rows)
            rows = []
        if line is None:
            break
        if heading := _HEADING.match(line):
            level = min(max(len(heading[1]), 3), 6)
            document.add_paragraph(heading[2], style=_style(document, f"Heading {level}"))
        elif bullet := _BULLET.match(line):
            depth = min(len(bullet[1].replace("\t", "  ")) // 2, len(_BULLETS) - 1)
            _runs(document.add_paragraph(style=_style(document, _BULLETS[depth])), bullet[2])
        else:
            _runs(document.add_paragraph(style=_style(document, style) if style else None), line.strip())
    if not lines:
        document.add_paragraph(style=_style(document, style) if style else None)


def _cells(line: str) -> list[str]:
    inner = line.strip().strip("|") if not line.strip().endswith("\\|") else line.strip().lstrip("|")
    return [c.strip().replace("\\|", "|") for c in re.split(r"(?<!\\)\|", inner)]


def _table(document: DocumentType, rows: Sequence[Sequence[str]]) -> None:
    width = max(len(r) for r in rows)
    table = document.add_table(rows=0, cols=width)
    if "Table Grid" in document.styles:
        table.style = "Table Grid"
    for row in rows:
        made = table.add_row()
        for cell, text in zip(made.cells, [*row, *[""] * (width - len(row))], strict=True):
            _runs(cell.paragraphs[0], text)


_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True})


def _runs(paragraph: Paragraph, text: str) -> None:
    """Words with their emphasis and links."""
    state: dict[str, Any] = {"bold": 0, "italic": 0, "link": ""}
    for token in _MARKDOWN.parseInline(text)[0].children or []:
        _run(paragraph, token, state)


def _run(paragraph: Paragraph, token: Token, state: dict[str, Any]) -> None:
    changes = {"strong_open": ("bold", 1), "strong_close": ("bold", -1), "em_open": ("italic", 1)}
    changes["em_close"] = ("italic", -1)
    if token.type in changes:
        name, by = changes[token.type]
        state[name] += by
    elif token.type == "link_open":
        state["link"] = str(token.attrGet("href") or "")
    elif token.type == "link_close":
        state["link"] = ""
    else:
        text = token.content or ("\n" if token.type.endswith("break") else "")
        if text:
            run = _linked(paragraph, text, state["link"]) if state["link"] else paragraph.add_run(text)
            run.bold, run.italic = state["bold"] > 0 or None, state["italic"] > 0 or None


def _linked(paragraph: Paragraph, text: str, target: str) -> Any:
    if not target.startswith(("http://", "https://", "mailto:")):
        return paragraph.add_run(text)
    run = paragraph.add_run(text)
    run.underline = True
    link = OxmlElement("w:hyperlink")
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"
    link.set(qn("r:id"), paragraph.part.relate_to(target, kind, is_external=True))
    paragraph._p.append(link)
    link.append(run._r)
    return run
