"""The open cases say from when on they are overdue; begun anew where it was stopped, it does what was left."""

from django.db import migrations, models, transaction

from pathway.protocol import VERSIONS

SILENT = sorted(
    (version.version, clock.key) for version in VERSIONS.values() for clock in version.all if not clock.ladder
)
FILL = """
UPDATE pathway_case SET overdue_from = (
  SELECT min(due_at + start_width) FROM pathway_clock clock
  WHERE clock.case_id = pathway_case.id AND withdrawn_at IS NULL AND ended_at IS NULL AND NOT EXISTS (
    SELECT FROM unnest(%(versions)s::text[], %(keys)s::text[]) silent (version, key)
    WHERE silent.version = pathway_case.protocol AND silent.key = clock.standard))
WHERE id BETWEEN %(first)s AND %(last)s AND is_open
"""
AT_A_TIME = 500


def fill(apps, schema_editor):
    """A few cases at a time, each few in a transaction of their own: the clocks go on meanwhile."""
    versions, keys = [version for version, _ in SILENT], [key for _, key in SILENT]
    last = apps.get_model("pathway", "Case").objects.aggregate(last=models.Max("pk"))["last"] or 0
    for first in range(1, last + 1, AT_A_TIME):
        with transaction.atomic(), schema_editor.connection.cursor() as cursor:
            given = {"first": first, "last": first + AT_A_TIME - 1, "versions": versions, "keys": keys}
            cursor.execute(FILL, given)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("pathway", "0027_overdue_from")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
