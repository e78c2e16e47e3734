"""What was changed of an employer's own: admins, domains, sign-on, plans."""
