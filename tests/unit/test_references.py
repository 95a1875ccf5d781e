"""References in a paper that follow what they point at, whatever is moved (NY-21)."""

from __future__ import annotations

from commissioning.reports.numbering import paragraphs
from commissioning.reports.references import with_references

BEFORE = ("Summary", "It is paid for as [see Costs] says; [see legal  Implications] binds.")
MONEY = ("Money", "First.\n\n[here costs]\nIt costs £5. [here  COSTS ]\n- a line\n\nLast, see [see nothing].")
LEGAL = ("Legal implications", "None.")


def texts(*sections: tuple[str, str]) -> list[str]:
    """The texts of sections (heading, text), numbered in order, as they are read."""
    rows = [{"number": n, "heading": h, "text": t} for n, (h, t) in enumerate(sections, 1)]
    return [s["text"] for s in with_references({"sections": rows})["sections"]]


def test_ny21_a_number_follows_what_it_points_at() -> None:
    assert texts(BEFORE, MONEY, LEGAL)[0] == "It is paid for as paragraph 2.2 says; section 3 binds."
    moved = texts(BEFORE, LEGAL, ("Money", "New first.\n\n" + MONEY[1]))
    assert moved[0] == "It is paid for as paragraph 3.3 says; section 2 binds."


def test_marks_are_not_read_nor_counted_and_what_points_at_nothing_is_seen() -> None:
    money = texts(BEFORE, MONEY)[1]
    assert [p.text for p in paragraphs(2, money)] == ["First.", "It costs £5.\n\n- a line", "Last, see [see nothing]."]
    assert texts(("Summary", "Plain [exempt] text"))[0] == "Plain [exempt] text"
