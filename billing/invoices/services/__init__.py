"""Accounts of employers, and the life of their invoices."""
