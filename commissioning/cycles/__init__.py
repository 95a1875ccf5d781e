"""Commissioning cycles: Assess, Plan, Do, Review, with the outputs of each stage and two gates that a board opens."""
