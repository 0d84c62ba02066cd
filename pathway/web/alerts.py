"""One alert: what a person may say to it, and why it was raised. Everything is said with a POST of the form."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from pathway import casefile
from pathway.engine import respond
from pathway.engine.now import now
from pathway.engine.refused import Invalid, NotAllowed, Refused
from pathway.notify import inbox as told
from pathway.notify.inbox import Message
from pathway.protocol.types import Level
from pathway.record.alert import Alert, Reply
from pathway.record.ask import unanswered
from pathway.record.person import User
from pathway.record.rota import colleagues
from pathway.templatetags.pathway import local_time
from pathway.web import errors, fields
from pathway.web.find import case_or_404, person

LENGTHS = {"15": "15 minutes", "30": "30 minutes", "60": "1 hour", "120": "2 hours", "240": "4 hours"}
SHORT = {key: LENGTHS[key] for key in ("15", "30", "60")}


class Answer(forms.Form):
    """What one kind of answer asks for; `minutes` left out is the interval of the level."""

    def __init__(self, user: User, **kwargs: Any) -> None:
        super().__init__(auto_id=f"{type(self).__name__.lower()}_%s", **kwargs)
        self.user = user


class Minutes(Answer):
    """How long somebody acts."""

    minutes = forms.ChoiceField(
        label="How long do you need?", choices=list(LENGTHS.items()), required=False, widget=forms.RadioSelect,
        error_messages=unanswered("How long do you need?"),
    )  # fmt: skip


class Snooze(Answer):
    """How long the next level is to wait."""

    minutes = forms.ChoiceField(
        label="Tell the next level in", choices=list(SHORT.items()), initial="15", widget=forms.RadioSelect,
        error_messages=unanswered("How long"),
    )  # fmt: skip


class Reason(Answer):
    """Why."""

    reason = forms.CharField(label="Why", max_length=300, error_messages=unanswered("Why"))


class Help(Answer):
    """What is needed, if there is time to say it."""

    reason = forms.CharField(label="What do you need? (you may leave this out)", max_length=300, required=False)


class Colleague(Answer):
    """Whom to ask."""

    to = fields.Colleague("Colleague", "Choose a colleague")

    def __init__(self, user: User, **kwargs: Any) -> None:
        super().__init__(user, **kwargs)
        self.fields["to"].queryset = colleagues(user).exclude(pk=user.pk)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer: its form, its button, what it does and what it then says."""

    form: type[Answer]
    title: str
    explain: str
    do: Callable[..., Alert]
    said: str


CHOICES: dict[Reply, Choice] = {
    Reply.ACCEPTED: Choice(Minutes, "Take it over", "A colleague asked you to act on this.", respond.accept,
                           "You act on {patient} until {until}. The clock runs on."),
    Reply.REFUSED: Choice(Reason, "Do not take it over", "It stays with your colleague, who sees your reason.",
                          respond.refuse, "You did not take this over. It stays with your colleague."),
    Reply.ACTS: Choice(Minutes, "I am acting", "Others see that you act. The clock runs on: when your time is over "
                       "without the step recorded, the next level is told.", respond.acknowledge,
                       "You act on {patient} until {until}. The clock runs on."),
    Reply.HELP: Choice(Help, "Ask for help", "The next level is told at once; you go on acting.",
                       respond.ask_for_help, "The next level is being told. Go on until somebody joins you."),
    Reply.OFFERED: Choice(Colleague, "Hand to a colleague", "They are told, and take it over or not. Until they do, it "
                          "stays where it is.", respond.offer, "{to} was asked to take this over. Until then it is "
                          "still with you."),
    Reply.SNOOZED: Choice(Snooze, "Ask for time", "Once, and only before the limit: the next level is told when the "
                          "time is over.", respond.snooze, "The next level is told at {until}, unless the step is "
                          "recorded before."),
    Reply.DECLINED: Choice(Reason, "Decline and pass on", "The next level is told at once, with your reason.",
                           respond.decline, "You declined. The next level is being told."),
}  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def alert(request: HttpRequest, alert: UUID) -> HttpResponse:
    """Ask what somebody says to an alert, and say why it was raised; take the answer with a POST."""
    user = person(request)
    found = told.alert(user, alert)
    if found is None:
        raise Http404
    message = Message(found, now(), found.raised_at)
    may_act = respond.may_answer(user, found)
    asked = request.POST.get("what", Reply.ACTS.value)
    if asked not in CHOICES:
        return errors.damaged(request)
    what = Reply(asked)
    drawn = {each: CHOICES[each].form(user, initial=initial(message)) for each in choices(message, user) if may_act}
    status = 200
    if request.method == "POST":
        form = drawn[what] = CHOICES[what].form(user, data=request.POST)
        if form.is_valid() and (answer := said(request, message, what, form, user)):
            return answer
        status = 422
    trails = casefile.why(found.case, found.clock.standard, message.now)
    context = {
        "message": message, "now": message.now, "case": found.case, "form": drawn.get(what), "sent": status,
        "answers": [(each.value, CHOICES[each], form) for each, form in drawn.items()], "what": what.value,
        "why": trails, "trails": [trail for trail in trails.trails if trail.is_of(found)], "may_act": may_act,
    }  # fmt: skip
    return render(request, "inbox/alert.html", context, status=status)


def initial(message: Message) -> dict[str, str]:
    """What the forms begin with."""
    minutes = str(message.minutes)
    return {"minutes": minutes if minutes in LENGTHS else "15"}


def choices(message: Message, user: User) -> list[Reply]:
    """What this person may say now."""
    found = message.alert
    if found.stood_down_at:
        return []
    other = message.is_acted_on and not respond.acts(user, found)
    asked = respond.offered(found, user) is not None
    hidden = {
        Reply.ACCEPTED: not asked,
        Reply.REFUSED: not asked,
        Reply.ACTS: other or asked,
        Reply.OFFERED: other,
        Reply.SNOOZED: found.level != Level.E1 or found.snoozed_until is not None or message.is_acted_on,
        Reply.DECLINED: other or asked,
    }
    return [each for each in CHOICES if not hidden.get(each, False)]


def said(request: HttpRequest, message: Message, what: Reply, form: Answer, user: User) -> HttpResponse | None:
    """Do what a valid form says, and lead on; None where an answer was refused, which the form then shows."""
    found, choice, told_so = message.alert, CHOICES[what], form.cleaned_data
    answers = {name: value for name, value in told_so.items() if name in ("reason", "to")}
    if "minutes" in form.fields:
        answers["until"] = message.now + timedelta(minutes=int(told_so["minutes"] or message.minutes))
    try:
        choice.do(found, by=user, **answers)
    except NotAllowed as refused:
        return errors.forbidden(request, refused)
    except Invalid as invalid:
        for name, reasons in invalid.fields.items():
            form.add_error(name if name in form.fields else None, reasons)
        return None
    except Refused as refused:
        return errors.conflict(request, *refused.reasons, back=reverse("case", args=[found.case.uuid]))
    until = local_time(answers["until"], message.now) if "until" in answers else ""
    messages.success(request, choice.said.format(patient=found.case.patient, until=until, to=told_so.get("to")))
    return redirect("case", case=found.case.uuid) if request.POST.get("back") == "case" else redirect("inbox")


@require_safe
def why(request: HttpRequest, case: UUID, clock: str) -> HttpResponse:
    """Why a clock of a case has raised alerts, or none."""
    found = case_or_404(request, case)
    at = now()
    try:
        trails = casefile.why(found, clock, at)
    except LookupError:
        raise Http404 from None
    return render(request, "case/why.html", {"case": found, "now": at, "why": trails, "trails": trails.trails})
