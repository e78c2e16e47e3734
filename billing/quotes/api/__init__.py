"""Quotes over HTTP, for the member they are for."""

from billing.quotes.api.quotes import Acceptance, OneQuote, Quotes
from billing.quotes.api.whatif import WhatIfs

__all__ = ["Acceptance", "OneQuote", "Quotes", "WhatIfs"]
