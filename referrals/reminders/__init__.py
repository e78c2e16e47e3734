"""Reminders that carry people through their sessions."""
