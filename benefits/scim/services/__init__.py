"""What is done about tokens, and what identity providers do."""
