"""Tests of billing/sliding_scale."""
