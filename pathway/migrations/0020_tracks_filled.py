from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models, transaction

# What the rows of the tracks say already; the first entry after it, or the next night, writes the whole anew. Until then an
# opinion on stability counts only where nothing came after it that may take it back.
STEPS = {
    "biopsy": "biopsy", "bladder": "bladder", "bone_agent": "boneagent", "consent": "consent", "contact": "contact",
    "decision": "decision", "discharge": "discharge", "imaging": "imagingrequest", "opinion": "opinion",
    "orthosis": "orthosis", "position": "position", "radiotherapy": "radiotherapy", "referral": "referral",
    "rehabilitation": "rehabilitation", "stability": "stability", "steroids": "steroidcourse", "surgery": "surgery",
    "systemic": "systemic", "transfer": "transfer", "vte": "vte",
}  # fmt: skip
NEWEST = """
(SELECT DISTINCT ON (case_id) case_id, '{track}' AS track, state, count(*) OVER (PARTITION BY case_id) AS rows
 FROM pathway_{table} WHERE case_id BETWEEN %(first)s AND %(last)s ORDER BY case_id, number DESC)
"""
ROWS = " UNION ALL ".join(NEWEST.replace("{track}", track).replace("{table}", table) for track, table in STEPS.items())
AGAIN = """
newest.track = 'stability' AND EXISTS (
  SELECT FROM pathway_event later WHERE later.case_id = newest.case_id
  AND later.kind IN ('case.deteriorated', 'case.reclassified', 'case.reopened', 'neuro.examined', 'rehabilitation.stopped',
                     'event.corrected')
  AND later.occurred_at >= (SELECT max(advice.occurred_at) FROM pathway_event advice
                            WHERE advice.case_id = newest.case_id AND advice.kind = 'stability.advised'))
"""
FILL = f"""
UPDATE pathway_case SET tracks = found.tracks
FROM (SELECT case_id, jsonb_object_agg(track, jsonb_build_object('state', state, 'rows', rows)
        || CASE WHEN {AGAIN} THEN '{{"again": true}}'::jsonb ELSE '{{}}'::jsonb END) AS tracks
      FROM ({ROWS}) newest WHERE state NOT IN ('none', 'unassessed', 'unknown', 'R0') GROUP BY case_id) found
WHERE found.case_id = pathway_case.id AND pathway_case.tracks = '{{}}'::jsonb
"""  # noqa: S608 - put together from constants
AT_A_TIME = 500


def fill(apps, schema_editor):
    """A few cases at a time, each few in a transaction of their own: the clocks go on meanwhile."""
    last = apps.get_model("pathway", "Case").objects.aggregate(last=models.Max("pk"))["last"] or 0
    for first in range(1, last + 1, AT_A_TIME):
        with transaction.atomic(), schema_editor.connection.cursor() as cursor:
            cursor.execute(FILL, {"first": first, "last": first + AT_A_TIME - 1})


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("pathway", "0019_blind_scoring")]
    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        # An index that was begun and not finished stays, and is of no use: the next run begins anew.
        migrations.RunSQL('DROP INDEX CONCURRENTLY IF EXISTS "case_owner"', migrations.RunSQL.noop),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("is_open", True)), fields=["organisation", "owner"], name="case_owner"
            ),
        ),
    ]
