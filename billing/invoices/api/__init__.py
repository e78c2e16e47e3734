"""Invoices over HTTP: HR reads its own, finance does the rest."""
