"""Tests of billing/ledger."""
