"""An employer's admins sign in at its own identity provider (OpenID Connect)."""
