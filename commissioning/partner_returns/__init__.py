"""What partners are asked for again and again: asking, answering, validating, publishing, and the totals."""
