"""Filters that a person keeps: named, ordered, renamed, removed, counted, and nobody else's."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine import now as clock
from pathway.engine.tick import tick
from pathway.record.saved import SavedFilter
from pathway.worklist.saved import LONGEST, MOST
from tests import factories

PAGE = "/worklist/filters/"


@pytest.fixture
def cases(unit):
    """One case over its limit that nobody answers, and one of class B that somebody owns."""
    late = factories.case(at=clock.now() - timedelta(hours=4), place=unit)
    calm = factories.case("B", at=clock.now() - timedelta(minutes=5), place=unit)
    factories.happen(calm, "case.assigned", to="Sister Jones")
    tick()
    return late, calm


def keep(client, name, query="klass=B"):
    return client.post(f"{PAGE}?{query}", {"what": "keep", "name": name})


def names(user):
    return list(SavedFilter.objects.filter(user=user).order_by("place").values_list("name", flat=True))


def change(client, what, saved, **more):
    return client.post(PAGE, {"what": what, "filter": saved.uuid, **more})


def test_what_is_kept_stands_above_the_list_with_how_many_it_shows_and_hides(signed_in, coordinator, cases):
    answer = keep(signed_in, " Class   B ")
    assert (answer.status_code, answer.url) == (302, "/?klass=B")
    keep(signed_in, "Nobody answers", "unanswered=on")
    keep(signed_in, "Sister", "owner=Sister+Jones")
    text = signed_in.get("/").content.decode()
    assert names(coordinator) == ["Class B", "Nobody answers", "Sister"]
    assert text.count("1 shown, 1 hidden") == 3
    assert '<a href="/?unanswered=on">Nobody answers</a>' in text
    assert 'aria-current="true">Class B</a>' in signed_in.get("/?klass=B").content.decode()


def test_a_kept_filter_of_an_owner_who_owns_nothing_any_more_can_still_be_opened(signed_in, cases):
    keep(signed_in, "Gone", "owner=Nobody+Known")
    answer = signed_in.get("/?owner=Nobody+Known")
    assert answer.status_code == 200
    assert '<option value="Nobody Known" selected>' in answer.content.decode()
    assert "0 of 2 open cases shown; 2 hidden by filters" in answer.content.decode()


def test_a_kept_filter_that_is_no_longer_possible_shows_nothing_and_breaks_nothing(signed_in, coordinator, cases):
    keep(signed_in, "Old")
    SavedFilter.objects.update(query={"unit": "not a unit", "a filter of old": True})
    text = signed_in.get("/").content.decode()
    assert "0 shown, 2 hidden" in text


def test_renamed_put_in_order_and_removed(signed_in, coordinator):
    for name in ("One", "Two", "Three"):
        keep(signed_in, name)
    three = SavedFilter.objects.get(name="Three")
    assert change(signed_in, "earlier", three).status_code == 302
    assert names(coordinator) == ["One", "Three", "Two"]
    change(signed_in, "earlier", SavedFilter.objects.get(name="One"))
    assert names(coordinator) == ["One", "Three", "Two"]
    change(signed_in, "rename", three, name="Drei")
    change(signed_in, "remove", SavedFilter.objects.get(name="One"))
    assert names(coordinator) == ["Drei", "Two"]
    assert "“One” is removed. No case is changed by that." in signed_in.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "Answer this: Name."), ("x" * (LONGEST + 1), f"Shorten the name to {LONGEST} letters."),
        ("one", "You keep a filter called “one” already."),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused_and_what_was_typed_stays(signed_in, coordinator, name, said):
    keep(signed_in, "One")
    keep(signed_in, "Two")
    for answer in (keep(signed_in, name), change(signed_in, "rename", SavedFilter.objects.get(name="Two"), name=name)):
        assert answer.status_code == 422
        assert said in answer.content.decode()
        assert f'value="{name}"' in answer.content.decode() or not name
    assert names(coordinator) == ["One", "Two"]


def test_too_many_and_none_at_all_are_refused_with_the_way_on(signed_in, coordinator):
    for number in range(MOST):
        keep(signed_in, f"Filter {number}")
    assert "Remove one first." in keep(signed_in, "One more").content.decode()
    assert "These filters leave nothing out." in keep(signed_in, "Everything", "").content.decode()
    assert len(names(coordinator)) == MOST


def test_nobody_touches_the_filters_of_another(signed_in, client, coordinator, clinician):
    keep(signed_in, "Mine")
    mine = SavedFilter.objects.get()
    signed_in.get(PAGE)
    client.force_login(clinician)
    assert "Mine" not in client.get(PAGE).content.decode()
    for what in ("rename", "earlier", "remove"):
        assert change(client, what, mine, name="Yours").status_code == 404
    assert names(coordinator) == ["Mine"]


@pytest.mark.parametrize("form", [{}, {"what": "steal"}, {"what": "keep", "name": "x", "filter": "y"}])
def test_a_damaged_form_changes_nothing(signed_in, coordinator, form):
    answer = signed_in.post(PAGE, form)
    assert answer.status_code in (400, 422)
    assert names(coordinator) == []


@pytest.mark.parametrize("key", ["x", "", "fcae17fd-3376-49dc-861c-94b4486abd47"])
def test_a_filter_that_does_not_exist_is_not_found(signed_in, key):
    assert signed_in.post(PAGE, {"what": "remove", "filter": key}).status_code == 404


def test_the_empty_page_leads_to_the_worklist(signed_in):
    text = signed_in.get(PAGE).content.decode()
    assert "You keep no filter yet" in text
    assert f'href="{reverse("worklist")}"' in text
