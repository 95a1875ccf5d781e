"""Mutants that change nothing anybody could see, each with the reason: not counted, as no test could tell them apart."""

EQUIVALENT: dict[str, str] = {}
