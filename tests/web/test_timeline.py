"""The timeline of a long case: what is new stands open, everything else is one click away."""

from datetime import timedelta

import pytest
from django.urls import reverse

from pathway.engine.now import now
from tests import factories


@pytest.mark.django_db
def test_the_newest_entries_stand_open_and_the_earlier_ones_in_reach(client, coordinator, unit):
    begun = now() - timedelta(hours=3)
    case = factories.case(place=unit, at=begun)
    for number in range(22):
        at = begun + timedelta(minutes=5 * number + 1)
        factories.happen(case, "contact.logged", at=at, said=f"call {number}.")
    client.force_login(coordinator)
    page = client.get(reverse("case", args=[case.uuid])).content.decode()
    shown, earlier = page.split('id="timeline"', 1)[1].split('<details class="app-more" id="earlier">', 1)
    assert "call 21." in shown
    assert " earlier entries</summary>" in earlier
    assert "call 1." in earlier
    assert "Compression suspected" in earlier
    assert "call 1." not in shown
