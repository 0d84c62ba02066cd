import pytest
from tests import factories

@pytest.mark.django_db(transaction=True)
def test_a():
    factories.case_at("position.cleared_to_sit")

def test_b(coordinator, outsider):
    c = factories.case_at("imaging.requested", place=factories.unit(coordinator.organisation))
    assert c.phase == "imaging"
