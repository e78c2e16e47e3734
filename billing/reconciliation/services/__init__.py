"""Importing what moved at Stripe, comparing it with the ledger, and resolving what differs."""
