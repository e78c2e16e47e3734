"""Servers of their own that stand in for the outside world: run by tests, demo and chaos alike."""
