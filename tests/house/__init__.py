"""Rules of the house as tests: about the code itself, not about what it does."""
