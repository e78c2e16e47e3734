"""What is done about clients, and tokens for their secrets."""
