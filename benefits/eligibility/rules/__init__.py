"""Pure rules of eligibility files: cells, reading, comparing."""
