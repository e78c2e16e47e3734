"""Paying a quote in instalments: plans, stored payment methods, attempts to charge, and what follows a failure."""
