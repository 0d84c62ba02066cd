import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

# What the rows of the tracks say already; the first entry after it writes the whole anew. Until then an opinion on
# stability counts only where nothing came after it that may take it back.
STEPS = {
    "biopsy": "biopsy", "bladder": "bladder", "bone_agent": "boneagent", "consent": "consent", "contact": "contact",
    "decision": "decision", "discharge": "discharge", "imaging": "imagingrequest", "opinion": "opinion",
    "orthosis": "orthosis", "position": "position", "radiotherapy": "radiotherapy", "referral": "referral",
    "rehabilitation": "rehabilitation", "stability": "stability", "steroids": "steroidcourse", "surgery": "surgery",
    "systemic": "systemic", "transfer": "transfer", "vte": "vte",
}  # fmt: skip
FILL = """
UPDATE pathway_case c SET tracks = c.tracks || jsonb_build_object('{track}', jsonb_build_object(
  'state', newest.state, 'rows', newest.rows))
FROM (SELECT DISTINCT ON (case_id) case_id, state, count(*) OVER (PARTITION BY case_id) AS rows
      FROM pathway_{table} ORDER BY case_id, number DESC) newest
WHERE newest.case_id = c.id AND newest.state NOT IN ('none', 'unassessed', 'unknown', 'R0')
"""
AGAIN = """
UPDATE pathway_case c SET tracks = jsonb_set(c.tracks, '{stability,again}', 'true')
WHERE c.tracks ? 'stability' AND EXISTS (
  SELECT FROM pathway_event later WHERE later.case_id = c.id
  AND later.kind IN ('case.deteriorated', 'case.reclassified', 'case.reopened', 'neuro.examined', 'rehabilitation.stopped',
                     'event.corrected')
  AND later.occurred_at >= (SELECT max(advice.occurred_at) FROM pathway_event advice
                            WHERE advice.case_id = c.id AND advice.kind = 'stability.advised'))
"""


def fill(apps, schema_editor):
    for track, table in STEPS.items():
        schema_editor.execute(FILL.replace("{track}", track).replace("{table}", table))
    schema_editor.execute(AGAIN)


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
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("is_open", True)), fields=["organisation", "owner"], name="case_owner"
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
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
