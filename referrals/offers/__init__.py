"""Offers of a referral to clinics, one after another, until one says yes."""
