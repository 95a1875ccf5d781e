"""Finding parts by their words. What the searcher may not see is left out in SQL, before anything is counted or cut.

Here: from typed words to hits with safe snippets, on SQLite (FTS5) and PostgreSQL (tsvector) alike. The index keeps
itself (`models.search`).
"""

# ruff: noqa: S608 - only names of this module and whole numbers are put together; what was typed is bound

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    column,
    false,
    func,
    literal_column,
    or_,
    select,
    table,
    text,
    true,
)
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.models.cases import Case
from commissioning.models.search import PG_WORDS, WORDS_TABLE, SearchPart
from commissioning.visibility import has_part, may_read_secret, visible

PER_PAGE = 20
MAX_WORDS = 12
MAX_LENGTH = 200
KINDS = ("report", "decision", "action", "unit", "specification", "cycle", "plan")
"""Kinds of case whose parts are found."""
LIBRARY = "library"
"""Items of the library, which are no cases: known to everybody who is signed in."""
_OPEN, _SHUT = "\x02", "\x03"
_TOKENS = re.compile(r'"([^"]*)"|(\S+)')
_WORD = re.compile(r"[^\W_]+")
_words = table(WORDS_TABLE, column("rowid"))
_MATCH = text(f"{WORDS_TABLE} MATCH :words")
_SNIPPET = (
    f"SELECT rowid AS id, snippet({WORDS_TABLE}, 1, '{_OPEN}', '{_SHUT}', '…', 30) AS snippet"
    f" FROM {WORDS_TABLE} WHERE {WORDS_TABLE} MATCH :words AND rowid IN ({{ids}})"
)
_HEADLINE = (
    "SELECT id, ts_headline('english', text, websearch_to_tsquery('english', :words),"
    f" 'StartSel={_OPEN}, StopSel={_SHUT}, MaxWords=30, MinWords=12, MaxFragments=1') AS snippet"
    " FROM search_parts WHERE id IN ({ids})"
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a snippet's text; `is_match` where it is a word that was asked for."""

    text: str
    is_match: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """One part that matches, with the case that it belongs to; an item of the library has its own id instead."""

    case: Case | None
    item_id: int | None
    kind: str
    heading: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of hits, best first, and how many there are in all that the searcher may see."""

    hits: tuple[Hit, ...]
    total: int
    page: int
    pages: int


def words_of(typed: str) -> str:
    """What was typed as quoted words and phrases, so that no sign has a meaning of its own to either engine."""
    found = []
    for phrase, word in _TOKENS.findall(typed[:MAX_LENGTH]):
        words = _WORD.findall(phrase or word)
        if words:
            found.append(f'"{" ".join(words)}"')
    return " ".join(found[:MAX_WORDS])


def find_parts(
    session: Session, actor: Actor, typed: str, today: date, *, kind: str = "", page: int = 1, per_page: int = PER_PAGE
) -> Found:
    """Parts that hold every word typed ("quoted" words as a phrase), that this actor may read. Three queries."""
    words = words_of(typed)
    if not words:
        return Found((), 0, 1, 1)
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    chosen = (
        select(SearchPart.id)
        .outerjoin(Case, Case.id == SearchPart.case_id)
        .where(_seen(actor, today, kind), _may_read(actor, today))
        .params(words=words)
    )
    chosen, best = _matching(chosen, is_sqlite)
    total = session.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
    pages = max(1, -(-total // per_page))
    page = min(max(1, page), pages)
    ids = session.scalars(
        chosen.order_by(best, SearchPart.id.desc()).limit(per_page).offset((page - 1) * per_page)
    ).all()
    return Found(tuple(_hits(session, list(ids), words, is_sqlite)), total, page, pages)


def _seen(actor: Actor, today: date, kind: str) -> ColumnElement[bool]:
    """Parts of cases that the actor may know of, and items of the library; of one kind, or of all."""
    items = and_(SearchPart.kind == LIBRARY, true() if actor.identities else false())
    if kind == LIBRARY:
        return items
    cases = or_(*(visible(actor, k, today) for k in ((kind,) if kind in KINDS else KINDS)))
    return cases if kind in KINDS else or_(cases, items)


def _may_read(actor: Actor, today: date) -> ColumnElement[bool]:
    """A part that is not open: only for who may read the secret part of its report, or has a part in the action."""
    own_action = and_(SearchPart.kind == "action", has_part(actor))
    secret = and_(SearchPart.report_id.is_not(None), may_read_secret(actor, today, SearchPart.report_id))
    return or_(SearchPart.secrecy == "open", own_action, secret)


def _matching(chosen: Select[Any], is_sqlite: bool) -> tuple[Select[Any], ColumnElement[Any]]:
    if is_sqlite:
        return chosen.where(_words.c.rowid == SearchPart.id, _MATCH), literal_column(f"bm25({WORDS_TABLE}, 2.0, 1.0)")
    query = "websearch_to_tsquery('english', :words)"
    rank = func.ts_rank(text(PG_WORDS), text(query)).desc()
    return chosen.where(text(f"{PG_WORDS} @@ {query}")), rank


def _hits(session: Session, ids: list[int], words: str, is_sqlite: bool) -> list[Hit]:
    if not ids:
        return []
    listed = ", ".join(str(int(i)) for i in ids)
    statement = (_SNIPPET if is_sqlite else _HEADLINE).format(ids=listed)
    snippets = {row.id: row.snippet for row in session.execute(text(statement), {"words": words})}
    rows = session.execute(
        select(SearchPart, Case).outerjoin(Case, Case.id == SearchPart.case_id).where(SearchPart.id.in_(ids))
    ).all()
    by_id = {part.id: _hit(part, case, snippets.get(part.id) or part.text) for part, case in rows}
    return [by_id[i] for i in ids if i in by_id]


def _hit(part: SearchPart, case: Case | None, snippet: str) -> Hit:
    item_id = part.part_id if part.kind == LIBRARY else None
    return Hit(case, item_id, part.kind, part.heading, pieces(snippet))


def pieces(snippet: str) -> tuple[Piece, ...]:
    """A snippet as runs of plain text: the page escapes each, and marks those that matched."""
    found = []
    for n, run in enumerate(snippet.split(_OPEN)):
        matched, _, rest = run.partition(_SHUT) if n else ("", "", run)
        found += [Piece(matched, True), Piece(rest.replace(_SHUT, ""), False)]
    return tuple(p for p in found if p.text)
