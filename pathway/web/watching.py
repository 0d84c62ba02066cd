"""The watchers' own page: how the loops stand, what the audits found, the signed days, and the fire drills."""

from dataclasses import dataclass
from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway.engine.now import now
from pathway.protocol.types import Role
from pathway.record.audit import Audit, Reconciliation
from pathway.record.case import Case
from pathway.record.drill import Drill
from pathway.record.heartbeat import Heartbeat
from pathway.record.person import User
from pathway.web.context import WATCHES
from pathway.web.find import person

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


def findings(user: User) -> list[Finding]:
    """The newest audits that were not clean, or found a loop late."""
    found = list(Audit.objects.exclude(is_clean=True, troubles=[]).order_by("-at")[:UNCLEAN])
    named = {pk for audit in found for pk in audit.cases}
    cases = Case.objects.filter(pk__in=named, organisation=user.organisation_id)
    codes = {case.pk: case.code for case in cases}
    return [Finding(audit, [codes[pk] for pk in audit.cases if pk in codes]) for audit in found]


@require_safe
def watching(request: HttpRequest) -> HttpResponse:
    """One page of all that watches."""
    reader = person(request)
    if not reader.role_set & WATCHES:
        raise PermissionDenied(
            f"watching the watchers, which is for an {' or '.join(sorted(Role(r) for r in WATCHES))}"
        )
    at = now()
    drills = Drill.objects.filter(case__organisation=reader.organisation_id).select_related("case__unit")
    context = {
        "now": at,
        "beats": Heartbeat.objects.order_by("name", "host"),
        "last": Audit.objects.order_by("-at").first(),
        "made": Audit.objects.filter(at__gt=at - LATELY).count(),
        "findings": findings(reader),
        "days": Reconciliation.objects.all()[:DAYS],
        "drills": drills[:DRILLS],
    }
    return render(request, "watching/watching.html", context)
