"""E-mails: queued in a transaction, sent by the mail lane."""
