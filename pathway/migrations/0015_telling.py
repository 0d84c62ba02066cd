"""An offer is told by rows of its own; an alert knows how many inboxes it was told in; receipts are known by name."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models

COUNT = """
UPDATE pathway_alert SET people = told.people
FROM (SELECT alert_id, count(*) AS people FROM pathway_delivery WHERE channel = 'inbox' GROUP BY alert_id) told
WHERE pathway_alert.id = told.alert_id
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("pathway", "0014_lent_alerts")]
    operations: ClassVar = [
        migrations.RemoveConstraint(model_name="delivery", name="delivery_outside_once"),
        migrations.AddField(
            model_name="alert",
            name="people",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="how many rows of inboxes it was told in, over all calls"
            ),
        ),
        migrations.AddField(
            model_name="attempt",
            name="receipt",
            field=models.CharField(blank=True, db_default="", max_length=200),
        ),
        migrations.AddField(
            model_name="delivery",
            name="offer",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="pathway.response",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("offer__isnull", True)),
                fields=("alert", "address", "call"),
                name="delivery_outside_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("offer", "address"), name="delivery_offer_once"),
        ),
        migrations.AlterField(
            model_name="audit",
            name="nobody",
            field=models.PositiveIntegerField(help_text="newest alerts of a clock whose last call told nobody"),
        ),
        migrations.AlterField(
            model_name="audit",
            name="untold",
            field=models.PositiveIntegerField(help_text="alerts that were not told to all who were to be told"),
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
