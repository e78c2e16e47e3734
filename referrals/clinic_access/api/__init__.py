"""The interfaces of clients and of tokens."""
