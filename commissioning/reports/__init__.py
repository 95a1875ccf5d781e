"""Reports: the board paper on its way from first draft to decision."""
