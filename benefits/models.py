"""The tables of benefits, gathered for Django."""

from benefits.accounts.models import User

__all__ = ["User"]
