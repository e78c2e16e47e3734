"""Fees by income: poverty guidelines, programmes of bands, and what members declare."""
