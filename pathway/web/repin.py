"""Moving a case to another version of the protocol: what would change is shown first, then confirmed with a reason."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from pathway import protocol
from pathway.casefile import newest
from pathway.engine.now import now
from pathway.engine.refused import Refused
from pathway.engine.repin import WHY, rehearse
from pathway.engine.repin import repin as engine_repin
from pathway.record.step import MEDICAL
from pathway.web.entries import begin
from pathway.web.errors import conflict
from pathway.web.find import person
from pathway.web.forms import EntryForm, beginning
from pathway.web.moves import PAGE, back_to
from pathway.web.sheet import Sheet, serve

WHAT = "Move to another protocol version"


@require_safe
def versions(request: HttpRequest, case: UUID) -> HttpResponse:
    """The version that a case is pinned to, and the others."""
    found = begin(request, case, MEDICAL, WHAT)
    others = [name for name in protocol.VERSIONS if name != found.protocol]
    context = {"case": found, "title": "Protocol version", "back": back_to(found), "others": others}
    return render(request, "case/versions.html", context)


@PAGE
def repin(request: HttpRequest, case: UUID, version: str) -> HttpResponse:
    """The dry run with the form that confirms it."""
    found, user = begin(request, case, MEDICAL, WHAT), person(request)
    if version not in protocol.VERSIONS:
        raise Http404

    def draw(data: QueryDict | None) -> EntryForm:
        return EntryForm(WHY, data, timed=False, initial=beginning(now(), newest(found)))

    def record(form: EntryForm) -> str:
        engine_repin(found, to=version, by=user, why=form.answers["why"], **form.what_was_seen)
        return f"The case has protocol {version} now."

    title = f"Move the case to protocol {version}"
    sheet = Sheet(
        found, title, "Move the case", back_to(found, "clocks"), template="case/repin.html",
        context=lambda: {"difference": rehearse(found, version), "from": found.protocol},
    )  # fmt: skip
    try:
        return serve(request, sheet, draw, record)
    except Refused as refusal:
        return conflict(request, *refusal.reasons, back=back_to(found))
