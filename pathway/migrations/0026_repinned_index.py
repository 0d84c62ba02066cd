"""Cases moved to another version of the protocol are found without reading every entry."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pathway", "0025_imported")]

    operations = [
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("kind", "case.repinned")), fields=["recorded_at"], name="event_repinned"
            ),
        )
    ]
