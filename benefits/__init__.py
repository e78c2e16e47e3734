"""Employers and their people: accounts, plans, eligibility, enrollment."""
