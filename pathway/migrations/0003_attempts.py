"""The table in which sign-in attempts are counted (Django's database cache)."""

from typing import ClassVar

from django.db import migrations

TABLE = """
CREATE TABLE pathway_attempts (
  cache_key varchar(255) PRIMARY KEY,
  value text NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX pathway_attempts_expires ON pathway_attempts (expires);
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("pathway", "0002_append_only")]
    operations: ClassVar = [migrations.RunSQL(TABLE, "DROP TABLE pathway_attempts")]
