"""Pure rules of SCIM: tokens, the resource, what providers send, how a user is a census row."""
