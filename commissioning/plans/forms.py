"""Forms for plans, their priorities and outcomes."""

from __future__ import annotations

from commissioning.plans.commands import LONGEST_CODE, LONGEST_NAME, LONGEST_TEXT
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    DateField,
    MoneyField,
    TextAreaField,
    TextField,
    choice,
)


class PlanForm(BaseForm):
    """What a plan is."""

    name = TextField("Name", required="Enter the plan’s name", max_length=LONGEST_NAME)
    starts_on = DateField("First day", required="Enter its first day")
    ends_on = DateField("Last day", required="Enter its last day")
    about = TextAreaField("What it is for", max_length=LONGEST_TEXT, rows=3)


class NewPlanForm(PlanForm):
    """A plan that is not recorded yet."""

    owner_id = ChoiceField("Who answers for it", list, required="Select who answers for it")
    commissioner_post_id = ChoiceField("Commissioning team", list, required="Select the team that commissions")


class PriorityForm(BaseForm):
    """A priority of a plan."""

    code = TextField(
        "Code", required="Enter its code", hint="As the plan numbers it, such as WT5", max_length=LONGEST_CODE
    )
    title = TextField("Priority", required="Enter its title", max_length=LONGEST_NAME)
    owner_id = ChoiceField("Who answers for it", list)
    partner_unit_id = ChoiceField("Partner responsible", list, hint="An organisation of the register of units")
    cost_pence = MoneyField(
        "What it costs a year", hint="People and buildings included. Leave empty while it is not known",
    )  # fmt: skip
    marks = CheckboxesField("Kind of spending", [
        choice("is_preventative", "It prevents need rather than meets it"),
        choice("is_examined", "It is examined in depth: partners say what a unit of service costs"),
    ])  # fmt: skip


class OutcomeForm(BaseForm):
    """What a priority makes better."""

    statement = TextAreaField(
        "What is better, and for whom", required="Enter what is better, and for whom", max_length=LONGEST_TEXT, rows=2
    )
    target_group = TextField("For whom it is", max_length=LONGEST_TEXT)
    measure = TextField(
        "How it is measured", hint="Leave empty if that is open; it is shown as a gap", max_length=LONGEST_TEXT
    )
    aim_id = ChoiceField("Aim of the programme that this serves", list, hint="One of the aims of this plan")


class AimForm(BaseForm):
    """An aim of the programme."""

    title = TextField(
        "What the programme aims at", required="Enter what the programme aims at", max_length=LONGEST_NAME,
        hint="Such as help early, or decisions that rest on evidence",
    )  # fmt: skip
