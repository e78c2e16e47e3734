"""What happens to courses: planning, sessions, closing, and notices to the clinic."""
