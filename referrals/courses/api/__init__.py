"""Courses over HTTP: read by members and clinics, moved by members, measured and watched by operators."""
