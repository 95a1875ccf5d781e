"""Search finds what the searcher may read, part by part, and nothing else gives itself away (issue 2, section 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from commissioning.actors import Actor, Identity
from commissioning.db import in_transaction, make_engine, reading
from commissioning.models.cases import Case
from commissioning.models.reports import Recommendation, RecommendationOption, Risk, Section
from commissioning.models.search import SearchPart
from commissioning.search.queries import find_parts, pieces, words_of
from tests.integration.search import papers
from tests.integration.search.papers import PAPER, TODAY

Search = Callable[..., list[tuple[int, str]]]


@pytest.fixture
def engine(engine_url: str) -> Iterator[Engine]:
    """A database with the papers in it."""
    engine = make_engine(engine_url)
    in_transaction(engine, papers.add_papers)
    yield engine
    engine.dispose()


def actor(person: int, *grants: str) -> Actor:
    """A person of the papers, with roles granted for the organisation."""
    return Actor(Identity(person, "", frozenset(), frozenset((g, "organisation") for g in grants)))


def found(engine: Engine, who: Actor, typed: str, kind: str = "") -> list[tuple[int, str]]:
    """(case, part) of every hit; the count agrees with them."""
    with reading(engine) as session:
        result = find_parts(session, who, typed, TODAY, kind=kind, per_page=50)
    assert result.total == len(result.hits)
    return sorted((h.case.id, h.kind) for h in result.hits)


def test_finds_every_kind_of_part(engine: Engine) -> None:
    member = actor(2)
    assert found(engine, member, "lonely") == [(PAPER, "title")]
    assert found(engine, member, "mentoring families") == [(PAPER, "section")]
    assert found(engine, member, "prevalence") == [(PAPER, "option")]
    assert found(engine, member, "choose measures") == [(PAPER, "recommendation")]
    assert found(engine, member, "chosen") == [(papers.DECISION, "decision")]
    assert found(engine, member, '"rep 0020"') == [(PAPER, "title")]


def test_words_are_found_in_other_forms_and_phrases_as_they_stand(engine: Engine) -> None:
    member = actor(2)
    assert found(engine, member, "mentor scheme family") == [(PAPER, "section")]
    assert found(engine, member, '"schemes reach"') == [(PAPER, "section")]
    assert found(engine, member, '"reach schemes"') == []
    assert found(engine, member, "mentoring nowhereatall") == []


CANARIES = {
    "canarysum": {1, 2, 9},
    "canarysale": {1, 2, 9},
    "canaryvote": {1, 2, 9},
    "quarrybank": {1, 2, 4, 9},
    "canaryprice": {1, 2, 4, 9},
    "sketchbook": {1},
    "canarydraft": {1},
    "canarydeed": {1, 2, 5, 9},
}
"""Who finds which secret word: 9 is the director; 4 declared an interest in the open paper alone."""


@pytest.mark.parametrize("word", CANARIES)
def test_secret_parts_are_found_only_by_who_may_read_them(engine: Engine, word: str) -> None:
    people = {1: actor(1), 2: actor(2), 3: actor(3), 4: actor(4), 5: actor(5)}
    people |= {6: actor(3, "administrator"), 7: actor(3, "auditor"), 8: Actor(None), 9: actor(3, "director")}
    assert {n for n, who in people.items() if found(engine, who, word)} == CANARIES[word]


def test_counts_leak_nothing(engine: Engine) -> None:
    """Three papers speak of mentoring; an outsider counts one, and pages by that."""
    with reading(engine) as session:
        result = find_parts(session, actor(3), "mentoring", TODAY, per_page=1)
        assert (result.total, result.pages, len(result.hits)) == (1, 1, 1)
        result = find_parts(session, actor(1), "mentoring", TODAY, per_page=1, page=3)
        assert (result.total, result.pages, len(result.hits)) == (3, 3, 1)


def test_filter_by_kind(engine: Engine) -> None:
    assert found(engine, actor(2), "measures") == [(papers.DECISION, "decision"), (PAPER, "recommendation")]
    assert found(engine, actor(2), "measures", "decision") == [(papers.DECISION, "decision")]
    assert found(engine, actor(2), "measures", "body") == found(engine, actor(2), "measures")


def test_the_index_follows_edits_in_the_same_transaction(engine: Engine) -> None:
    member = actor(2)

    def edit(session: Session) -> None:
        session.execute(update(Section).where(Section.id == 30).values(text="Now it speaks of marmalade."))
        session.execute(update(Section).where(Section.id == 32).values(text="No longer blank: thistledown."))
        session.execute(update(Case).where(Case.id == PAPER).values(title="A title with gooseberry"))
        session.execute(update(Recommendation).where(Recommendation.id == 40).values(secrecy="exempt"))

    in_transaction(engine, edit)
    for word, count in (("mentoring", 0), ("marmalade", 1), ("thistledown", 1), ("lonely", 0), ("gooseberry", 1)):
        assert len([h for h in found(engine, member, word) if h[0] == PAPER]) == count, word
    assert found(engine, actor(3), "prevalence") == []

    def remove(session: Session) -> None:
        session.execute(delete(RecommendationOption).where(RecommendationOption.id == 45))
        session.execute(delete(Section).where(Section.id == 30))
        session.execute(update(Section).where(Section.id == 32).values(text=""))

    in_transaction(engine, remove)
    for word in ("prevalence", "marmalade", "thistledown"):
        assert found(engine, member, word) == [], word
    with reading(engine) as session:
        assert session.scalars(select(SearchPart.id).where(SearchPart.part_id.in_((30, 32, 45)))).all() == []


def test_a_risk_is_found_by_who_may_read_it_and_its_heading_br44(engine: Engine) -> None:
    both, outsider = (actor(2), actor(3)), actor(3)

    def add(session: Session) -> None:
        heading = {"report_id": PAPER, "position": 4, "key": "risk", "heading": "Risk", "kind": "implication"}
        session.add(Section(id=50, **heading))
        said = {"report_id": PAPER, "arises": "decided", "rating": "low"}
        session.add(Risk(id=51, position=1, text="Stormclouds", consequence="A sandbag", response="Umbrella", **said))
        session.add(Risk(id=52, position=2, text="Hailstones", consequence="x", secrecy="exempt", **said))

    def edit(*values: Any) -> None:
        in_transaction(engine, lambda s: [s.execute(update(t).where(t.id == i).values(**v)) for t, i, v in values])

    in_transaction(engine, add)
    for word in ("stormclouds", "sandbag", "umbrella"):
        assert [found(engine, who, word) for who in both] == [[(PAPER, "risk")]] * 2, word
    assert [found(engine, who, "hailstones") for who in both] == [[(PAPER, "risk")], []]
    edit((Risk, 51, {"text": "Fog"}), (Section, 50, {"secrecy": "exempt"}))
    assert [found(engine, actor(2), w) for w in ("stormclouds", "fog")] == [[], [(PAPER, "risk")]]
    assert [found(engine, outsider, w) for w in ("fog", "hailstones")] == [[], []]
    edit((Risk, 51, {"text": "Frost"}))
    assert found(engine, outsider, "frost") == [], "written anew under a heading that is secret"
    edit((Section, 50, {"secrecy": "open"}))
    assert [found(engine, outsider, w) for w in ("frost", "hailstones")] == [[(PAPER, "risk")], []]
    in_transaction(engine, lambda s: s.execute(delete(Risk)))
    assert found(engine, actor(2), "frost") == []


def test_an_edit_that_fails_leaves_the_index_as_it_was(engine: Engine) -> None:
    def fail(session: Session) -> None:
        session.execute(update(Section).where(Section.id == 30).values(text="marmalade"))
        raise ValueError

    with pytest.raises(ValueError):
        in_transaction(engine, fail)
    assert found(engine, actor(2), "marmalade") == []
    assert found(engine, actor(2), "mentoring families") == [(PAPER, "section")]


@pytest.mark.parametrize(
    "typed", ["", "   ", '"', "*", "-", "()", '"" OR', "a:b NEAR(c", "\x00", "%'--", "☃", "x" * 5000]
)
def test_nothing_that_is_typed_breaks_it(engine: Engine, typed: str) -> None:
    assert found(engine, actor(2), typed) == []


def test_snippets_are_plain_text_with_the_words_marked(engine: Engine) -> None:
    with reading(engine) as session:
        hit = find_parts(session, actor(2), "pumpkinseed", TODAY).hits[0]
    assert [p.text for p in hit.pieces if p.is_match] == ["pumpkinseed"]
    assert "& a half" in "".join(p.text for p in hit.pieces)


def test_pieces_survive_stray_marks() -> None:
    assert "".join(p.text for p in pieces("a\x02b\x03c\x03d\x02e")) == "abcde"
    assert [p.text for p in pieces("a\x02b\x03c") if p.is_match] == ["b"]


def test_words_of() -> None:
    assert words_of('one "two three" f-o') == '"one" "two three" "f o"'
    assert words_of("a " * 40).count('"a"') == 12
