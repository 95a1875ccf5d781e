"""What the types of items are called, and which of an item's facts each of them has."""

from __future__ import annotations

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
}
"""By code, in the order in which they are offered."""

HINTS = {
    "needs": "What people need, and how many of them",
    "research": "What studies found to work, or not to",
    "benchmark": "Cost, quality or outcomes of others beside ours",
    "voice": "What those who use services said",
    "practice": "How other councils or partners do it, and who is best placed to do what",
    "policy": "Guidance and law on their way, and what they mean for services",
    "learning": "Lessons, training and events",
    "link": "A site, a tool or a review that others can use",
    "fact": "One figure with its source and date",
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

EXTRA = {"policy": ("is_consulted", "expected_on", "services", "impact"), "fact": ("figure",)}
"""What only items of a type have."""
