"""X12 834: benefit enrollment files (005010X220A1) become a change-set, and are answered by a 999."""
