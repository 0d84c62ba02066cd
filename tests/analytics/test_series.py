"""A measure over time: by month, by quarter, case by case."""

from datetime import timedelta

import pytest

from pathway.analytics.compute import series
from pathway.engine import now as clock
from tests import factories

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def scanned(unit, day, hours):
    case = factories.case(place=unit, at=factories.at(f"{day} 09:00"))
    if hours:
        factories.happen(case, "imaging.acquired", at=factories.at(f"{day} 09:00") + hours * HOUR)
    return case


@pytest.fixture
def year(unit):
    return [scanned(unit, day, hours) for day, hours in (
        ("2026-03-02", 6), ("2026-03-20", 30), ("2026-05-04", 24), ("2026-05-05", None), ("2026-06-30", 2),
    )]  # fmt: skip


def of(user, **options):
    with clock.at(factories.at("2026-07-10 09:00")):
        return series(
            "K1", user=user, start=factories.at("2026-02-28 23:30"), end=factories.at("2026-06-30 23:00"), **options
        )


def test_by_month_the_share_of_each_also_of_an_empty_one(year, manager):
    found = [(each.label, each.value, each.n, each.of) for each in of(manager)]
    assert found == [
        ("Feb 2026", None, 0, 0), ("Mar 2026", 50, 1, 2), ("Apr 2026", None, 0, 0), ("May 2026", 50, 1, 2),
        ("Jun 2026", 100, 1, 1),
    ]  # fmt: skip


def test_by_quarter_and_case_by_case(year, manager):
    quarters = [(each.label, each.n, each.of) for each in of(manager, by="quarter")]
    assert quarters == [("Q1 2026", 1, 2), ("Q2 2026", 2, 3)]
    cases = [(each.label, each.value, each.n, each.of) for each in of(manager, by="case")]
    assert cases == [
        (case.code, hours, met, 1)
        for case, hours, met in zip([*year[:3], year[4]], (6, 30, 24, 2), (1, 0, 1, 1), strict=True)
    ]


def test_only_who_audits_sees_a_series_and_of_the_own_organisation(year, unit, coordinator, outsider):
    assert of(coordinator, by="case") == []
    assert of(factories.user("manager", factories.organisation()), by="case") == []
    with pytest.raises(ValueError, match="month, quarter or case"):
        of(coordinator, by="week")
