"""What care costs, who pays, and proof of it."""
