"""Forms for drafting a specification: header, one outcome, one improvement area; a variation; objectives; packages."""

from __future__ import annotations

from commissioning import labels
from commissioning.specifications.commands import LONGEST
from commissioning.specifications.objectives import LONGEST as LONGEST_OBJECTIVE
from commissioning.specifications.objectives import LONGEST_POST
from commissioning.specifications.packages import LONGEST_NAME
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    DateField,
    DecimalField,
    MoneyField,
    NumberField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)


class HeaderForm(BaseForm):
    """Days, cash limit, staff, policies."""

    starts_on = DateField("First day", required=True)
    ends_on = DateField("Last day", required=True)
    cash_limit_pence = MoneyField(
        "Cash limit for the year", hint="In pounds. The provider signs for it, and keeps within it"
    )
    headcount_hundredths = DecimalField(
        "Full-time people that it counts on (FTE)", places=2, noun="full-time people", width=5
    )
    policies = TextAreaField(
        "Statutory and council policies that apply, whoever provides", max_length=LONGEST, rows=4,
        noun="policies",
    )  # fmt: skip
    target_grade = TextField("Grade aimed at", hint="If an inspection gives grades; for example, Excellent")


class OutcomeForm(BaseForm):
    """One outcome with its measure."""

    code = TextField("Code", required="Enter a code", width=5, hint="Short, for example A1")
    statement = TextAreaField(
        "Outcome", required="Enter the outcome", max_length=LONGEST, rows=2, count=False,
        hint="What is better, and for whom; not what is done. “More children are in school every day” is an outcome, "
        "“hold six workshops” is a task",
    )  # fmt: skip
    task_reason = TextAreaField(
        "If it reads like a task: why it stands", max_length=LONGEST, rows=2, count=False,
        hint="Leave empty for an outcome", noun="why it stands",
    )  # fmt: skip
    target_group = TextField("For whom", hint="If it is for a group of its own")
    measure = TextField("How it is measured", required="Enter how it is measured", max_length=LONGEST)
    measured_in = TextField("Measured in", width=10, hint="For example %, pupils, days", default="%")
    direction = RadiosField(
        "Which way is good?",
        [choice(code, words) for code, words in labels.DIRECTIONS.items()],
        required="Select which way is good",
    )
    baseline_thousandths = DecimalField("Where it stands now", places=3, minimum=None, noun="where it stands")
    target_thousandths = DecimalField("Target", places=3, minimum=None, required=True)
    tolerance_thousandths = DecimalField(
        "For a target of 0: how far from it is still green", places=3, noun="how far from it is still green"
    )
    weight = NumberField("Weight", required=True, maximum=100, width=3, hint="The weights of all outcomes come to 100")
    priority = TextField("Plan priority that it serves")


class ImprovementForm(BaseForm):
    """One more area for improvement."""

    text = TextAreaField("What is to improve", required="Enter what is to improve", max_length=LONGEST, rows=2)
    source = RadiosField(
        "Where it comes from",
        [choice(code, words) for code, words in labels.IMPROVEMENT_SOURCES.items()],
        required="Select where it comes from",
    )


class ObjectiveForm(BaseForm):
    """An objective of staff."""

    outcome_id = ChoiceField("Outcome that it follows from", list, required="Select the outcome that it follows from")
    text = TextAreaField("Objective", required="Enter the objective", max_length=LONGEST_OBJECTIVE, rows=2)
    post_name = TextField("For which post", max_length=LONGEST_POST, hint="The post, not the person’s name")


class PackageForm(BaseForm):
    """A package: its user outcome, and which units take part. What each does is asked beside its name."""

    name = TextField("Name", required="Enter a name for the package", max_length=LONGEST_NAME)
    user_outcome = TextAreaField(
        "What is better for the user", required="Enter what is better for the user", max_length=LONGEST, rows=3
    )
    units = CheckboxesField("Units that work together", list, required="Select two units or more")
