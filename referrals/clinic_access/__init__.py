"""Who a clinic's software is: OAuth clients and keys, their scopes, secrets and tokens."""
