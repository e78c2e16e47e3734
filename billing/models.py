"""The tables of billing, gathered for Django."""
