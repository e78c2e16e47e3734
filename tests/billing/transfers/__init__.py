"""Tests of billing/transfers."""
