<<<<<<< HEAD
"""The web edge: requests in, pages and problems out. Nothing below it imports Flask or WTForms."""
=======
"""The web edge: forms, the look, headers. Nothing below it imports from here."""
>>>>>>> look
