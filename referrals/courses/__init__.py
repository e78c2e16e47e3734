"""Courses of treatment: a clinic's plan of sessions, and what became of each."""
