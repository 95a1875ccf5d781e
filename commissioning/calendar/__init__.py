"""One's own calendar: every date that concerns a reader, as a page, as a feed, as invitations to meetings."""
