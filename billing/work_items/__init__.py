"""What of the money a person has to decide: opened by programs, closed by an operator who says what was done."""
