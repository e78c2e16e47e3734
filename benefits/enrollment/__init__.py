"""Members, and the periods in which a plan covers them."""
