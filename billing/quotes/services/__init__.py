"""Quoting a course, agreeing to a quote, and what the ledger records of both."""
