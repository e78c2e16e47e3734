"""Requests for care, from asking to a clinic that said yes."""
