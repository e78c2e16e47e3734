"""What an employer pays for, and from when."""
