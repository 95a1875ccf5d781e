"""The three public reports and the units list of the example council, read from `papers/` into frozen values.

Here belong reading and checking the files, and turning a report into what the lints read. Creating cases,
people or bodies from them belongs to whoever loads the example council. Requirements: BR-03, BR-05, BR-39,
NY-03 to NY-05, LI-01, LI-02.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from commissioning.reports.lints import Appendix, BodyName, PaperText, Recommendation, Section

PAPERS = Path(__file__).parent / "papers"
PAPER_NAMES = ("lincolnshire-pbr", "north-yorkshire-commissioning", "bristol-commissioning")
_STRICT = ConfigDict(extra="forbid")

T = TypeVar("T")
Stands = Literal["draft", "with_provider", "negotiation", "agreed", "in_force", "varied", "variation", "proposing"]
BodyKind = Literal["executive", "committee", "partnership", "officer"]
AskKind = Literal["approve", "agree", "agree_not_to", "choose", "comment", "note", "proceed", "delegate", "refer"]
ImplicationKind = Literal[
    "legal", "financial", "revenue", "capital", "land", "personnel", "equalities", "risk", "consultation"
]


class BadSource(ValueError):
    """A file of the example council that cannot be read; the text names file and field."""


@dataclass(frozen=True, config=_STRICT)
class SourceContact:
    """A contact officer, by post."""

    post: str
    telephone: str | None
    email: str | None


@dataclass(frozen=True, config=_STRICT)
class SourceHeader:
    """A report's header; None where the report does not say."""

    report_by: str
    sponsor: str | None
    contact: SourceContact
    presenting_officer: str | None
    ward: str | None
    confidential: bool | None
    exempt: bool | None
    key_decision: bool | None


@dataclass(frozen=True, config=_STRICT)
class SourceBody:
    """A body that a report names."""

    name: str
    kind: BodyKind
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class SourceSection:
    """A section or implication with its paragraphs; `own` marks what the report itself does not have."""

    key: str
    heading: str
    paragraphs: tuple[str, ...]
    number: str = ""
    kind: Literal["section", "implication"] = "section"
    implication: ImplicationKind | None = None
    none_because: str = ""
    signed_by: str | None = None
    own: bool = False

    @property
    def text(self) -> str:
        """The paragraphs, one to a line."""
        return "\n".join(self.paragraphs)


@dataclass(frozen=True, config=_STRICT)
class SourceOption:
    """One thing to choose."""

    key: str
    text: str
    own: bool = False


@dataclass(frozen=True, config=_STRICT)
class SourceChoice:
    """How many of the options may be chosen."""

    least: int
    most: int


@dataclass(frozen=True, config=_STRICT)
class SourceRecommendation:
    """A numbered recommendation and what it asks."""

    number: str
    ask: AskKind
    text: str
    reasons: str = ""
    risks: str = ""
    amount_pence: int | None = None
    deadline_on: date | None = None
    choose: SourceChoice | None = None
    options: tuple[SourceOption, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class SourceRisk:
    """A risk of the paper (BR-44), with when it arises and how great it is."""

    text: str
    arises: Literal["not_decided", "decided"]
    rating: Literal["low", "medium", "high", "very_high"]
    consequence: str
    response: str = ""


@dataclass(frozen=True, config=_STRICT)
class SourceAppendix:
    """A lettered appendix with its text."""

    letter: str
    title: str
    text: str
    illustrative: bool = False
    own: bool = False


@dataclass(frozen=True, config=_STRICT)
class SourceActionLine:
    """One line of an action: plan priority, progress, and when the board hears of it (NY-04, NY-05)."""

    priority: str
    priority_title: str
    progress: str
    report_to_board: str

    @property
    def board_month(self) -> date | None:
        """The first of the month named in `report_to_board`, or None where that column holds a status."""
        try:
            return datetime.strptime(self.report_to_board, "%B %Y").date()  # noqa: DTZ007 - a month has no zone
        except ValueError:
            return None


@dataclass(frozen=True, config=_STRICT)
class SourceAction:
    """A numbered action with its lines."""

    number: int
    text: str
    lines: tuple[SourceActionLine, ...]


@dataclass(frozen=True, config=_STRICT)
class SourcePaper:
    """A public report as structured data."""

    code: str
    reference: str
    title: str
    council: str
    meeting_on: date
    header: SourceHeader
    tabled_at: SourceBody
    sections: tuple[SourceSection, ...]
    recommendations: tuple[SourceRecommendation, ...]
    appendices: tuple[SourceAppendix, ...]
    other_bodies: tuple[SourceBody, ...] = ()
    actions: tuple[SourceAction, ...] = ()
    risks: tuple[SourceRisk, ...] = ()


SourceOutcome = tuple[str, str, str, str, Literal["higher", "lower"], Decimal, Decimal, int, str]
"""Code, statement, measure, what it is measured in, which way is good, where it stood, target, weight, priority."""


@dataclass(frozen=True, config=_STRICT)
class SourceUnit:
    """A core unit or business unit; `centre` marks the directorate in the middle of the core.

    `held_by` and `lead` are codes of the example's people and posts; `stands` is how far its specification has come;
    the baseline is in pounds.
    """

    name: str
    group: str = ""
    centre: bool = False
    held_by: str = ""
    lead: str = ""
    area: str = ""
    remit: str = ""
    fte: Decimal = Decimal(0)
    baseline: int = 0
    stands: Stands = "in_force"
    outcomes: tuple[SourceOutcome, ...] = ()
    improvements: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, config=_STRICT)
class SourceUnits:
    """Bristol's 18 core units and 22 business units."""

    core: tuple[SourceUnit, ...]
    business_units: tuple[SourceUnit, ...]


def _read(kind: type[T], path: Path) -> T:
    try:
        return TypeAdapter(kind).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (OSError, yaml.YAMLError) as problem:
        raise BadSource(f"{path.name}: cannot be read: {problem}") from problem
    except ValidationError as problem:
        first = problem.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadSource(f"{path.name}: {field}: {first['msg']}") from problem


def load_paper(name: str, folder: Path = PAPERS) -> SourcePaper:
    """Read one report, named as in `PAPER_NAMES`; `BadSource` names the file and field that is wrong."""
    return _read(SourcePaper, folder / f"{name}.yaml")


def load_papers() -> dict[str, SourcePaper]:
    """Read the three reports, by their code: LI, NY, BR."""
    papers = [load_paper(name) for name in PAPER_NAMES]
    return {paper.code: paper for paper in papers}


def load_units(folder: Path = PAPERS) -> SourceUnits:
    """Read Bristol's units; `BadSource` names the field that is wrong."""
    return _read(SourceUnits, folder / "units.yaml")


def _body(body: SourceBody) -> BodyName:
    return BodyName(body.name, body.aliases)


def _action_lines(paper: SourcePaper) -> str:
    return "\n".join(
        f"Action {action.number}: {action.text} {line.priority} {line.priority_title}. "
        f"{line.progress} {line.report_to_board}"
        for action in paper.actions
        for line in action.lines
    )


def paper_text(paper: SourcePaper, *, with_own: bool = True) -> PaperText:
    """Turn a report into what the lints read; without `with_own`, without what the example council added."""
    sections = [
        Section(item.key, item.heading, item.text, item.number, item.kind, item.none_because)
        for item in paper.sections
        if with_own or not item.own
    ]
    if paper.actions:
        sections.append(Section("actions", "Actions", _action_lines(paper)))
    return PaperText(
        title=paper.title,
        tabled_at=_body(paper.tabled_at),
        meeting_on=paper.meeting_on,
        known_bodies=tuple(_body(body) for body in paper.other_bodies),
        sections=tuple(sections),
        recommendations=tuple(
            Recommendation(
                number=item.number,
                ask=item.ask,
                text=item.text,
                reasons=item.reasons,
                risks=item.risks,
                amount_pence=item.amount_pence,
                deadline_on=item.deadline_on,
                options=tuple(option.text for option in item.options),
            )
            for item in paper.recommendations
        ),
        appendices=tuple(Appendix(item.letter, item.title, True, item.text) for item in paper.appendices),
        risks=tuple(risk.arises for risk in paper.risks),
    )
