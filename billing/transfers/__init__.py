"""What clinics are owed for sessions that took place, and its transfer to their accounts at Stripe."""
