"""What clinics tell us by signed webhook, and what we made of it."""
