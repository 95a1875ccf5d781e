"""Forms of the set-up: beginning the programme, a step of the template."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from commissioning import labels
from commissioning.models.people import Post
from commissioning.units.roles import POSTS
from commissioning.web.formbase import (
    BaseForm,
    ChoiceField,
    ConfirmField,
    NumberField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)

WHOSE = {"unit": "Each unit", "programme": "The whole programme, once"}


class RemoveForm(BaseForm):
    """Only the key: taking a step out, or filling the template."""


def begin_form(posts: Sequence[Post]) -> BaseForm:
    """Who does the programme's steps, and who signs them off."""
    offered = [choice(str(p.id), p.name) for p in posts]
    parts = {
        "team_post_id": ChoiceField("Who does these steps", offered, required="Select the post or team that does them"),
        "director_post_id": ChoiceField("Who signs them off", offered, required="Select the post that signs them off"),
    }
    form: BaseForm = type("BeginForm", (BaseForm,), parts)()
    return form


def template_form(data: dict[str, Any], *, is_new: bool) -> BaseForm:
    """A step of the template."""
    posts = [choice(role, labels.role(role)) for role in POSTS]
    parts: dict[str, Any] = {}
    if is_new:
        parts["number"] = NumberField("Number", required=True, width=3, minimum=1, maximum=99)
    parts["title"] = TextField("What is done", required="Enter what is done", max_length=120)
    parts["hint"] = TextAreaField("What it means", max_length=2000, rows=3)
    parts["whose"] = RadiosField("Whose step is it?", [choice(c, w) for c, w in WHOSE.items()], required="Select whose")
    parts["depends_on"] = TextField(
        "It waits for steps", width=10, hint="Numbers of earlier steps, such as 4, 5. They are signed off first."
    )
    parts["is_gate"] = ConfirmField("Going live", "A unit does not go live before this is signed off")
    parts["owner"] = ChoiceField("Who does it", posts, required="Select who does it", hint="A post of the unit")
    parts["approver"] = ChoiceField("Who signs it off", posts, required="Select who signs it off")
    parts["working_days"] = NumberField(
        "Working days", required=True, width=3, minimum=1, maximum=400, hint="From the beginning of the set-up"
    )
    form: BaseForm = type("TemplateForm", (BaseForm,), parts)(data=data)
    return form
