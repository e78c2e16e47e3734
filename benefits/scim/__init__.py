"""SCIM 2.0 (RFC 7643, RFC 7644): an employer's identity provider keeps its roster, user by user."""
