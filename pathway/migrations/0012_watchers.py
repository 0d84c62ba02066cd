"""Audits, reconciliations, drills; a heartbeat is one of each loop on each host. What hosts said before is let go."""

import uuid
from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models


def count(words=""):
    """A number of things that were counted."""
    return models.PositiveIntegerField(help_text=words)


class Migration(migrations.Migration):
    dependencies: ClassVar = [("pathway", "0011_notify")]
    operations: ClassVar = [
        migrations.DeleteModel(name="Heartbeat"),
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        max_length=40, help_text="celery and sweeper raise, deliver sends, audit recounts; web"
                    ),
                ),
                ("host", models.CharField(max_length=100)),
                (
                    "started_at",
                    models.DateTimeField(null=True, help_text="when it began the round that it ended last, or has not"),
                ),
                ("at", models.DateTimeField(null=True, help_text="when it last came round")),
                (
                    "drift_ms",
                    models.BigIntegerField(
                        default=0, db_default=0, help_text="how far its clock is ahead of the database's"
                    ),
                ),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("name", "host"), name="heartbeat_once")]},
        ),
        migrations.CreateModel(
            name="Audit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("took_ms", count()),
                ("running", count()),
                ("due", count()),
                ("raised", count()),
                ("told", count()),
                ("missing", count("clocks of which a level is due and not raised")),
                ("asleep", count("clocks that would not wake in time for their next level")),
                ("untold", count("alerts of somebody on duty without a row in an inbox")),
                ("unsent", count("deliveries outside, and messages, that nobody has taken up")),
                ("doubled", count("alerts that stand twice for one level of one clock")),
                ("early", count("alerts raised before the time of their level")),
                ("nobody", count()),
                ("woken", count("cases that the auditor woke")),
                ("late_ms", models.PositiveBigIntegerField(help_text="the longest from due to raised")),
                (
                    "cases",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        default=list,
                        help_text="the cases of what is missing or asleep",
                        size=None,
                    ),
                ),
                (
                    "troubles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300),
                        default=list,
                        help_text="what is wrong with the loops",
                        size=None,
                    ),
                ),
                ("is_clean", models.BooleanField(help_text="no fault was counted")),
            ],
            options={"indexes": [models.Index(fields=["-at"], name="audit_at")]},
        ),
        migrations.CreateModel(
            name="Reconciliation",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("made_at", models.DateTimeField()),
                ("counts", models.JSONField()),
                ("signature", models.CharField(max_length=100)),
            ],
            options={"ordering": ["-day"]},
        ),
        migrations.CreateModel(
            name="Drill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("by", models.CharField(max_length=200, help_text="a person, or the timetable")),
                ("started_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField(help_text="when it ends, whatever is still missing")),
                ("ended_at", models.DateTimeField(null=True)),
                ("report", models.JSONField(default=dict)),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="drilled", to="pathway.case"
                    ),
                ),
            ],
            options={"ordering": ["-started_at"]},
        ),
        migrations.AddField(
            model_name="case",
            name="drill",
            field=models.BooleanField(default=False, help_text="a synthetic case of a fire drill", db_default=False),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True), ("withdrawn_at__isnull", True)),
                fields=["case"],
                name="clock_running",
            ),
        ),
        migrations.RunSQL(
            "REVOKE UPDATE, DELETE, TRUNCATE ON pathway_reconciliation FROM pathway_app; "
            "REVOKE UPDATE, TRUNCATE ON pathway_audit FROM pathway_app; "
            "REVOKE DELETE, TRUNCATE ON pathway_drill FROM pathway_app",
            migrations.RunSQL.noop,
        ),
    ]
