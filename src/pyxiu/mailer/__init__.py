"""Mails to members: one for each event of the outbox that deserves one, sent until it is or until it is too late."""
