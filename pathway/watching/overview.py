"""How the loops stand, what the audits found, the signed days and the fire drills: the page of those who watch."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pathway.engine.now import now as database_now
from pathway.record.audit import Audit, Reconciliation
from pathway.record.case import Case
from pathway.record.drill import Drill
from pathway.record.heartbeat import Heartbeat
from pathway.record.person import User
from pathway.watching.pack import LastPack, last_pack

UNCLEAN, DAYS, DRILLS = 20, 30, 10
LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Finding:
    """One audit that was not clean, with the cases of the reader's own organisation, and how many others."""

    audit: Audit
    codes: list[str]

    @property
    def elsewhere(self) -> int:
        """How many of its cases are of other organisations."""
        return len(self.audit.cases) - len(self.codes)


@dataclass(frozen=True)
class Overview:
    """What one reader may know, at one instant. Drills are those of the own organisation; counts are of all."""

    now: datetime
    beats: list[Heartbeat]
    last: Audit | None
    made: int
    findings: list[Finding]
    days: list[Reconciliation]
    drills: list[Drill]
    pack: LastPack | None


def overview(reader: User) -> Overview:
    """All of it."""
    now = database_now()
    drills = Drill.objects.filter(case__organisation=reader.organisation_id).select_related("case__unit")
    return Overview(
        now=now,
        beats=list(Heartbeat.objects.order_by("name", "host")),
        last=Audit.objects.order_by("-at").first(),
        made=Audit.objects.filter(at__gt=now - LATELY).count(),
        findings=findings(reader),
        days=list(Reconciliation.objects.all()[:DAYS]),
        drills=list(drills[:DRILLS]),
        pack=last_pack(now),
    )


def findings(reader: User) -> list[Finding]:
    """The newest audits that were not clean, or found a loop late."""
    found = list(Audit.objects.exclude(is_clean=True, troubles=[]).order_by("-at")[:UNCLEAN])
    named = {pk for audit in found for pk in audit.cases}
    cases = Case.objects.filter(pk__in=named, organisation=reader.organisation_id)
    codes = {case.pk: case.code for case in cases}
    return [Finding(audit, [codes[pk] for pk in audit.cases if pk in codes]) for audit in found]
