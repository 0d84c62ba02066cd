"""Fixtures of the pages: a browser in which the coordinator has signed in."""

import pytest


@pytest.fixture
def signed_in(client, coordinator):
    client.force_login(coordinator)
    return client
