"""What tests share: databases, a mail server, a browser, a web server. No test and no product rule belongs
here."""
