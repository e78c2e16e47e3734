"""What a member agreed to, paid, got back and still owes: their own statement of a year, as JSON, page and PDF."""
