"""Forms for units: what one is, who contributes, its own working plan."""

from __future__ import annotations

from typing import Any

from commissioning import labels
from commissioning.units.commands import LONGEST_NAME, LONGEST_TEXT, MOST_FTE_HUNDREDTHS
from commissioning.web.formbase import (
    BaseForm,
    ChoiceField,
    DateField,
    DecimalField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)


class UnitForm(BaseForm):
    """What a unit is, and its posts."""

    name = TextField("Name", required="Enter the unit’s name", max_length=LONGEST_NAME)
    area = TextField("Area", hint="If it works in one part of the council’s area only")
    remit = TextAreaField("What it does, and for whom", max_length=LONGEST_TEXT, rows=4)
    core_group = TextField(
        "Group",
        hint="Of a core unit: the group in which the council draws it. Of a partner: what it gives, for example “Core"
        " contributor”",
    )
    core_unit_id = ChoiceField("Core unit that commissions it", list, hint="If one does")
    fte_hundredths = DecimalField(
        "Full-time people (FTE)", places=2, maximum=MOST_FTE_HUNDREDTHS, noun="full-time people", width=5
    )
    head_post_id = ChoiceField("Head", list, required="Select the post of its head")
    strategy_post_id = ChoiceField("Strategy leader", list, required="Select the post of its strategy leader")
    finance_post_id = ChoiceField(
        "Finance strategy leader", list, required="Select the post of its finance strategy leader"
    )
    commissioner_post_id = ChoiceField("Commissioning team", list, required="Select the team that commissions it")
    director_post_id = ChoiceField("Director", list, required="Select the post of its director")
    board_id = ChoiceField(
        "Board that it answers to", list, hint="What its monitoring escalates goes there. Leave empty if none"
    )
    live_on = DateField("Day on which it is to go live")


class NewUnitForm(UnitForm):
    """A unit that is not recorded yet. Its kind stays."""

    kind = RadiosField(
        "What kind of organisation is it?",
        [choice(code, words) for code, words in labels.UNIT_KINDS.items()],
        required="Select what kind of organisation it is",
    )
    is_live = RadiosField(
        "Does it work already?",
        [
            choice("yes", "Yes, it works", "It is recorded as live"),
            choice("no", "No, it is to be set up", "It goes live when its set-up is signed off"),
        ],
        required="Select whether it works already",
    )

    def shown(self) -> Any:
        """The kind comes after the name, as people think of it."""
        fields = list(super().shown())
        late = [f for f in fields if f.short_name in ("kind", "is_live")]
        rest = [f for f in fields if f not in late]
        return iter([rest[0], *late, *rest[1:]])


class EditUnitForm(UnitForm):
    """A unit that is recorded, with its first and last day."""

    from_on = DateField("First day", hint="Leave empty if it was always there")
    to_on = DateField("Last day", hint="Leave empty if it is open")


class RenameForm(BaseForm):
    """Another name."""

    name = TextField("New name", required="Enter the unit’s name", max_length=LONGEST_NAME)
    reason = TextAreaField("Why it is renamed", required="Enter why it is renamed", max_length=2000, rows=3)


class ContributorForm(BaseForm):
    """Somebody who fills in returns beside the head."""

    person_id = ChoiceField("Add somebody", list, required="Select a person")


class PlanForm(BaseForm):
    """The unit's own working plan."""

    working_plan = TextAreaField("Working plan", max_length=LONGEST_TEXT, rows=18)
