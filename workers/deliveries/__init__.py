"""Outbound webhooks (Standard Webhooks 1.0)."""
