"""An OpenID Connect provider that says what a test tells it to say, right or wrong."""
