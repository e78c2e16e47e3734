"""Asking at each point of a course, and answering."""
