"""Tier 2: a worker dies at every step of every kind of handler, on real PostgreSQL."""
