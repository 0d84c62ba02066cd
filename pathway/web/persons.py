"""Two records of one person: found, compared, merged by two people, and taken apart again."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict

from pathway.casefile.records import Sides, beside, merge_of, record_of, searched
from pathway.engine import one_person
from pathway.engine.correct import WHY
from pathway.engine.identity import as_known
from pathway.engine.likely import cases_of, likely
from pathway.engine.now import now
from pathway.engine.refused import Refused
from pathway.record.access import opened
from pathway.record.ask import Asks, choice
from pathway.record.case import Case
from pathway.record.likeness import compare
from pathway.record.person import Patient, User
from pathway.web.entries import begin
from pathway.web.find import person
from pathway.web.forms import EntryForm, beginning, uuids
from pathway.web.moves import PAGE, back_to
from pathway.web.sheet import Sheet, serve


@PAGE
def same_person(request: HttpRequest, case: UUID) -> HttpResponse:
    """Merge the record of this patient with another one of the same person."""
    found, user = begin(request, case, one_person.BY, one_person.LABEL), person(request)
    other = chosen(request, user)
    if other is None:
        return choosing(request, found, user)
    if request.method != "POST":
        for each in cases_of(other):
            opened(each, by=user, what="form: same person?")

    def draw(data: QueryDict | None) -> EntryForm:
        return EntryForm(asks(found.patient, other), data, timed=False, initial=beginning(now(), 0))

    def record(form: EntryForm) -> str:
        answers = form.answers
        pair = {"this": (other, found.patient), "other": (found.patient, other)}[answers.pop("keeps")]
        one_person.join(*pair, by=user, answers=answers)
        return f"The two records are one: {pair[1].name}, {pair[1].number}."

    context = {"other": other, "sides": compared(found.patient, other),
               "why_alike": compare(found.patient.named, other.named).reasons}  # fmt: skip
    sheet = Sheet(
        found, "Are these the same person?", "Merge the records", back_to(found), "case/persons.html", lambda: context
    )
    return serve(request, sheet, draw, record)


def asks(patient: Patient, other: Patient) -> Asks:
    """What the merge asks: which identity goes on, why, and the second person."""
    words = {"this": f"{patient.name}, {patient.number}", "other": f"{other.name}, {other.number}"}
    return {"keeps": choice("Identity that goes on", "this", "other", words=words), **one_person.ASKS}


def chosen(request: HttpRequest, user: User) -> Patient | None:
    """The other record, where one was chosen.

    Raises:
        Http404: no standing record of the person's organisation.
    """
    keys = uuids(str(request.POST.get("with") or request.GET.get("with") or ""))
    if not keys:
        return None
    other = record_of(user, keys[0])
    if other is None:
        raise Http404
    return other


def choosing(request: HttpRequest, case: Case, user: User) -> HttpResponse:
    """The first step: the likely records, and those that a number, a name or the code of a case finds."""
    words = request.GET.get("q", "").strip()
    alike = likely(case.organisation, case.patient.named, but=case.patient)
    hits = [] if not words else [(each, cases_of(each)) for each in searched(case, words)]
    for each in [*(one.cases for one in alike), *(cases for _, cases in hits)]:
        for one in each:
            opened(one, by=user, what="asked: same person?")

    def draw(data: QueryDict | None) -> EntryForm:
        return EntryForm({}, data, timed=False, initial=beginning(now(), 0))

    def record(_form: EntryForm) -> str:
        raise Refused("Choose the other record.")

    context = {"alike": alike, "hits": hits, "words": words}
    sheet = Sheet(case, "Another record of the same person", "", back_to(case), "case/persons.html", lambda: context)
    return serve(request, sheet, draw, record)


def compared(patient: Patient, other: Patient) -> Sides:
    """Both identities side by side, then their cases."""
    one, two = (as_known(each)[0] for each in (patient, other))
    cases: Any = [", ".join(told(case) for case in cases_of(each)) or "none" for each in (patient, other)]
    return [*beside(one, two), ("Cases", *cases, False)]


def told(case: Case) -> str:
    """A case in a few words."""
    state = "open" if case.is_open else "ended"
    return f"{case.code} (class {case.klass}, {case.unit}, {state})"


@PAGE
def part(request: HttpRequest, case: UUID, merge: UUID) -> HttpResponse:
    """Take the merge of two records back."""
    found, user = begin(request, case, one_person.BY, "Undo the merge of two records"), person(request)
    stands = merge_of(found, merge)
    if stands is None:
        raise Http404

    def draw(data: QueryDict | None) -> EntryForm:
        return EntryForm(WHY, data, timed=False, initial=beginning(now(), 0))

    def record(form: EntryForm) -> str:
        one_person.part(stands, by=user, why=form.cleaned_data["why"])
        return f"{stands.absorbed.name} and {stands.survivor.name} are two people again."

    codes = ", ".join(Case(pk=pk).code for pk in stands.cases) or "no case"
    explain = (
        f"{codes} will again belong to {stands.absorbed.name} ({stands.absorbed.number}). Every other case stays with "
        f"{stands.survivor.name} ({stands.survivor.number})."
    )
    sheet = Sheet(found, "These are two people", "Undo the merge", back_to(found), context=lambda: {"explain": explain})
    return serve(request, sheet, draw, record)
