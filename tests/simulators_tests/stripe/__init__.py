"""The Stripe simulator, driven as a process by the real SDK."""
