"""A referral as FHIR R4 (4.0.1)."""
