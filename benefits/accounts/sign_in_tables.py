"""Tables of third parties that signing in needs: no row of them is a tenant's, and only AUTH may touch them."""

from workers.kernel.actor import Role

TABLES = {
    "account_emailaddress": "SELECT, INSERT, UPDATE, DELETE",
    "account_emailconfirmation": "SELECT, INSERT, UPDATE, DELETE",
    "mfa_authenticator": "SELECT, INSERT, UPDATE, DELETE",
}


def grants_sql() -> str:
    """Return the statements that the owner runs after these tables were created; running them again changes nothing."""
    return " ".join(f'GRANT {rights} ON "{table}" TO {Role.AUTH};' for table, rights in TABLES.items())


def revokes_sql() -> str:
    """Return the statements that take the grants back."""
    return " ".join(f'REVOKE ALL ON "{table}" FROM {Role.AUTH};' for table in TABLES)
