"""My contacts: added, proved by a code that went through the channel itself, ordered, muted, tested, removed."""

import re
from datetime import time, timedelta

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.notify import contacts, operators
from pathway.notify.bundle import bundle
from pathway.notify.deliver import deliver
from pathway.record.heartbeat import Fault
from pathway.record.message import Address, Message
from tests import factories
from tests.faults.crowd import elsewhere, impatient

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = reverse("contacts")
TAKES = {"sms": "07700 900123", "email": "a@hospital.example"}


@pytest.fixture
def person(client, coordinator):
    client.force_login(coordinator)
    return coordinator


def send(client, what, address=None, **values):
    return client.post(PAGE, {"what": what, **({"address": address.uuid} if address else {}), **values})


def page(client):
    return client.get(PAGE).content.decode()


def code_in(sinks):
    return re.search(r"\d{6}", sinks.taken()[-1].text)[0]


@pytest.fixture
def added(client, person, sinks):
    """A contact whose code has gone out."""
    send(client, "add", channel="sms", value=TAKES["sms"])
    deliver()
    return Address.objects.get()


@pytest.mark.parametrize("channel", ["sms", "email", "webhook"])
def test_a_contact_counts_once_the_code_that_was_sent_to_it_is_entered(client, person, sinks, channel):
    value = TAKES.get(channel, f"{sinks.url}/bleep/1")
    assert send(client, "add", channel=channel, value=value).status_code == 302
    assert "A code is on its way to" in page(client)
    deliver()
    address = Address.objects.get()
    assert address.verified_at is None
    code = code_in(sinks)
    assert code not in address.code_hash
    assert send(client, "verify", address, code=f" {code[:3]} {code[3:]} ").status_code == 302
    address.refresh_from_db()
    assert (address.verified_at is not None, address.code_hash) == (True, "")
    assert "Confirmed" in page(client)
    assert contacts.why_not(address) == ""


def test_no_code_is_kept_once_it_was_sent(client, added, sinks):
    assert code_in(sinks) not in Message.objects.get().body
    assert Message.objects.get().purpose == "code"


def test_a_code_is_good_for_ten_minutes_and_five_tries(client, person, added, sinks):
    code = code_in(sinks)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for left in (4, 3, 2, 1, 0):
        answer = send(client, "verify", added, code=wrong)
        assert answer.status_code == 422
        assert f"{left} {'try' if left == 1 else 'tries'} left." in answer.content.decode()
    assert "no longer counts" in send(client, "verify", added, code=code).content.decode()
    Address.objects.update(code_tries=0, code_sent_at=clock.now() - timedelta(minutes=11))
    assert "too old" in send(client, "verify", added, code=code).content.decode()
    Address.objects.update(code_sent_at=clock.now() - timedelta(minutes=9))
    assert send(client, "verify", added, code=code).status_code == 302
    contacts.verify(person, added, "anything")


def test_a_new_code_takes_the_place_of_the_old_one(client, added, sinks):
    old = code_in(sinks)
    assert "less than a minute ago" in send(client, "resend", added).content.decode()
    Message.objects.update(created_at=clock.now() - timedelta(seconds=61))
    assert send(client, "resend", added).status_code == 302
    deliver()
    new = code_in(sinks)
    assert len(sinks.taken()) == 2
    if new != old:
        assert send(client, "verify", added, code=old).status_code == 422
    assert send(client, "verify", added, code=new).status_code == 302
    assert "confirmed already" in send(client, "resend", added).content.decode()


def test_nobodys_telephone_is_flooded_with_codes(client, added, trust):
    """Neither by its owner nor by removing and adding, nor by somebody else."""
    long_ago = clock.now() - timedelta(minutes=5)
    other = factories.user("coordinator", trust)
    for nth in range(4):
        Message.objects.update(created_at=long_ago)
        address = Address.objects.get(removed_at=None)
        send(client, "remove", address)
        send(client, "add", channel="sms", value=TAKES["sms"])
        assert Message.objects.count() == nth + 2
    Message.objects.update(created_at=long_ago)
    address = Address.objects.get(removed_at=None)
    assert "within an hour" in send(client, "resend", address).content.decode()
    client.force_login(other)
    assert "within an hour" in send(client, "add", channel="sms", value=TAKES["sms"]).content.decode()
    assert not Address.objects.filter(user=other).exists()


def test_one_person_may_not_send_codes_to_many(client, person, sinks):
    for number in range(5):
        assert send(client, "add", channel="sms", value=f"0770090012{number}").status_code == 302
    assert send(client, "add", channel="sms", value="07700900129").status_code == 422
    assert Address.objects.count() == 5


def test_there_is_an_end_to_contacts(client, person, reach):
    reach(person, *["sms"] * 1)
    for number in range(7):
        reach(person, "sms", value=f"+44770090000{number}")
    assert (
        "as many as one person may have" in send(client, "add", channel="email", value="a@x.example").content.decode()
    )


@pytest.mark.parametrize(
    ("channel", "value", "said"),
    [
        ("", TAKES["sms"], "Answer this: How."),
        ("fax", TAKES["sms"], "Choose one of the answers: How."),
        ("sms", "", "Answer this: Number or address."),
        ("sms", "12", "Enter a mobile number"),
        ("email", "a@b\r\nBcc: c@d.example", "There is a problem"),
        ("webhook", "https://elsewhere.example/", "may not be called from here"),
        ("webhook", "http://169.254.169.254/", "may not be called from here"),
    ],
)
def test_what_is_no_contact_is_refused_and_shown_again(*, client, person, sinks, channel, value, said):
    answer = send(client, "add", channel=channel, value=value)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Address.objects.exists()


def test_one_contact_is_not_added_twice_but_again_after_it_was_removed(client, added):
    assert "one of your contacts already" in send(client, "add", channel="sms", value="+447700900123").content.decode()
    assert send(client, "remove", added).status_code == 302
    Message.objects.update(created_at=clock.now() - timedelta(minutes=2))
    assert send(client, "add", channel="sms", value="+447700900123").status_code == 302


def test_a_channel_that_is_off_says_why_and_takes_no_contact(client, person, settings):
    settings.EMAIL_ON = False
    assert "Email is not set up: EMAIL_URL is missing." in page(client)
    answer = send(client, "add", channel="email", value="a@x.example")
    assert "EMAIL_URL is missing. Ask your administrator." in answer.content.decode()


def test_the_order_is_the_persons_own(client, person, reach, sinks, on_duty):
    reach(person, "sms", "email", "webhook")
    last = contacts.mine(person).last()
    send(client, "earlier", last)
    assert [each.channel for each in contacts.mine(person)] == ["sms", "webhook", "email"]
    for _ in range(2):
        send(client, "earlier", last)
    assert [(each.place, each.channel) for each in contacts.mine(person)] == [(0, "webhook"), (1, "sms"), (2, "email")]


@pytest.mark.parametrize("what", ["add", "earlier", "write", "bundle"])
def test_what_is_done_with_somebodys_contacts_holds_up_none_of_their_alarms(  # noqa: PLR0917
    what, person, reach, sinks, on_duty, due, unit
):
    factories.duty(unit, "coordinator", person)
    first, second = reach(person, "sms", "email")
    due()
    do = {
        "add": lambda: contacts.add(person, "email", "b@hospital.example"),
        "earlier": lambda: contacts.earlier(person, second),
        "write": lambda: operators.write(first, "a gap"),
        "bundle": lambda: bundle(clock.now()),
    }[what]
    impatient(300)
    with elsewhere(do):
        (alert,) = due()
    assert set(alert.deliveries.filter(user=person).values_list("channel", flat=True)) == {"inbox", "sms"}
    assert not Fault.objects.exists()


def test_quiet_hours_are_set_and_taken_away(client, person, reach):
    (address,) = reach(person, "sms")
    assert send(client, "quiet", address, begin="22:00", until="07:00").status_code == 302
    address.refresh_from_db()
    assert (address.quiet_from, address.quiet_until) == (time(22), time(7))
    assert "Quiet from 22:00 until 07:00" in page(client)
    send(client, "quiet", address, begin="", until="")
    address.refresh_from_db()
    assert address.quiet_from is None


@pytest.mark.parametrize(
    ("begin", "until", "said"),
    [
        ("22:00", "", "Give both times"),
        ("", "07:00", "Give both times"),
        ("22:00", "22:00", "begin and end at the same time"),
        ("late", "07:00", "Enter a time like 22:00."),
        ("25:00", "07:00", "Enter a time like 22:00."),
    ],
)
def test_quiet_hours_that_make_no_sense_are_refused(*, client, person, reach, begin, until, said):
    (address,) = reach(person, "sms")
    answer = send(client, "quiet", address, begin=begin, until=until)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    address.refresh_from_db()
    assert address.quiet_from is None


def test_a_test_message_goes_out_at_most_once_a_minute(client, person, reach, sinks):
    (address,) = reach(person, "sms")
    assert send(client, "test", address).status_code == 302
    assert "less than a minute ago" in send(client, "test", address).content.decode()
    deliver()
    assert sinks.taken()[0].text.startswith("This is a test. No patient waits for you.")


def test_a_contact_that_is_not_confirmed_gets_no_test(client, added, settings):
    assert "enter the code" in send(client, "test", added).content.decode()
    Address.objects.update(verified_at=clock.now())
    settings.NOTIFY_API_KEY = ""
    assert "NOTIFY_API_KEY missing" in send(client, "test", added).content.decode()


def test_a_contact_says_why_it_does_not_work(client, person, reach, sinks):
    first, second = reach(person, "sms", "email", value="nobody@x.example")[0], None
    second = reach(person, "email", value="nobody@x.example")[0]
    send(client, "test", second)
    deliver()
    assert "The last message did not get through (550 5.1.1 no such mailbox)" in page(client)
    Message.objects.create(address=first, subject="", body="", state="unknown", created_at=clock.now())
    assert "(no receipt came)" in contacts.why_not(first)
    first.channel = "fax"
    first.save()
    assert "no longer exists" in page(client)


def test_nobody_reads_or_changes_the_contacts_of_others(client, person, reach, coordinator, trust):
    other = factories.user("coordinator", trust)
    (address,) = reach(other, "sms")
    assert address.value not in page(client)
    for what in ("verify", "resend", "earlier", "quiet", "test", "remove"):
        assert send(client, what, address, code="123456").status_code == 404
    address.refresh_from_db()
    assert address.removed_at is None


@pytest.mark.parametrize("values", [{}, {"what": ""}, {"what": "x"}, {"what": "remove", "address": "x"}])
def test_a_damaged_form_is_refused(client, person, values):
    assert client.post(PAGE, values).status_code == 400


def test_a_form_of_a_contact_that_is_confirmed_meanwhile_is_no_error(client, person, added):
    Address.objects.update(verified_at=clock.now())
    assert send(client, "verify", added, code="123456").status_code == 302


def test_an_administrator_sees_who_has_no_confirmed_contact_by_name_alone(client, administrator, person, trust, reach):
    reached, unreached = factories.user("clinician", trust), factories.user("clinician", trust)
    (address,) = reach(reached, "email", value="reached@x.example")
    foreign = factories.user("clinician")
    assert "without a confirmed contact" not in page(client)
    client.force_login(administrator)
    text = page(client)
    listed = text[text.index("without a confirmed contact") :]
    assert str(unreached) in listed
    assert str(person) in listed
    for absent in (str(reached), str(foreign), str(administrator), address.value):
        assert absent not in listed
    for each in (person, unreached):
        reach(each, "email")
    assert "Everybody who can be told of alerts has one." in page(client)
