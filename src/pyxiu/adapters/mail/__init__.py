"""Ways for mails to leave: an SMTP server, or the development mailbox."""
