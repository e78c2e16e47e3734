"""The tables of referrals, gathered for Django."""
