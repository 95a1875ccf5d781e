"""What is going wrong: one page for directors, lead members and commissioners, and the same by mail on Mondays."""
