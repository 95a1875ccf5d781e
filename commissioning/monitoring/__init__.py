"""What units return each month, how it is accepted, and the meetings at which it is discussed."""
