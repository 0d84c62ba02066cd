"""The facts of a cohort in SQL: entries as they now stand, with those of merged cases; and the runs of its clocks.

It says in SQL what `record.event.standing`, `protocol.merged.united` and `record.clock` say; the tests hold the two
against each other over random cases.
"""

from collections.abc import Iterable, Sequence

from pathway.protocol import VERSIONS
from pathway.protocol.types import Given
from pathway.protocol.vocabulary import FROZEN_BY, KINDS, NEVER_REOPENED, VOIDED_BY

ENDS = sorted(FROZEN_BY | VOIDED_BY)
# What says whether a case was over, in the order of the vocabulary.
TURNS = [
    kind for kind in KINDS
    if kind in FROZEN_BY | {"case.suspected", "case.reopened", "case.declined", "case.excluded"}
]  # fmt: skip


def among(kinds: Iterable[str]) -> str:
    """The condition that a fact is of one of these kinds."""
    return f"kind IN ({', '.join(repr(kind) for kind in kinds)})"


DECLINED = "(kind = 'case.declined' AND answers->>'what' = 'everything')"
ENDED = f"({among(sorted(FROZEN_BY))} OR {DECLINED})"


def order(kinds: Sequence[str]) -> str:
    """As `vocabulary.place` has facts of one instant: what ends a case last; of these kinds the first first."""
    return f"at, {ENDED}, {among(sorted(NEVER_REOPENED))}, array_position(ARRAY{list(kinds)}, kind::text), id"


NO_ANSWER = "answers->>'result' = 'non_diagnostic'"  # a scan has no such answer

# After `WITH cohort AS (...), `; its values are the kinds that are read, and ENDS. What is of one case is read by its
# index (`OFFSET 0`): nobody can estimate how many cases are left that nothing is kept of, and a scan reads them all.
# Facts are compared by windows and looked up in sets, not joined to each other, for the same reason.
# Of merged cases the first suspicion is the one. A later one, and a reopening of the case that was merged, is what
# `united` says: a reopening where the case was over by then, as of all that bears on it an ending came last; else no
# more than a later suspicion. A scan is without an answer where its result was told as non-diagnostic later: for its
# clock it was none (`Standard.by_scan`). Beside what stands: the kind and the time under which an entry was recorded,
# when that was, and when its time was last corrected.
FACTS = f"""
member AS (
  SELECT subject, subject AS case_id FROM cohort
  UNION ALL
  SELECT subject, absorbed.id FROM cohort CROSS JOIN LATERAL (
    SELECT id FROM pathway_case WHERE survivor_id = cohort.subject OFFSET 0) absorbed
),
entry AS MATERIALIZED (
  SELECT subject, subject <> member.case_id AS absorbed, event.* FROM member CROSS JOIN LATERAL (
    SELECT id, case_id, kind, occurred_at, recorded_at, precision, answers, corrects_id, track_no FROM pathway_event
    WHERE case_id = member.case_id AND (kind = ANY(%s) OR {among(["event.corrected", *TURNS])}) OFFSET 0) event
),
change AS MATERIALIZED (
  SELECT corrects_id,
    max(recorded_at) FILTER (WHERE answers->>'occurred_at' IS NOT NULL) AS moved_at,
    (array_agg((answers->>'occurred_at')::timestamptz ORDER BY id DESC)
      FILTER (WHERE answers->>'occurred_at' IS NOT NULL))[1] AS at,
    (array_agg(answers->>'precision' ORDER BY id DESC) FILTER (WHERE answers->>'precision' IS NOT NULL))[1]
      AS precision,
    (array_agg(answers->'answers' ORDER BY id DESC) FILTER (WHERE answers->'answers' IS NOT NULL))[1] AS answers,
    (array_agg(answers->>'withdrawn' IS NOT NULL AND (answers->>'withdrawn')::boolean ORDER BY id DESC))[1]
      AS withdrawn
  FROM entry WHERE kind = 'event.corrected' GROUP BY corrects_id
),
stands AS NOT MATERIALIZED (
  SELECT entry.subject, entry.absorbed, entry.id, entry.kind, case_id, track_no, occurred_at AS said_at, recorded_at,
    change.moved_at,
    COALESCE(change.at, entry.occurred_at) AS at, COALESCE(change.precision, entry.precision) AS precision,
    COALESCE(change.answers, entry.answers) AS answers
  FROM entry LEFT JOIN change ON change.corrects_id = entry.id
  WHERE entry.kind <> 'event.corrected' AND change.withdrawn IS NOT TRUE
),
own AS NOT MATERIALIZED (
  SELECT * FROM stands
  WHERE NOT (absorbed AND (kind = ANY(%s) OR starts_with(kind, 'clock.') OR {DECLINED}))
),
turn AS (
  SELECT *, row_number() OVER those AS place,
    (kind = 'case.reopened' AND absorbed) OR (kind = 'case.suspected'
      AND count(*) FILTER (WHERE kind = 'case.suspected') OVER (those ROWS UNBOUNDED PRECEDING) > 1) AS again
  FROM own WHERE {among(TURNS)} WINDOW those AS (PARTITION BY subject ORDER BY {order(TURNS)})
),
stood AS (
  SELECT id, again, max(CASE WHEN {ENDED} OR kind = 'case.excluded' THEN 2 * place + 1
    WHEN again OR kind = 'case.reopened' THEN 2 * place END)
    OVER (PARTITION BY subject ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) %% 2 = 1 AS over
  FROM turn
),
scan AS (
  SELECT id, kind, at, track_no, max(at) FILTER (WHERE {NO_ANSWER}) OVER (PARTITION BY subject) AS told,
    max(at) FILTER (WHERE {NO_ANSWER} AND track_no = 0) OVER (PARTITION BY subject) AS told_of_any,
    max(at) FILTER (WHERE {NO_ANSWER}) OVER (PARTITION BY subject, case_id, track_no) AS told_of_it
  FROM own WHERE kind IN ('imaging.acquired', 'imaging.communicated')
),
fact AS (
  SELECT subject, id, at, answers, kind AS recorded_as, said_at, recorded_at, moved_at,
    CASE WHEN id IN (SELECT id FROM stood WHERE again AND over) THEN 'case.reopened'
      WHEN id IN (SELECT id FROM stood WHERE again) THEN 'case.suspected' ELSE kind END AS kind,
    id IN (
      SELECT id FROM scan WHERE kind = 'imaging.acquired'
        AND at <= CASE track_no WHEN 0 THEN told ELSE greatest(told_of_it, told_of_any) END
    ) AS without_answer,
    CASE precision
    WHEN 'minute' THEN interval '0'
    WHEN 'hour' THEN greatest(date_trunc('hour', at) + interval '59 minutes' - at, interval '0')
    WHEN 'day' THEN greatest(((at AT TIME ZONE 'Europe/London')::date + 1)::timestamp AT TIME ZONE 'Europe/London'
      - interval '1 minute' - at, interval '0')
    END AS width
  FROM own
)
"""  # noqa: S608 - of kinds named here


def late(due: str, start_width: str, ended: str, end_width: str) -> str:
    """The one rule of lateness (`Clock.is_certainly_late`) over these columns: true, false, or null: nobody can tell.

    `ended` is null for what goes on; the time by which that is judged is `given.now`.
    """
    until = f"COALESCE({ended}, given.now)"
    return (
        f"CASE WHEN {start_width} IS NULL OR ({ended} IS NOT NULL AND {end_width} IS NULL) THEN NULL"
        f" WHEN {until} > {due} + {start_width} THEN true"
        f" WHEN {until} + COALESCE({end_width}, interval '0') > {due} THEN NULL ELSE false END"
    )


def doubted(doubt: str, late: str) -> str:
    """Whether it is late, null also where it would be and there is a doubt."""
    return f"CASE WHEN NOT ({doubt}) OR NOT ({late}) THEN {late} END"


# After FACTS; its values are the time, and the standards that are read. `why` is the entry that ended a run otherwise
# than by its deed; null where a later step only shows that the deed was done. When it ended is known no better than
# that entry: on the day of a death the limit may have passed first, or the deed have been done (`done_then`). Class A
# ends the clock of class B, and another class those of class A; a later, graver suspicion of merged cases does so too,
# as `united` says. `maybe`: what may be its deed, and ended no other run, lies where nobody can tell whether it came
# before the start. It did not end the run, as an alarm may come needlessly but is never to be lost; so the run is not
# surely late. `counting` is the run for which a case counts: the first that no exclusion ended in time, else the first.
DEEDS = {
    (standard.key, kind)
    for version in VERSIONS.values() for standard in version.all for deed in standard.met for kind in deed.kinds
}  # fmt: skip
# `deed (standard, kind)`, to join: what ends which clock by its deed.
DEED = f"(VALUES {', '.join(f'{pair}' for pair in sorted(DEEDS))}) deed (standard, kind)"


def waits() -> str:
    """`wait (standard, ending, parts, part, kind, asked, answers)`, to join: the parts of each ending of each clock.

    A condition of a part that is no answer asked for is not looked at.
    """
    endings = {
        (standard.key, ending) for version in VERSIONS.values() for standard in version.all for ending in standard.met
    }
    rows = []
    for number, (key, ending) in enumerate(sorted(endings, key=repr)):
        for place, part in enumerate(ending.parts):
            for kind, where in part:
                ((asked, answers),) = where.wanted if isinstance(where, Given) else (("", ()),)
                listed = ", ".join(f"'{answer}'" for answer in answers)
                rows.append(
                    f"('{key}', {number}, {len(ending.parts)}, {place}, '{kind}', '{asked}', ARRAY[{listed}]::text[])"
                )
    return f"(VALUES {', '.join(sorted(rows))}) wait (standard, ending, parts, part, kind, asked, answers)"


RUNS = f""",
given AS (SELECT %s::timestamptz AS now),
run AS (
  SELECT clock.id, clock.case_id AS subject, clock.standard, clock.started_at, clock.start_width, clock.due_at,
    clock.ended_at, clock.end_width, clock.outcome, clock.nth, clock.suspended_until
  FROM cohort CROSS JOIN LATERAL (
    SELECT * FROM pathway_clock WHERE case_id = cohort.subject AND withdrawn_at IS NULL AND standard = ANY(%s) OFFSET 0
  ) clock
),
ended AS (
  SELECT run.id, (array_agg(CASE WHEN fact.kind IN ('case.suspected', 'case.reopened') THEN 'case.reclassified'
    ELSE fact.kind END ORDER BY fact.id))[1] AS why, (array_agg(fact.width ORDER BY fact.id))[1] AS why_width
  FROM run JOIN fact ON fact.subject = run.subject AND fact.at = run.ended_at
  WHERE (run.outcome = 'frozen' AND fact.kind IN ('case.died', 'case.left', 'case.closed', 'discharge.discharged'))
    OR (run.outcome = 'void' AND (
      fact.kind IN ('case.supportive_care', 'case.excluded', 'case.metastases_only', 'case.declined',
        'steroids.withheld')
      OR (fact.kind = 'clock.voided' AND fact.answers->>'clock' = run.standard)))
    OR (run.outcome = 'superseded' AND (
      (fact.kind IN ('case.reclassified', 'case.suspected', 'case.reopened')
        AND (fact.answers->>'class' = 'A') = (run.standard = 'mri_b'))
      OR (fact.kind = 'decision.made' AND run.standard IN ('radiotherapy', 'surgery'))
      OR (fact.kind = 'steroids.stopped' AND run.standard = 'ppi_glucose')))
  GROUP BY run.id
),
done_then AS (
  SELECT DISTINCT run.id FROM run JOIN ended USING (id) JOIN fact USING (subject) JOIN {DEED}
    ON deed.standard = run.standard AND deed.kind = fact.kind
  WHERE fact.at > run.ended_at AND fact.at <= run.ended_at + why_width
),
known AS (
  SELECT run.id, subject, standard, started_at, start_width, due_at, ended_at, outcome, nth, suspended_until, why,
    CASE WHEN why IS NULL THEN end_width WHEN done_then.id IS NULL THEN why_width END AS end_width
  FROM run LEFT JOIN ended USING (id) LEFT JOIN done_then USING (id)
),
maybe AS (
  SELECT DISTINCT id FROM (
    SELECT known.id FROM known JOIN fact USING (subject) JOIN {waits()}
      ON wait.standard = known.standard AND wait.kind = fact.kind
      AND (wait.asked = '' OR fact.answers->>wait.asked = ANY (wait.answers))
    WHERE (ended_at > due_at) IS NOT FALSE AND fact.at <= due_at + start_width
      AND (subject, known.standard, fact.at) NOT IN (
        SELECT subject, standard, ended_at FROM known WHERE outcome = 'met' AND ended_at IS NOT NULL)
    GROUP BY known.id, wait.ending, wait.parts
    HAVING count(DISTINCT wait.part) = wait.parts AND bool_or(
      fact.at < started_at + start_width AND (fact.at + fact.width >= started_at) IS NOT FALSE)
  ) each
),
counted AS (
  SELECT *, late IS FALSE AND (outcome IN ('void', 'frozen') OR why IS NOT NULL) AS spared
  FROM (
    SELECT known.*, maybe.id IS NOT NULL AS maybe,
      {doubted("maybe.id IS NOT NULL", late("due_at", "start_width", "ended_at", "end_width"))} AS late
    FROM known LEFT JOIN maybe USING (id) CROSS JOIN given
  ) judged
),
counting AS (
  SELECT DISTINCT ON (subject, standard) * FROM counted ORDER BY subject, standard, spared, started_at, nth
)
"""  # noqa: S608 - of columns named here
ENDERS = (
    *("case.died", "case.left", "case.closed", "discharge.discharged", "case.supportive_care", "case.excluded"),
    *("case.metastases_only", "case.declined", "steroids.withheld", "clock.voided", "case.reclassified"),
    *("decision.made", "steroids.stopped"),
)
