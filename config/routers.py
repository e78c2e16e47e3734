"""Which database connection may do what."""


class OwnerMigrates:
    """Only the owner's connection makes tables: the app's login could not."""

    def allow_migrate(self, db: str, app_label: str, **hints: object) -> bool:
        """Whether migrations run on this connection."""
        return db == "owner"
