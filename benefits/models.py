"""The tables of benefits, gathered for Django."""

from benefits.accounts.models import Invitation, Session, User

__all__ = ["Invitation", "Session", "User"]
