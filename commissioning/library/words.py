"""What the types of items are called, and which of an item's facts each of them has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

KINDS = {
    "needs": "Needs",
    "research": "Research",
    "benchmark": "Benchmark",
    "voice": "Users’ voice",
    "practice": "Practice",
    "policy": "Policy watch",
    "learning": "Learning",
    "link": "Resource link",
    "fact": "Context fact",
    "value": "Value for money",
    "inspection": "Inspection recommendation",
    "programme": "Other programme",
    "agency": "Partner agency",
    "training": "Training or event",
    "handbook": "Handbook",
}
"""By code, in the order in which they are offered."""

HINTS = {
    "needs": "What people need, and how many of them",
    "research": "What studies found to work, or not to",
    "benchmark": "Cost, quality or outcomes of others beside ours",
    "voice": "What those who use services said",
    "practice": "How other councils or partners do it",
    "policy": "Guidance and law on their way, and what they mean for services",
    "learning": "Lessons, with whom they are shared, and what they change",
    "link": "A site, a tool or a review that others can use",
    "fact": "One figure with its source and date",
    "value": "Cost, performance, standards and practice compared, and what follows",
    "inspection": "What inspectors recommended, and when they judge again",
    "programme": "A change elsewhere in the council, and whether it conflicts with this one",
    "agency": "Who else supports children, and what each is best placed to provide",
    "training": "Modules and events, and what outside they wait for",
    "handbook": "A guide under development, version by version, with its sources",
}

STANDING = {"current": "In use", "stale": "Out of date", "archived": "Archived", "all": "All"}
"""What a list is narrowed to."""

FIELDS = {
    "title": "Title",
    "text": "Text",
    "figure": "Figure",
    "source": "Source",
    "source_on": "Date of the source",
    "link": "Link",
    "is_consulted": "Under consultation",
    "expected_on": "Expected",
    "services": "Services touched",
    "impact": "Impact",
}
"""Facts of an item as its history names them."""

EXTRA = {
    "policy": ("is_consulted", "expected_on", "services", "impact"),
    "fact": ("figure",),
    "inspection": ("expected_on",),
    "training": ("expected_on",),
}
"""What only items of some types have."""

EXPECTED = {"policy": "Expected", "inspection": "Judged again", "training": "Held on"}
"""What the day of an item is to its type."""


@dataclass(frozen=True)
class Own:
    """A fact of one type alone: what it is called, a hint, the choices by code where it is chosen."""

    label: str
    hint: str = ""
    choices: Mapping[str, str] | None = None
    is_needed: bool = False

    def said(self, value: str) -> str:
        """A value in words."""
        return (self.choices or {}).get(value, value)


OWN: dict[str, dict[str, Own]] = {
    "benchmark": {
        "compares": Own("What it compares", choices={"cost": "Cost", "quality": "Quality", "outcomes": "Outcomes"}),
        "ours": Own("Ours", "In words, with what it is measured in"),
        "theirs": Own("Theirs", "Whose, and how much"),
    },
    "learning": {
        "shared_with": Own("Shared with", "Other authorities or partners, and when"),
        "influence": Own("What it changed", "In policy, here or elsewhere"),
    },
    "value": {
        "cost": Own("Cost", "Beside whose", is_needed=True),
        "performance": Own("Performance", "Beside whose", is_needed=True),
        "standards": Own("Standards", "Beside whose", is_needed=True),
        "practice": Own("Practice", "Beside whose", is_needed=True),
        "follows": Own(
            "What follows",
            choices={
                "stay": "It stays as it is",
                "integrate": "A candidate for integration",
                "joint": "A candidate for joint commissioning",
            },
            is_needed=True,
        ),
    },
    "inspection": {
        "judgement": Own("Judgement now", "For example: satisfactory", is_needed=True),
        "wanted": Own("Judgement wanted", "For example: good"),
        "doing": Own("What is done about it"),
    },
    "programme": {
        "compared_by": Own("Who compared the two", is_needed=True),
        "conflict": Own(
            "Conflict",
            choices={"none": "None found", "possible": "Possible", "found": "Found"},
            is_needed=True,
        ),
        "answer": Own("What is done about it"),
    },
    "agency": {
        "provides": Own("What it provides now"),
        "best_placed": Own("What it is best placed to provide", is_needed=True),
    },
    "training": {
        "waits_for": Own("What outside it waits for", "Nothing, if it goes on"),
        "blocked": Own("Why it cannot go on"),
    },
    "handbook": {
        "edition": Own("Version", is_needed=True),
        "standing": Own(
            "How far it is", choices={"draft": "Under development", "agreed": "Agreed", "in_use": "In use"}
        ),
    },
}
"""What items of a type have that no other has, by code."""


def own_said(kind: str, own: Mapping[str, str]) -> list[tuple[str, str]]:
    """An item's own facts in words, in the order of its type."""
    return [(fact.label, fact.said(own[code])) for code, fact in OWN.get(kind, {}).items() if own.get(code)]
