"""Outcomes: the same few questions before, during and after a course, and how the answers move."""
