"""The interfaces: SCIM for identity providers, tokens for HR admins."""
