"""A member's statement as a page, and as a file to keep."""
