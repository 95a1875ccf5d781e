"""Decisions: what a body decided on each recommendation, what it acts on, and its life afterwards."""
