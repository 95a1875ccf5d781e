"""Agenda packs: one PDF for each edition of a meeting's papers, and what members read on a screen."""
