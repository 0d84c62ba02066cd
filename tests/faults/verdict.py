"""Recounts what came of a load, from the rows and from what the providers received, with statements of its own."""

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection

# An alert counts from its commit on, where the server keeps the time of commits: nobody sees it before.
DONE = """
coalesce(CASE WHEN current_setting('track_commit_timestamp')::bool THEN pg_xact_commit_timestamp(alert.xmin) END,
  alert.raised_at)
"""
NEW = "alert.id NOT IN (SELECT alert FROM faults.before) AND alert.clock_id IN (SELECT clock FROM faults.expected)"
# A level that was passed over in a stop is reached with the higher one that was raised instead.
STEPS = f"""
SELECT expected.*, got.id AS alert, got.done FROM faults.expected
LEFT JOIN LATERAL (SELECT alert.id, {DONE} AS done FROM pathway_alert alert
  WHERE alert.clock_id = expected.clock AND alert.rung >= expected.rung ORDER BY alert.rung LIMIT 1) got ON true
"""
BACK = """
(SELECT max(upper(during)) FROM faults.away WHERE what IN ({}) AND during && tstzrange({}, {}, '[]'))
"""
RAISED = f"""
WITH step AS ({STEPS}), late AS (
  SELECT extract(epoch FROM done - at) AS whole,
    extract(epoch FROM done - least(done, greatest(at, {BACK.format("'database'", "at", "done")}))) AS after
  FROM step WHERE done IS NOT NULL)
SELECT (SELECT count(*) FROM step), (SELECT count(*) FROM step WHERE alert IS NULL),
  coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY whole), 0), coalesce(max(whole), 0), coalesce(max(after), 0)
FROM late
"""
EARLY = f"""
SELECT count(*) FROM pathway_alert alert
LEFT JOIN faults.expected ON expected.clock = alert.clock_id AND expected.rung = alert.rung
WHERE {NEW} AND (expected.at IS NULL OR alert.raised_at < expected.at)
"""
DOUBLED = f"""
WITH told AS (SELECT told.* FROM pathway_delivery told JOIN pathway_alert alert ON alert.id = told.alert_id WHERE {NEW})
SELECT
  (SELECT count(*) - count(DISTINCT (clock_id, rung)) FROM pathway_alert alert WHERE {NEW}),
  (SELECT count(*) FROM pathway_alert alert WHERE {NEW} AND calls > 1),
  (SELECT count(*) - count(DISTINCT (alert_id, user_id, call)) FROM told WHERE channel = 'inbox'),
  (SELECT count(*) - count(DISTINCT (alert_id, user_id, channel, call)) FROM told WHERE channel <> 'inbox'),
  (SELECT count(DISTINCT key) FROM faults.arrival WHERE key NOT IN (SELECT uuid::text FROM pathway_message))
"""
NOT_IN_AN_INBOX = f"""
SELECT count(*) FROM ({STEPS}) step CROSS JOIN LATERAL unnest(step.people) person
WHERE step.alert IS NOT NULL AND NOT EXISTS (SELECT FROM pathway_delivery told
  WHERE told.alert_id = step.alert AND told.user_id = person AND told.channel = 'inbox')
"""
# Each person of each alert who is told outside too, and when the first message about it was taken at any address.
OUTSIDE = f"""
SELECT {DONE} AS done, min(arrival.at) AS told FROM pathway_alert alert
JOIN pathway_delivery told ON told.alert_id = alert.id AND told.channel <> 'inbox'
LEFT JOIN pathway_message message ON message.id = told.message_id
LEFT JOIN faults.arrival ON arrival.key = message.uuid::text AND arrival.taken
WHERE {NEW}
GROUP BY alert.id, alert.xmin, alert.raised_at, told.user_id, told.call
"""
TOLD = f"""
WITH late AS (
  SELECT told, extract(epoch FROM told - done) AS whole, extract(epoch FROM
    told - least(told, greatest(done, {BACK.format("'database', 'provider'", "done", "told")}))) AS after
  FROM ({OUTSIDE}) outside)
SELECT count(*) FILTER (WHERE told IS NULL), coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY whole), 0),
  coalesce(max(whole), 0), coalesce(max(after), 0), count(*)
FROM late
"""
REPEATS = "SELECT count(*) - count(DISTINCT key) FROM faults.arrival WHERE taken"


@dataclass
class Verdict:
    """What was found. Delays are in seconds: of all, and from when what was out of order was back."""

    due: int = 0
    lost: int = 0
    doubled: int = 0
    early: int = 0
    never_told: int = 0
    raised_median: float = 0.0
    raised_worst: float = 0.0
    raised_after: float = 0.0
    told_outside: int = 0
    told_median: float = 0.0
    told_worst: float = 0.0
    told_after: float = 0.0
    repeats: int = 0

    @property
    def wrong(self):
        """What may never happen, in words."""
        found = {"lost": self.lost, "doubled": self.doubled, "early": self.early, "never told": self.never_told}
        return [f"{count} {name}" for name, count in found.items() if count]


def row(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()


def keep(arrivals, away=()):
    """Write down what the providers received, and when what was out of order."""

    def at(seconds):
        return datetime.fromtimestamp(seconds, UTC)

    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE faults.arrival, faults.away")
        cursor.executemany(
            "INSERT INTO faults.arrival VALUES (%s, %s, %s, %s)",
            [(at(each["at"]), each["line"], each["key"], each["taken"]) for each in arrivals],
        )
        cursor.executemany(
            "INSERT INTO faults.away VALUES (%s, tstzrange(%s, %s))",
            [(what, at(begin), at(end)) for what, begin, end in away],
        )


def judge():
    """Recount everything."""
    found = Verdict(early=row(EARLY)[0], doubled=sum(row(DOUBLED)), repeats=row(REPEATS)[0])
    found.due, found.lost, found.raised_median, found.raised_worst, found.raised_after = row(RAISED)
    unheard, found.told_median, found.told_worst, found.told_after, found.told_outside = row(TOLD)
    found.never_told = row(NOT_IN_AN_INBOX)[0] + unheard
    return found


WAITS = f"""
SELECT (SELECT count(*) FROM ({STEPS}) step WHERE alert IS NULL),
  (SELECT count(*) FROM pathway_delivery WHERE address_id IS NOT NULL AND message_id IS NULL),
  (SELECT count(*) FROM pathway_message WHERE state IN ('created', 'failed') AND next_at IS NOT NULL)
"""


def waits():
    """How much is not raised, not bundled, not handed over yet."""
    return sum(row(WAITS))
