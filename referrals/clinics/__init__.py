"""The directory: clinics, what they offer, what they charge, and how many people they can take."""
