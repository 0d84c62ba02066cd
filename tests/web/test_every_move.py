"""Every state against every move, through the pages: offered and recorded, or named with its reason and refused."""

import re
from html import unescape

import pytest
from django.db import transaction
from django.urls import reverse

from pathway.engine import now as clock
from pathway.record.event import Event
from pathway.record.step import made_by
from tests import factories
from tests.steps.table import (
    OF_THE_PATHWAY,
    SENIOR,
    after,
    answers_for,
    case_of,
    in_each_state,
    minute_after,
    of,
    state_of,
)
from tests.web.forms import address, filled, typed

pytestmark = pytest.mark.django_db
NAMED = {"clocks_known": "on", **{f"override_{name}": value for name, value in SENIOR.items()}}


@pytest.fixture
def signed_in(client, unit):
    client.force_login(factories.teller(unit.organisation))
    return client


def labels(kinds):
    return {made_by(kind)[1].label for kind in kinds}


def moves_of(page, track):
    """The labels of the open moves of a track's first row, and what stands against each of the others."""
    section = page[page.index(f'<section class="app-track" id="{track}"') :].partition("</section>")[0]
    opened, _, closed = section.partition("<summary>Begin ")[0].partition("<summary>Not open now")
    links = re.findall(r'<li><a href="[^"]+">([^<]+)</a>', opened)
    forms = re.findall(r'<details class="app-move" id="open-[^"]+">\s*<summary>([^<]+)</summary>', opened)
    why = re.findall(r'<li>(?:<a href="[^"]+">)?([^<:]+)(?:</a>)?: ([^<]*)</li>', closed)
    return {unescape(label) for label in [*links, *forms]}, {unescape(label): reason for label, reason in why}


def sentences(page):
    """What the page gives as the reasons of a refusal."""
    box = page[page.index("This was not recorded</h2>") :].partition("</div>")[0]
    return [unescape(re.sub(r"<[^>]+>", "", item)).strip() for item in re.findall(r"<li>(.*?)</li>", box, re.DOTALL)]


@pytest.mark.parametrize("track", OF_THE_PATHWAY)
def test_every_move_from_every_state(track, unit, signed_in, pairs):
    for state, step in in_each_state(track, unit):
        case, possible = case_of(step), {kind for kind in of(track) if after(kind, state) is not None}
        with clock.at(minute_after(case)):
            page = signed_in.get(reverse("case", args=[case.uuid])).content.decode()
            opened, closed = moves_of(page, track)
            assert opened == labels(possible), state
            assert closed.keys() == labels(of(track)) - opened, state
            assert all(why.endswith(".") for why in closed.values()), closed
            for kind in of(track):
                with transaction.atomic():
                    sent = typed(case, **filled(kind, answers_for(case, kind)), **NAMED)
                    before = Event.objects.count()
                    answer = signed_in.post(address(case, kind), sent)
                    told = Event.objects.count() - before
                    if kind in possible:
                        assert (answer.status_code, told, state_of(step)) == (302, 1, after(kind, state)), (state, kind)
                    else:
                        assert (answer.status_code, told, state_of(step)) == (409, 0, state), (state, kind)
                        reasons = sentences(answer.content.decode())
                        assert reasons
                        assert all(reason.endswith(".") for reason in reasons), (state, kind)
                    transaction.set_rollback(True)
                pairs["page", kind in possible] += 1
