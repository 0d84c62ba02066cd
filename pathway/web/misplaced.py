"""An entry on the wrong case: which case it belongs to, whose that is, and then the move."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.forms import HiddenInput
from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from pathway import protocol
from pathway.casefile import event_of
from pathway.casefile.words import answers_said
from pathway.engine.correct import recorded_by
from pathway.engine.merge import named
from pathway.engine.misplaced import ASKS, is_movable, rehome
from pathway.engine.now import now
from pathway.engine.refused import Invalid
from pathway.record.access import opened
from pathway.record.case import Case
from pathway.record.step import CARE, wording
from pathway.web.entries import begin
from pathway.web.find import person
from pathway.web.forms import EntryForm, beginning, sent_as
from pathway.web.moves import PAGE, back_to
from pathway.web.sheet import Sheet, serve


def meant(case: Case, code: str) -> Case | None:
    """The other case that this code names; None where there is none."""
    try:
        target = named(case, code)
    except Invalid:
        return None
    return target if target.pk != case.pk else None


@PAGE
def misplaced(request: HttpRequest, case: UUID, event: UUID) -> HttpResponse:
    """Move an entry to the case that it belongs to; the patient of that case is shown before it is done."""
    found, user = begin(request, case, CARE, "Move an entry to another case"), person(request)
    wrong = event_of(found, event, sent_as(request))
    if wrong is None or not is_movable(wrong[0].kind):
        raise Http404
    recorded, stands = wrong
    if not user.role_set & recorded_by(recorded.kind):
        raise PermissionDenied("Correct this entry")
    code = str(request.POST.get("into") or request.GET.get("into") or "").strip().upper()
    target = meant(found, code)
    if target and request.method != "POST":
        opened(target, by=user, what="form: move an entry")

    def draw(data: QueryDict | None) -> EntryForm:
        form = EntryForm(ASKS, data, timed=False, initial=beginning(now(), 0, {"into": code}))
        form.fields["into"].widget = HiddenInput()
        return form

    def record(form: EntryForm) -> str:
        rehome(
            recorded, by=user, into=form.cleaned_data["into"], why=form.cleaned_data["why"],
            submission=form.cleaned_data["submission"],
        )  # fmt: skip
        if target:
            opened(target, by=user, what="entry moved here")
        return f"The entry was moved to {code}, with its own time and who recorded it first."

    context = {
        "entry": stands, "recorded": recorded, "target": target, "code": code,
        "said": answers_said(recorded.kind, stands.answers, protocol.get(found.protocol).standards),
    }  # fmt: skip
    title = f"“{wording(recorded.kind)}” belongs to another case"
    sheet = Sheet(found, title, "Move the entry", back_to(found, "timeline"), "case/misplaced.html", lambda: context)
    return serve(request, sheet, draw, record)
