"""Which clinic is asked next, and why."""
