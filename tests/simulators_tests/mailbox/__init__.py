"""The mail server, driven as a process."""
