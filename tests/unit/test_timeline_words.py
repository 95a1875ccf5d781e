"""What an event changed, as the timeline of a case says it."""

from __future__ import annotations

import pytest

from commissioning.casework.timeline import what_changed


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"decisions_confirmed_at": [None, "2026-07-16T16:30:00+00:00"]},
            "decisions confirmed set to “16 July 2026, 17:30”",
        ),
        ({"member": [None, "Head Teacher from 2025-09-17"]}, "member set to “Head Teacher from 17 September 2025”"),
        ({"meeting_on": ["2026-12-01", "2026-12-08"]}, "meeting from “1 December 2026” to “8 December 2026”"),
        (
            {"papers_close_at": ["2026-07-16 09:00:00+00:00", "2026-11-30 10:00:00+00:00"]},
            "papers close from “16 July 2026, 10:00” to “30 November 2026, 10:00”",
        ),
        ({"scrutiny_id": [None, 477645775973281]}, "scrutiny"),
        ({"place": ["Room 1", ""]}, "place from “Room 1” to nothing"),
        ({"reference": ["", "2026-99-99"]}, "reference set to “2026-99-99”"),
    ],
)
def test_days_are_said_in_words_and_no_number_of_a_row_is_shown(changes: dict[str, list[object]], said: str) -> None:
    """Instants in London time; a thing that is known by its number alone is only named."""
    assert what_changed("meeting", changes) == f"Changed: {said}"
    assert what_changed("report", {"title": ["Secret", "More"]}) == "Changed: title", "values of a paper stay inside"


def test_a_field_is_named_by_words_of_people_with_the_values_that_its_page_shows_anyway() -> None:
    manager = {"manager_id": [477645775973281, None], "manager_post_id": [None, 477645775973282]}
    changes = {"value_pence": [100000, 99950], "notice": [3, 6], **manager, "notice_in": ["months", "days"]}
    assert what_changed("contract", changes) == (
        "Changed: value of the whole term from £1,000 to £999.50; notice from “3” to “6”; who manages it; "
        "how notice is counted"
    )
    due = {"stage_due_on": ["2026-12-01", "2026-12-08"]}
    assert what_changed("cycle", due, "cycle.stage_date_changed") == (
        "Changed: day on which the stage is to end from “1 December 2026” to “8 December 2026”"
    )
    assert what_changed("cycle", {"option": [None, ["Secret"]]}) == "Changed: option"
    assert what_changed("report", {"value_pence": [1, 2]}) == "Changed: value of the whole term"
