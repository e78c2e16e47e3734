"""The interfaces for what clinics say, and for what became of it."""
