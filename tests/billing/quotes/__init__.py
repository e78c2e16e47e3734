"""Tests of billing/quotes."""
