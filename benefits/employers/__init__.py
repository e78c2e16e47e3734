"""Companies that pay for the benefit."""
