"""My ladder: every date that leads to my gates and papers, on one page."""
