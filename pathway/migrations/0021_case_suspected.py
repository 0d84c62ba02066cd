from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("pathway", "0020_tracks_filled"),
    ]

    operations = [
        # An index that was begun and not finished stays, and is of no use: the next run begins anew.
        migrations.RunSQL('DROP INDEX CONCURRENTLY IF EXISTS "case_suspected"', migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("drill", False)), fields=["organisation", "suspected_at"], name="case_suspected"
            ),
        ),
    ]
