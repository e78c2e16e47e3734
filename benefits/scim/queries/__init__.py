"""Reading tokens and provisioned users."""
