"""Taking in what clinics say, and letting it take effect."""
