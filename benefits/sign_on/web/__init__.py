"""Signing on at an employer's provider, and setting that up."""

from benefits.sign_on.web.entering import Begin, Callback
from benefits.sign_on.web.settings import SignOnSettings

__all__ = ["Begin", "Callback", "SignOnSettings"]
