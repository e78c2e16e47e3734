"""Tests of billing/invoices."""
