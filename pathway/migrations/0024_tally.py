"""What the measures say of a case, kept; and triggers that remove it with whatever is written of the case.

Whoever keeps a row holds the case's lock, and the triggers wait for it: nothing is kept that overlooks what is written
meanwhile. The locks on the tables are taken in the order in which a writer takes them, and held for an instant.
"""

from typing import ClassVar

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# Of a case that was merged the other one's row goes, of which it is a part.
TRIGGERS = """
CREATE FUNCTION pathway_overtaken() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changed bigint[];
BEGIN
  IF TG_TABLE_NAME = 'pathway_case' THEN
    changed := ARRAY[OLD.id, OLD.survivor_id, NEW.survivor_id];
  ELSE
    changed := ARRAY[NEW.case_id];
  END IF;
  PERFORM FROM pathway_case WHERE id = ANY(changed) ORDER BY id FOR NO KEY UPDATE;
  DELETE FROM pathway_tally WHERE case_id = ANY(changed || ARRAY(
    SELECT survivor_id FROM pathway_case WHERE id = ANY(changed) AND survivor_id IS NOT NULL));
  RETURN NULL;
END $$;
CREATE TRIGGER overtaken AFTER UPDATE OF survivor_id, is_open, suspected_at ON pathway_case FOR EACH ROW
  WHEN ((OLD.survivor_id, OLD.is_open, OLD.suspected_at) IS DISTINCT FROM
    (NEW.survivor_id, NEW.is_open, NEW.suspected_at)) EXECUTE FUNCTION pathway_overtaken();
CREATE TRIGGER overtaken AFTER INSERT ON pathway_event FOR EACH ROW EXECUTE FUNCTION pathway_overtaken();
CREATE TRIGGER overtaken AFTER INSERT ON pathway_clock FOR EACH ROW EXECUTE FUNCTION pathway_overtaken();
CREATE TRIGGER overtaken_again AFTER UPDATE ON pathway_clock FOR EACH ROW
  WHEN ((OLD.case_id, OLD.standard, OLD.started_at, OLD.nth, OLD.start_width, OLD.due_at, OLD.ended_at, OLD.end_width,
      OLD.outcome, OLD.suspended_until, OLD.withdrawn_at) IS DISTINCT FROM
    (NEW.case_id, NEW.standard, NEW.started_at, NEW.nth, NEW.start_width, NEW.due_at, NEW.ended_at, NEW.end_width,
      NEW.outcome, NEW.suspended_until, NEW.withdrawn_at)) EXECUTE FUNCTION pathway_overtaken();
"""
UNDO = """
DROP TRIGGER overtaken ON pathway_case;
DROP TRIGGER overtaken ON pathway_event;
DROP TRIGGER overtaken ON pathway_clock;
DROP TRIGGER overtaken_again ON pathway_clock;
DROP FUNCTION pathway_overtaken();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("pathway", "0023_jobs")]
    operations: ClassVar = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="pathway.case",
                    ),
                ),
                (
                    "definitions",
                    models.CharField(help_text="the hash of all that says how cases are judged", max_length=64),
                ),
                ("holds_from", models.DateTimeField()),
                ("holds_until", models.DateTimeField()),
                ("told", django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                (
                    "hours",
                    django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(null=True), size=None),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("holds_until__gte", models.F("holds_from"))), name="tally_holds"
                    )
                ],
            },
        ),
        migrations.RunSQL(TRIGGERS, UNDO),
    ]
