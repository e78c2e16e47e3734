"""Months by their names: who lives in the United States takes Django's 02/03/2026 (2 March) for the 3rd of February."""

SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y H:i"
