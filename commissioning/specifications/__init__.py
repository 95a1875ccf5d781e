"""Specifications: what a unit is to achieve for whom and for how much, agreed by both sides; version after version."""
