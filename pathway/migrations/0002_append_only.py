"""Events can only be added: a trigger refuses the rest to everyone, and the application's role has no right to it."""

from typing import ClassVar

from django.db import migrations

ROLE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pathway_app') THEN
    CREATE ROLE pathway_app NOLOGIN;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$;
"""
GRANTS = """
GRANT USAGE ON SCHEMA public TO pathway_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO pathway_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO pathway_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO pathway_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO pathway_app;
REVOKE UPDATE, DELETE, TRUNCATE ON pathway_event, pathway_access FROM pathway_app;
REVOKE DELETE, TRUNCATE ON pathway_alert, pathway_delivery, pathway_clock FROM pathway_app;
REVOKE ALL ON django_migrations FROM pathway_app;
GRANT SELECT ON django_migrations TO pathway_app;
"""
TRIGGER = """
CREATE FUNCTION pathway_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: events are only added, a correction is a new event', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON pathway_event
  FOR EACH ROW EXECUTE FUNCTION pathway_append_only();
CREATE TRIGGER append_only_table BEFORE TRUNCATE ON pathway_event
  FOR EACH STATEMENT EXECUTE FUNCTION pathway_append_only();
"""
UNDO = """
DROP TRIGGER append_only_rows ON pathway_event;
DROP TRIGGER append_only_table ON pathway_event;
DROP FUNCTION pathway_append_only();
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("pathway", "0001_first")]
    operations: ClassVar = [
        migrations.RunSQL(ROLE, migrations.RunSQL.noop),
        migrations.RunSQL(GRANTS, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGER, UNDO),
    ]
