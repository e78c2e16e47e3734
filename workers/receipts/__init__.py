"""Inbound notices and idempotency keys, stored before they are believed."""
