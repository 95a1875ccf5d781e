"""Mutants that change nothing anybody could see, each with the reason. Not counted."""

EQUIVALENT: dict[str, str] = {}
