"""Pure rules of X12: segments, the envelope, members, what the implementation guide says of them."""
