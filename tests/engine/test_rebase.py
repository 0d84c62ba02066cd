"""New limits of a control chart: by a named manager with a reason, once for a day, and never erased."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from pathway.engine import now as clock
from pathway.engine.rebase import rebase, take_back
from pathway.engine.refused import Invalid, NotAllowed, Refused
from pathway.record.person import User
from pathway.record.rebase import Rebase
from tests import factories
from tests.factories import START

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 1)


@pytest.fixture
def say(manager):
    """Set new limits, as the manager and for a good reason unless told otherwise."""

    def say(**change):
        said = {"by": manager, "measure": "K1", "unit": None, "begins_on": DAY, "reason": "A second scanner"} | change
        with clock.at(START):
            return rebase(**said)

    return say


def refused(expected, do, **change):
    count = Rebase.objects.count()
    with pytest.raises(expected) as refusal:
        do(**change)
    assert Rebase.objects.count() == count
    return str(refusal.value)


def test_what_is_said_is_kept_with_who_when_and_why(say, manager):
    made = say(reason="  A second\nscanner ")
    assert (made.made_by, made.made_at, made.reason, made.organisation) == (
        manager, START, "A second scanner", manager.organisation
    )  # fmt: skip
    assert list(Rebase.objects.visible_to(manager).of("K1", None).standing()) == [made]


def test_each_measure_and_unit_has_limits_of_its_own(say, manager, unit):
    of_unit, of_all = say(unit=unit), say()
    other = say(measure="K2")
    mine = Rebase.objects.visible_to(manager)
    assert list(mine.of("K1", unit)) == [of_unit]
    assert list(mine.of("K1", None)) == [of_all]
    assert list(mine.of("K2", None)) == [other]


def test_without_a_reason_nothing_is_set(say):
    assert refused(Invalid, say, reason="  ") == "reason: Say why."
    assert refused(Invalid, say, reason="x" * 301) == "reason: Say why, in 300 letters at most."


def test_a_day_that_has_not_come_is_refused(say):
    say(begins_on=date(2026, 3, 2))
    assert refused(Invalid, say, begins_on=date(2026, 3, 3)) == (
        "begins_on: 3 March 2026 has not come yet: it is 2 March 2026."
    )


def test_the_same_day_twice_is_refused_with_who_said_it(say, manager):
    say()
    assert refused(Refused, say, reason="Again") == (
        f"{manager} began new limits on 1 March 2026 already: “A second scanner”. Nothing was changed."
    )
    say(begins_on=DAY - timedelta(days=1))


@pytest.mark.parametrize("role", ["coordinator", "clinician", "physiotherapist", "administrator", "auditor"])
def test_only_managers_set_and_take_back_limits(say, trust, role):
    made, person = say(), factories.user(role, trust)
    sentence = "“Set new limits of a control chart” is for a manager."
    assert refused(NotAllowed, say, by=person, begins_on=DAY - timedelta(days=1)) == sentence
    assert refused(NotAllowed, lambda: take_back(made, by=person, reason="No")) == sentence


def test_a_manager_of_no_organisation_sets_none(say):
    nobody = User.objects.create(username="nobody", roles=["manager"])
    refused(NotAllowed, say, by=nobody)
    assert not Rebase.objects.visible_to(nobody).exists()


def test_a_unit_elsewhere_is_refused(say):
    assert refused(Invalid, say, unit=factories.unit()) == "unit: Choose a unit of your own organisation."


def test_what_is_taken_back_stays_on_record_and_may_be_said_again(say, manager):
    made = say()
    back = take_back(made, by=manager, reason="The scanner went back")
    mine = Rebase.objects.visible_to(manager)
    assert (list(mine.standing()), made.taken_back, mine.count()) == ([], back, 2)
    assert refused(Refused, lambda: take_back(made, by=manager, reason="Again")).startswith(
        f"{manager} took these limits back at "
    )
    again = say()
    assert list(mine.standing()) == [again]


def test_what_takes_back_is_not_taken_back_and_needs_a_reason(say, manager):
    made = say()
    refused(Invalid, lambda: take_back(made, by=manager, reason=""))
    back = take_back(made, by=manager, reason="Wrong day")
    refused(Refused, lambda: take_back(back, by=manager, reason="Wrong again"))


def test_limits_of_another_organisation_do_not_exist(say, outsider):
    made, other = say(), factories.user("manager", outsider.organisation)
    assert not Rebase.objects.visible_to(other).exists()
    assert refused(Refused, lambda: take_back(made, by=other, reason="No")) == (
        "These limits are not of your organisation. Nothing was changed."
    )


def test_the_database_keeps_no_row_without_a_reason(say):
    made = say()
    with pytest.raises(IntegrityError, match="rebase_has_reason"), transaction.atomic():
        Rebase.objects.filter(pk=made.pk).update(reason="")
