"""Changes of an identity and acknowledgements can only be added by the application's role."""

from typing import ClassVar

from django.db import migrations

TABLES = "pathway_identitychange, pathway_acknowledgement"


class Migration(migrations.Migration):
    dependencies: ClassVar = [("pathway", "0004_identity_and_acknowledgements")]
    operations: ClassVar = [
        migrations.RunSQL(
            f"REVOKE UPDATE, DELETE, TRUNCATE ON {TABLES} FROM pathway_app",
            f"GRANT UPDATE, DELETE ON {TABLES} TO pathway_app",
        )
    ]
