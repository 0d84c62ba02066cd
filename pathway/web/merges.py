"""Merging two cases of one compression, with what it does shown before it is done, and taking it back."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from pathway import protocol
from pathway.casefile.records import others_of
from pathway.engine import merge as engine
from pathway.engine.correct import WHY
from pathway.engine.now import now
from pathway.engine.one_person import BY
from pathway.engine.refused import Refused
from pathway.record.access import opened
from pathway.record.case import Case
from pathway.web.entries import begin
from pathway.web.find import person
from pathway.web.forms import EntryForm, beginning
from pathway.web.moves import PAGE, back_to
from pathway.web.sheet import Sheet, serve

ASKS = {name: field for name, field in Case.moves()["merge"].asks.items() if name != "into"}


@PAGE
def merge(request: HttpRequest, case: UUID) -> HttpResponse:
    """Let this case go on in another one of the patient: first which, then what it does, then by whom and why."""
    found, user = begin(request, case, BY, "Merge two cases"), person(request)
    others = others_of(found)
    code = str(request.POST.get("into") or request.GET.get("into") or (others[0].code if len(others) == 1 else ""))
    into = next((each for each in others if each.code == code), None)
    context: dict[str, Any] = {"others": others, "into": into, "standards": protocol.get(found.protocol).standards}
    if into:
        if request.method != "POST":
            opened(into, by=user, what="form: merge two cases")
        context |= effect(found, into)

    def record(form: EntryForm) -> str:
        if into is None:
            raise Refused("Choose the case that goes on.")
        answers = {**form.answers, "into": into.code}
        engine.merge(found, by=user, answers=answers, submission=form.cleaned_data["submission"])
        opened(into, by=user, what="cases merged")
        return f"{found.code} was merged into {into.code}, which goes on."

    back = back_to(into or found) if request.method == "POST" else back_to(found)
    sheet = Sheet(found, "Two cases of one compression", "Merge the cases", back, "case/merge.html", lambda: context)
    return serve(request, sheet, draw_asks, record)


def draw_asks(data: QueryDict | None) -> EntryForm:
    """The form of a merge: why, and the second person."""
    return EntryForm(ASKS, data, timed=False, initial=beginning(now(), 0))


def effect(case: Case, into: Case) -> dict[str, Any]:
    """What the merge would do, or why it is refused."""
    try:
        preview = engine.preview(case, into)
    except Refused as refusal:
        return {"against": refusal.reasons}
    standards = protocol.get(into.protocol).standards | protocol.get(case.protocol).standards
    sides = [
        (f"{case.code} now", preview.own),
        (f"{into.code} now", preview.others),
        (f"{into.code} afterwards", preview.after),
    ]
    clocks = [(title, [(standards[run.standard].label, run) for run in runs]) for title, runs in sides]
    return {"preview": preview, "clocks": clocks}


@PAGE
def unmerge(request: HttpRequest, case: UUID) -> HttpResponse:
    """Take a merge back."""
    found, user = begin(request, case, BY, "Undo the merge"), person(request)
    survivor = found.survivor
    if survivor is None and request.method != "POST":
        raise Http404

    def record(form: EntryForm) -> str:
        engine.unmerge(found, by=user, why=form.cleaned_data["why"], submission=form.cleaned_data["submission"])
        if survivor:
            opened(survivor, by=user, what="merge undone")
        return f"The merge was undone: {found.code} runs on its own again."

    def draw(data: QueryDict | None) -> EntryForm:
        return EntryForm(WHY, data, timed=False, initial=beginning(now(), 0))

    explain = (
        f"{found.code} runs on its own again: its clocks start from its own suspicion, its alerts go back to it, and "
        f"what has become due meanwhile alerts at once. {survivor} keeps what was recorded on it."
    )
    sheet = Sheet(found, "Undo the merge", "Undo the merge", back_to(found), context=lambda: {"explain": explain})
    return serve(request, sheet, draw, record)
