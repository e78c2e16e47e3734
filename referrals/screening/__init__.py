"""Questionnaires before a referral: proceed, a clinician looks first, or urgent help now. Nobody is rejected."""
