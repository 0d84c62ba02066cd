from django.db import migrations, models

# An alert raised before its case was moved to another version stands on the ladder of the one that it came from.
FILL = """
UPDATE pathway_alert alert SET protocol = coalesce((
  SELECT event.answers->>'from' FROM pathway_event event
  WHERE event.case_id = alert.case_id AND event.kind = 'case.repinned' AND event.recorded_at >= alert.raised_at
  ORDER BY event.id LIMIT 1
), owner.protocol)
FROM pathway_case owner WHERE owner.id = alert.case_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("pathway", "0015_telling"),
    ]

    operations = [
        migrations.AddField(
            model_name="alert",
            name="protocol",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="the version whose ladder it stands on; a repin keeps it",
                max_length=40,
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
