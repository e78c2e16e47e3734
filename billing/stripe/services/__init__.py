"""Asking Stripe (external: outside any transaction) and reducing what it says (inside one)."""
