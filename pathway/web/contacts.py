"""My contacts: where a person is told outside the service, proved by a code, in what order, and when not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from pathway.engine.refused import Invalid, Refused
from pathway.notify import contacts as own
from pathway.notify.channel import BY_KEY, CHANNELS
from pathway.notify.types import Channel
from pathway.protocol.types import Role
from pathway.record.ask import text, unanswered
from pathway.record.message import Address
from pathway.record.person import User
from pathway.web.find import person


class AddForm(forms.Form):
    """One more contact."""

    channel = forms.ChoiceField(
        label="How", choices=[(each.key, each.label) for each in CHANNELS], widget=forms.RadioSelect,
        error_messages=unanswered("How"),
    )  # fmt: skip
    value = text("Number or address", hint="; ".join(f"{each.label}: {each.hint}" for each in CHANNELS))


class CodeForm(forms.Form):
    """The code that came."""

    code = forms.CharField(
        label="Code of six digits", max_length=10, error_messages=unanswered("Code of six digits"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )  # fmt: skip


class QuietForm(forms.Form):
    """Hours in which only levels from E3 on are told at a contact; both times, or none."""

    begin = forms.TimeField(label="Quiet from", required=False, error_messages={"invalid": "Enter a time like 22:00."})
    until = forms.TimeField(label="Quiet until", required=False, error_messages={"invalid": "Enter a time like 07:00."})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget = forms.TimeInput(format="%H:%M", attrs={"type": "time"})

    def clean(self) -> dict[str, Any]:
        """Both times or none, and not the same.

        Raises:
            ValidationError: with the sentence that says what is wrong.
        """
        begin, until = self.cleaned_data.get("begin"), self.cleaned_data.get("until")
        if not self.errors and (begin is None) != (until is None):
            raise ValidationError("Give both times, or leave both empty for no quiet hours.")
        if begin is not None and begin == until:
            raise ValidationError("The quiet hours begin and end at the same time. Give two times, or none.")
        return self.cleaned_data


@dataclass
class Card:
    """One contact as the page shows it: why it is not used, and the form that it needs."""

    address: Address
    channel: Channel | None
    why_not: str
    form: forms.Form


def card(address: Address) -> Card:
    """A contact with its empty form: for the code, and once it is confirmed for the quiet hours."""
    return Card(address, BY_KEY.get(address.channel), own.why_not(address), form_of(address))


def form_of(address: Address, data: Mapping[str, Any] | None = None) -> forms.Form:
    """The form of one contact."""
    name = f"{address.uuid}_%s"
    if address.verified_at is None:
        return CodeForm(data, auto_id=name)
    return QuietForm(data, initial={"begin": address.quiet_from, "until": address.quiet_until}, auto_id=name)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def contacts(request: HttpRequest) -> HttpResponse:
    """The page of one's own contacts; for administrators also who cannot be reached outside."""
    user = person(request)
    posted = request.method == "POST"
    adds = posted and request.POST.get("what") == "add"
    sent: forms.Form = AddForm(request.POST if adds else None)
    address = asked(request, user) if posted and not adds else None
    if address is not None:
        sent = form_of(address, request.POST) if request.POST["what"] in ("verify", "quiet") else forms.Form({})
    if sent.is_bound and sent.is_valid():
        try:
            messages.success(request, change(request.POST["what"], user, address, sent.cleaned_data))
        except Invalid as invalid:
            for name, errors in invalid.fields.items():
                sent.add_error(name, list(errors))
        except Refused as refused:
            sent.add_error(None, list(refused.reasons))
        else:
            return redirect("contacts")
    cards = [card(each) for each in own.mine(user)]
    for each in cards:
        if each.address == address and type(each.form) is type(sent):
            each.form = sent
    context = {
        "form": sent, "add": sent if isinstance(sent, AddForm) else AddForm(), "cards": cards, "channels": CHANNELS,
        "unreached": own.unreached(user) if Role.ADMINISTRATOR in user.role_set else None,
    }  # fmt: skip
    return render(request, "contacts/contacts.html", context, status=422 if posted else 200)


def asked(request: HttpRequest, user: User) -> Address:
    """The own contact that a form is about.

    Raises:
        Http404: it is not one of this person's.
        BadRequest: the form does not say what to do with it.
    """
    if request.POST.get("what") not in DONE:
        raise BadRequest("what")
    try:
        found = own.mine(user).filter(uuid=request.POST.get("address", "")).first()
    except ValidationError:
        raise BadRequest("address") from None
    if found is None:
        raise Http404
    return found


DONE = {
    "verify": "{} is confirmed: you are told there.",
    "resend": "A new code is on its way to {}.",
    "earlier": "{} is tried earlier.",
    "quiet": "The quiet hours of {} are saved.",
    "test": "A test message is on its way to {}.",
    "remove": "{} is removed.",
}


def change(what: str, user: User, address: Address | None, wanted: dict[str, Any]) -> str:
    """Do what a checked form asks, and say what was done.

    Raises:
        Refused: as `notify.contacts` says.
    """
    if address is None:
        added = own.add(user, wanted["channel"], wanted["value"])
        return f"A code is on its way to {added.value}. Enter it below to confirm the contact."
    match what:
        case "verify":
            own.verify(user, address, wanted.get("code", ""))
        case "resend":
            own.resend(user, address)
        case "earlier":
            own.earlier(user, address)
        case "quiet":
            own.mute(address, wanted.get("begin"), wanted.get("until"))
        case "test":
            own.try_out(address)
        case _:
            own.remove(address)
    return DONE[what].format(address.value)
