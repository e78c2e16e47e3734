"""How the words of a referral are said in FHIR R4: pure functions from facts to resources."""
