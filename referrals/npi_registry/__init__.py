"""The National Provider Identifier registry (NPPES), as CMS publishes it: who a clinic's number belongs to."""
