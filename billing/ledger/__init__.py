"""Proof of every cent: an append-only double-entry ledger."""
