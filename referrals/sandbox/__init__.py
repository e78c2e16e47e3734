"""Test offers, about nobody: a clinic's developers try acceptance, decline and expiry with them."""
