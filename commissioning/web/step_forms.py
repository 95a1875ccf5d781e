"""A form for any step, made from what its effect asks (a pydantic model) and from its reason.

Here: from annotations to fields. A model may say more of a field in `json_schema_extra`: `widget` ("textarea",
"money"), `labels` (code -> words, for a Literal), `noun` (what stands for the label within a sentence). Where what may
be chosen depends on the case, a feature registers `offers`.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, time
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from sqlalchemy.orm import Session

from commissioning.actors import Actor
from commissioning.casework.locks import effects_of
from commissioning.models.cases import Case
from commissioning.web.formbase import (
    BaseForm,
    CheckboxesField,
    ChoiceField,
    ConfirmField,
    DateField,
    MoneyField,
    NumberField,
    PlainHiddenField,
    RadiosField,
    TextAreaField,
    TextField,
    choice,
)
from workflows.definition import Step

Offer = Callable[[Session, Actor, Case, date], Sequence[tuple[str, str]]]
Prefill = Callable[[Session, Actor, Case, date], dict[str, Any]]
_OFFERS: dict[str, Offer] = {}
_PREFILLS: dict[str, Prefill] = {}
_PAGES: dict[str, Callable[[int, int | None], str]] = {}
_LONG = 200


def offers(field: str, offer: Offer) -> None:
    """Register what can be chosen for a field, as `kind.step.field`: (value, words) pairs."""
    _OFFERS[field] = offer


def prefills(step: str, prefill: Prefill) -> None:
    """Register what a step's form begins with, as `kind.step`."""
    _PREFILLS[step] = prefill


def own_page(step: str, url: Callable[[int, int | None], str]) -> None:
    """Register a page of its own for a step, as `kind.step`; buttons then lead there. `url(case_id, part)`."""
    _PAGES[step] = url


_BEGUN: dict[str, tuple[str, Callable[[int, int | None], str]]] = {}


def begun_at(step: str, label: str, url: Callable[[int, int | None], str]) -> None:
    """What a list offers in place of a step (as "kind.step") before which something is written or read: a word and a
    page."""
    _BEGUN[step] = (label, url)


def beginning_of(kind: str, step: str) -> tuple[str, Callable[[int, int | None], str]] | None:
    """What comes before the step, if a feature said so."""
    return _BEGUN.get(f"{kind}.{step}")


def page_of(kind: str, step: str) -> Callable[[int, int | None], str] | None:
    """The step's own page, if a feature gave it one."""
    return _PAGES.get(f"{kind}.{step}")


def fields_model(step: Step) -> type[BaseModel] | None:
    """What the step asks besides a reason."""
    return next((e.fields for e in effects_of(step) if e.fields), None)


def needs_form(step: Step) -> bool:
    """Whether a step asks anything at all; one that does not is a plain button."""
    return step.reason != "none" or fields_model(step) is not None


def step_form(session: Session, actor: Actor, case: Case, step: Step, today: date) -> BaseForm:
    """The form of a step, filled from the request on POST."""
    model = fields_model(step)
    offers = {name: _OFFERS.get(f"{case.kind}.{step.name}.{name}") for name in (model.model_fields if model else ())}
    options = {name: offer(session, actor, case, today) for name, offer in offers.items() if offer}
    form_type = _form_type(model, step.reason, options) if options else _form_for_all(model, step.reason)
    prefill = _PREFILLS.get(f"{case.kind}.{step.name}")
    data = {"version": case.version, **(prefill(session, actor, case, today) if prefill else {})}
    form: BaseForm = form_type(data=data)
    return form


@lru_cache(maxsize=256)
def _form_for_all(model: type[BaseModel] | None, reason: str) -> type[BaseForm]:
    """The form of a step that offers the same to everybody: made once, because making a class takes long."""
    return _form_type(model, reason, {})


def _form_type(
    model: type[BaseModel] | None, reason: str, options: Mapping[str, Sequence[tuple[str, str]]]
) -> type[BaseForm]:
    parts: dict[str, Any] = {"part": PlainHiddenField()}
    for name, info in model.model_fields.items() if model else ():
        parts[name] = _field(name, info, options.get(name))
    if reason != "none":
        parts["reason"] = TextAreaField(
            "Reason",
            required="Enter a reason: it goes into the record" if reason == "required" else False,
            hint="It goes into the record, and those concerned can read it.",
            max_length=4000,
            rows=3,
        )
    return type("StepForm", (BaseForm,), parts)


def typed_fields(form: BaseForm, step: Step) -> dict[str, Any]:
    """What was typed for the step's own fields, as the command takes it; empty boxes are left to its defaults."""
    model = fields_model(step)
    found: dict[str, Any] = {}
    for name, info in model.model_fields.items() if model else ():
        field = form[name]
        value = field.checked if isinstance(field, ConfirmField) else field.data
        if isinstance(value, date):
            value = value.isoformat()
        if value in (None, "", []) and not info.is_required():
            continue
        found[name] = value
    return found


def _field(name: str, info: FieldInfo, options: Sequence[tuple[str, str]] | None) -> Any:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    label = info.title or name.removesuffix("_id").removesuffix("_on").replace("_", " ").capitalize()
    noun = str(extra.get("noun", ""))
    stock: dict[str, Any] = {"required": info.is_required(), "hint": info.description or "", "noun": noun}
    if info.default is not PydanticUndefined and info.default not in (None, ""):
        stock["default"] = info.default
    kind = _plain(info.annotation)
    if options is not None:
        choices = [choice(value, words) for value, words in options]
        if typing.get_origin(kind) is list:
            return CheckboxesField(label, choices, **stock)
        return ChoiceField(label, choices, **stock)
    return _typed_field(label, kind, extra, stock, info)


def _typed_field(label: str, kind: Any, extra: dict[str, Any], stock: dict[str, Any], info: FieldInfo) -> Any:
    if typing.get_origin(kind) is typing.Literal:
        words = extra.get("labels", {})
        codes = typing.get_args(kind)
        return RadiosField(label, [choice(c, words.get(c) or c.replace("_", " ").capitalize()) for c in codes], **stock)
    makers: dict[Any, Callable[[], Any]] = {
        bool: lambda: ConfirmField(label, str(extra.get("statement", "Yes")), hint=stock["hint"]),
        date: lambda: DateField(label, **stock),
        time: lambda: TextField(label, width=5, **(stock | {"hint": stock["hint"] or "For example, 10:00"})),
        int: lambda: (MoneyField if extra.get("widget") == "money" else NumberField)(label, **stock),
    }
    return makers[kind]() if kind in makers else _text_field(label, extra, stock, info)


def _text_field(label: str, extra: dict[str, Any], stock: dict[str, Any], info: FieldInfo) -> Any:
    longest = next((m.max_length for m in info.metadata if hasattr(m, "max_length")), _LONG)
    if extra.get("widget") == "textarea" or longest > _LONG:
        return TextAreaField(label, max_length=longest, rows=int(extra.get("rows", 5)), **stock)
    return TextField(label, max_length=longest, **stock)


def _plain(annotation: Any) -> Any:
    """The type itself, without Annotated and None."""
    if typing.get_origin(annotation) is typing.Annotated:
        return _plain(typing.get_args(annotation)[0])
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        kinds = [a for a in typing.get_args(annotation) if a is not type(None)]
        return _plain(kinds[0]) if len(kinds) == 1 else annotation
    return annotation
