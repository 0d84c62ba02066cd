"""The real paths of cases through the main steps: which followed which, how often and how long after, and who strayed.

A directly-follows graph out of the facts as they now stand. A step that is repeated at once is one step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pathway.analytics.cohort import Scope
from pathway.analytics.facts import ENDS, FACTS, among, order
from pathway.analytics.moments import DEFINITIVE, LIVE, OPINION
from pathway.protocol.vocabulary import KINDS
from pathway.record.case import Case


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the map: any of these kinds that satisfies `where`."""

    key: str
    label: str
    kinds: tuple[str, ...]
    where: str = "true"

    def condition(self) -> str:
        """The facts that are it."""
        return f"{among(self.kinds)} AND {self.where}"


# In the order of the step table of the clinical specification (1.3).
STANDARD = (
    Step("suspected", "Suspected", ("case.suspected",)),
    Step("contacted", "Coordinator spoken to", ("contact.made",), LIVE),
    Step("referred", "Referral received", ("referral.received",)),
    Step("triaged", "Referral triaged", ("referral.triaged",)),
    Step("requested", "Scan requested", ("imaging.requested",)),
    Step("scanned", "Images acquired", ("imaging.acquired",)),
    Step("told", "Result told", ("imaging.communicated",)),
    Step("found", "Compression confirmed", ("case.confirmed",)),
    Step("opinion", "Senior opinion", ("opinion.surgical", "opinion.oncology"), OPINION),
    Step("decided", "Treatment decided", ("decision.made",)),
    Step("treated", "Treatment begun", ("surgery.started", "radiotherapy.fraction", "systemic.started"), DEFINITIVE),
    Step("discharged", "Discharged", ("discharge.discharged",)),
)
BESIDE = (
    Step("impending", "Impending compression", ("case.impending",)),
    Step("metastases", "Metastases only", ("case.metastases_only",)),
    Step("excluded", "Compression excluded", ("case.excluded",)),
    Step("supportive", "Supportive care", ("case.supportive_care",)),
    Step("declined", "Declined", ("case.declined",)),
    Step("left", "Left the alliance", ("case.left",)),
    Step("died", "Died", ("case.died",)),
    Step("reopened", "Reopened", ("case.reopened",)),
)
STEPS = (*STANDARD, *BESIDE)
LABELS = {step.key: step.label for step in STEPS}
SHARES = {"80": "80 % of the moves", "95": "95 % of the moves", "100": "Every move"}
MOST_VARIANTS = 20

NAMED = " ".join(f"WHEN {step.condition()} THEN '{step.key}'" for step in STEPS)
KINDS_READ = [kind for kind in KINDS if any(kind in step.kinds for step in STEPS)]
TRACE = f"""
, named AS (
  SELECT subject, at, width, CASE {NAMED} END AS step, row_number() OVER those AS place,
    kind <> 'case.suspected'
      OR count(*) FILTER (WHERE kind = 'case.suspected') OVER (those ROWS UNBOUNDED PRECEDING) = 1 AS counts
  FROM fact WHERE {among(KINDS_READ)} WINDOW those AS (PARTITION BY subject ORDER BY {order(KINDS_READ)})
),
entered AS (
  SELECT *, lag(step) OVER (PARTITION BY subject ORDER BY place) IS DISTINCT FROM step AS new FROM named
  WHERE step IS NOT NULL AND counts
),
trace AS (
  SELECT subject, step, at, width, row_number() OVER follows AS place,
    lead(step) OVER follows AS next_step, lead(at) OVER follows AS next_at, lead(width) OVER follows AS next_width
  FROM entered WHERE new WINDOW follows AS (PARTITION BY subject ORDER BY entered.place)
)
"""  # noqa: S608 - of the steps named here
# All out of one reading of the facts: what is counted of a path is counted once for all cases that went it. `strayed`:
# the first step that is not the one of its place in the standard path; what came before it was as the standard has it.
ANSWERS = """
, variant AS MATERIALIZED (
  SELECT steps, count(*) AS cases FROM (
    SELECT array_agg(step ORDER BY place) AS steps FROM trace GROUP BY subject
  ) each GROUP BY steps ORDER BY 2 DESC, 1
),
step AS (
  SELECT steps, cases, step, lead(step) OVER (PARTITION BY steps ORDER BY place) AS next_step
  FROM variant CROSS JOIN unnest(steps) WITH ORDINALITY each (step, place)
),
followed AS (
  SELECT step, next_step, sum(cases * times) AS count, sum(cases) AS cases FROM (
    SELECT step, next_step, steps, cases, count(*) AS times FROM step WHERE next_step IS NOT NULL GROUP BY 1, 2, 3, 4
  ) each GROUP BY step, next_step
),
known AS (
  SELECT step, next_step, count(*) AS n, percentile_cont(0.5) WITHIN GROUP (
    ORDER BY extract(epoch FROM next_at - at)::double precision / 3600) AS median
  FROM trace WHERE width = interval '0' AND next_width = interval '0' GROUP BY step, next_step
),
move AS (
  SELECT step AS start, next_step AS "end", count, cases, COALESCE(n, 0) AS n, median
  FROM followed LEFT JOIN known USING (step, next_step) ORDER BY 3 DESC, 1, 2
),
came AS (SELECT step, sum(cases) AS count FROM (SELECT DISTINCT steps, cases, step FROM step) each GROUP BY step),
strayed AS (
  SELECT DISTINCT ON (subject) subject, place, step FROM trace
  WHERE step IS DISTINCT FROM (%s::text[])[place] ORDER BY subject, place
)
SELECT (SELECT json_agg(move) FROM move), (SELECT json_object_agg(step, count) FROM came),
  (SELECT json_agg(each) FROM (SELECT * FROM variant LIMIT %s) each), (SELECT count(*) FROM variant),
  (SELECT json_agg(json_build_array(subject, place, step)) FROM (
    SELECT * FROM strayed ORDER BY place, step, subject) each)
"""


@dataclass(frozen=True, slots=True)
class Move:
    """One step that followed another: how often, in how many cases, and its median over `n` exactly known times."""

    start: str
    end: str
    count: int
    cases: int
    n: int
    median: float | None

    @property
    def words(self) -> tuple[str, str]:
        """The two steps in words."""
        return LABELS[self.start], LABELS[self.end]


@dataclass(frozen=True, slots=True)
class Variant:
    """One path, with how many cases went it."""

    steps: Sequence[str]
    cases: int

    @property
    def words(self) -> list[str]:
        """The steps in words."""
        return [LABELS[step] for step in self.steps]

    @property
    def standard(self) -> bool:
        """Whether it is the standard path, as far as it goes."""
        return list(self.steps) == [step.key for step in STANDARD[: len(self.steps)]]


@dataclass(frozen=True, slots=True)
class Stray:
    """A case that left the standard path: after which step, by which, and which was to come."""

    case: Case
    place: int
    step: str

    @property
    def after(self) -> str:
        """The last step that was as the standard has it; '' where the first was not."""
        return STANDARD[self.place - 2].label if self.place > 1 else ""

    @property
    def by(self) -> str:
        """The step that came."""
        return LABELS[self.step]

    @property
    def due(self) -> str:
        """The step that was to come; '' after the last."""
        return STANDARD[self.place - 1].label if self.place <= len(STANDARD) else ""


@dataclass(frozen=True, slots=True)
class Paths:
    """What the cases of a scope did: moves and paths, the most frequent first, and who left the standard path.

    `came` counts the cases that came to each step; `variants` are the most frequent of `kinds` paths; `strayed` has
    case, place and step of each case that left the standard one, by where.
    """

    moves: Sequence[Move]
    came: Mapping[str, int]
    variants: Sequence[Variant]
    kinds: int
    strayed: Sequence[tuple[int, int, str]]


def paths_of(scope: Scope) -> Paths:
    """The paths of the cases of a scope: each step of each case with the one that followed it."""
    given = (KINDS_READ, ENDS, [each.key for each in STANDARD], MOST_VARIANTS)
    moves, came, variants, kinds, strayed = next(iter(scope.rows(FACTS + TRACE + ANSWERS, *given)), ((), {}, (), 0, ()))
    return Paths(
        [Move(**move) for move in moves or ()],
        came or {},
        [Variant(**variant) for variant in variants or ()],
        kinds,
        [(subject, place, step) for subject, place, step in strayed or ()],
    )


def covering(found: Sequence[Move], share: int) -> list[Move]:
    """The most frequent moves that together are at least this share, in percent, of all."""
    total, kept, so_far = sum(move.count for move in found), list[Move](), 0
    for move in found:
        if so_far * 100 >= share * total:
            break
        kept.append(move)
        so_far += move.count
    return kept


def named(scope: Scope, found: Sequence[tuple[int, int, str]]) -> list[Stray]:
    """Some of these with their cases."""
    cases = scope.cases.in_bulk([subject for subject, _, _ in found])
    return [Stray(cases[subject], place, step) for subject, place, step in found if subject in cases]
