"""The strength of a steroid is kept as it was read: milligrams of salt and of base are two things."""

import pytest

from pathway.casefile.words import answers_said
from pathway.record.event import Event
from tests import factories
from tests.factories import START


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("label", "words"),
    [("salt", "mg of the salt (phosphate)"), ("base", "mg of dexamethasone base"), (None, None)],
)
def test_the_label_is_kept_beside_the_dose_and_nothing_is_converted(unit, label, words):
    case = factories.case(place=unit)
    given = {"dose_mg": 6.6, "route": "subcutaneous", "label": label} if label else {"dose_mg": 6.6, "route": "oral"}
    factories.happen(case, "steroids.started", at=START, **{"label": ""} | given)
    kept = Event.objects.get(case=case, kind="steroids.started").answers
    assert kept == given
    said = dict(answers_said("steroids.started", kept, {}))
    assert (said["Dose (mg)"], said.get("The dose is in")) == ("6.6", words)
