"""Only AUTH may touch the tables of the sign-in library."""

from django.db import migrations

from benefits.accounts.sign_in_tables import grants_sql, revokes_sql


class Migration(migrations.Migration):
    dependencies = [
        ("benefits", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [migrations.RunSQL(grants_sql(), revokes_sql())]
