"""Pure rules of sign-on: what leaves with the browser, and what makes an answer good, by protocol."""
