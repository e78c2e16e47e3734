"""Tests of billing/reconciliation."""
