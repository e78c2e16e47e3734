"""Signing on at an employer's provider, and setting that up."""

from benefits.sign_on.web.entering import AccountAdapter, Begin, Callback, Consume
from benefits.sign_on.web.settings import SignOnSettings

__all__ = ["AccountAdapter", "Begin", "Callback", "Consume", "SignOnSettings"]
