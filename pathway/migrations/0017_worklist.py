import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pathway", "0016_ladder_of_alert"),
    ]

    operations = [
        migrations.CreateModel(
            name="Handed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("accepted", "taken over"),
                            ("refused", "not taken over"),
                            ("kept", "kept by who gave it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.CharField(blank=True, max_length=200)),
                ("reason", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("started_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SavedFilter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("name", models.CharField(max_length=40)),
                ("query", models.JSONField(default=dict, help_text="the chosen filters by name, as the page has them")),
                ("place", models.PositiveSmallIntegerField()),
            ],
        ),
        migrations.AddField(
            model_name="case",
            name="tracks",
            field=models.JSONField(
                db_default={}, default=dict, help_text="the newest row of each track that was begun"
            ),
        ),
        migrations.AddField(
            model_name="handed",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="handed", to="pathway.case"
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="giver",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="given", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="pathway.organisation"
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="taker",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="taken", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="unit",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="pathway.unit"
            ),
        ),
        migrations.AddField(
            model_name="handed",
            name="handover",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="pathway.handover"
            ),
        ),
        migrations.AddField(
            model_name="savedfilter",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="saved_filters", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("giver", models.F("taker")), _negated=True), name="handover_to_another"
            ),
        ),
        migrations.AddIndex(
            model_name="handed",
            index=models.Index(condition=models.Q(("ended_at__isnull", True)), fields=["case"], name="handed_waiting"),
        ),
        migrations.AddConstraint(
            model_name="handed",
            constraint=models.UniqueConstraint(fields=("handover", "case"), name="handed_once"),
        ),
        migrations.AddConstraint(
            model_name="handed",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by", ""), ("outcome", "")),
                    models.Q(
                        ("ended_at__isnull", False),
                        models.Q(("outcome", ""), _negated=True),
                        models.Q(("ended_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="handed_ended_by",
            ),
        ),
        migrations.AddConstraint(
            model_name="savedfilter",
            constraint=models.UniqueConstraint(fields=("user", "name"), name="saved_filter_name"),
        ),
    ]
