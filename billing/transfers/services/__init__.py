"""Clinics' accounts, their months, and the transfers."""
