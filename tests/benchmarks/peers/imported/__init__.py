"""The peer's own app: the table that it imports into."""
