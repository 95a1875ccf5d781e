"""The rows of a dense table: every value escaped, unless it is Markup already."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from commissioning.web.tables import table_rows

COLUMNS: list[dict[str, Any]] = [{"key": "what", "label": "What"}, {"key": "sum", "label": "Sum, £", "numeric": True}]
BAD = '<script>"'
SAFE = "&lt;script&gt;&#34;"


def test_the_first_column_heads_its_row_and_numbers_stand_right() -> None:
    assert table_rows(COLUMNS, [{"what": "Paper", "sum": 3}], "what") == (
        '<tr class="govuk-table__row"><th scope="row" class="govuk-table__header">Paper</th>'
        '<td class="govuk-table__cell govuk-table__cell--numeric" data-label="Sum, £">3</td></tr>'
    )


def test_a_number_that_heads_its_row_stays_on_one_line() -> None:
    short = table_rows([{"key": "what", "label": "Number", "short": True}], [{"what": "Decision 2"}], "what")
    assert '<th scope="row" class="govuk-table__header app-table__short">Decision 2</th>' in short


def test_every_value_is_escaped_but_markup_is_not() -> None:
    link = {"text": BAD, "href": BAD, "note": BAD}
    found = table_rows(COLUMNS, [{"what": link, "sum": BAD}, {"what": Markup("<b>x</b>"), "sum": None}], "")
    assert BAD not in found
    assert found.count(SAFE) == 4
    assert "<b>x</b>" in found
    assert isinstance(found, Markup)


def test_a_tag_says_its_colour_and_its_words() -> None:
    found = table_rows(COLUMNS, [{"what": {"text": BAD, "tone": "red"}, "sum": ""}], "what")
    assert f'<strong class="govuk-tag govuk-tag--red app-tag">{SAFE}</strong>' in found
