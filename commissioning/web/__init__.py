"""The web edge: requests in, pages and problems out. Nothing below it imports Flask or WTForms."""
