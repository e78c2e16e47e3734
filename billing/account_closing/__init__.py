"""An employee closes their account: here, for only billing knows whether something is still to be paid."""
