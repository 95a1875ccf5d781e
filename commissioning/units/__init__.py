"""Organisations that work to a specification: the register, how they are set up and sized, who does which function."""
