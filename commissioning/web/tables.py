"""The rows of a dense table as HTML: what `data_table` of `macros/lists.html` repeats for every cell.

Written in Python, because a list of fifty lines calls it hundreds of times. Every value is escaped unless it is Markup.
Each cell carries the label of its column, which a telephone shows beside it (`app-table--stack` in app.css).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from commissioning.web.drawing import written


def table_rows(columns: Sequence[Mapping[str, Any]], rows: Iterable[Mapping[str, Any]], first: str) -> Markup:
    """The `<tr>`s. `first`: the key of the column that heads each row, on one line where it is `short`.

    A value is text, Markup or a mapping.
    """
    shapes = [(c["key"], *_shape(c, first)) for c in columns]
    lines = []
    for row in rows:
        cells = [f"{opening}{_cell(row[key])}{closing}" for key, opening, closing in shapes]
        lines.append(f'<tr class="govuk-table__row">{"".join(cells)}</tr>')
    return Markup("\n".join(lines))  # noqa: S704 (every value went through written)  # nosec B704


def _shape(column: Mapping[str, Any], first: str) -> tuple[str, str]:
    if column["key"] == first:
        short = " app-table__short" if column.get("short") else ""
        return f'<th scope="row" class="govuk-table__header{short}">', "</th>"
    numeric = " govuk-table__cell--numeric" if column.get("numeric") else ""
    return f'<td class="govuk-table__cell{numeric}" data-label="{written(column["label"])}">', "</td>"


def _cell(value: Any) -> str:
    if not isinstance(value, dict):
        return "" if value is None else written(value)
    text = written(value["text"])
    if value.get("href"):
        text = f'<a class="govuk-link" href="{written(value["href"])}">{text}</a>'
    elif value.get("tone"):
        text = f'<strong class="govuk-tag govuk-tag--{written(value["tone"])} app-tag">{text}</strong>'
    note = value.get("note")
    return f'{text}<span class="app-table__note">{written(note)}</span>' if note else text
