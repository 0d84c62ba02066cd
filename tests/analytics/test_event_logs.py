"""The event logs, read by another's rules (pm4py): what they hold is what stands, in the order in which it happened."""

import json
import warnings

import pytest

from pathway.analytics.rows import somebody
from pathway.engine.tick import tick
from pathway.protocol.merged import united
from pathway.protocol.vocabulary import in_order
from pathway.record.alert import Alert
from pathway.record.clock import Clock
from pathway.record.event import Event, fact, standing
from tests import factories
from tests.analytics.exported import HOSTILE, exported, hostile_entry, members, of_csv, three_cases

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def outside():
    """The reader; it complains of what it would like to have installed besides."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pm4py
    return pm4py


@pytest.fixture
def read(tmp_path):
    """Export, and put the log where the reader finds it: its path, and what is said beside it."""

    def read(form, by, **asked):
        files = members(exported(form, by, **asked)[1])
        log = next(name for name in files if name.startswith("log."))
        (tmp_path / log).write_text(files[log])
        return str(tmp_path / log), {row["item"]: row["value"] for row in of_csv(files["about.csv"])}

    return read


def told(case, twin=None):
    """What stands of a case by the record itself: kind, time and number of each entry, in order."""
    own = map(fact, standing(Event.objects.filter(case=case).order_by("pk")))
    theirs = map(fact, standing(Event.objects.filter(case=twin).order_by("pk"))) if twin else ()
    uuids = dict(Event.objects.values_list("pk", "uuid"))
    found = united(own, theirs) if twin else in_order(own)
    return [(each.kind, each.occurred_at, str(uuids[each.id])) for each in found]


def test_xes_has_a_trace_for_each_case_and_an_event_for_each_entry_that_stands(outside, read, unit, manager):
    first, twin, other = three_cases(unit)
    path, about = read("xes", manager)
    log = outside.read_xes(path)
    traces = dict(iter(log.groupby("case:concept:name", sort=False)))
    assert set(traces) == {first.code, other.code}
    for case, merged in ((first, twin), (other, None)):
        rows = traces[case.code]
        columns = zip(rows["concept:name"], rows["time:timestamp"], rows["id"], strict=True)
        assert [(kind, at.to_pydatetime(), key) for kind, at, key in columns] == told(case, merged)
        assert set(rows["org:group"]) == {case.unit.name}
        assert set(rows["org:resource"]) == {somebody(factories.teller(unit.organisation).uuid)}
        assert set(rows["lifecycle:transition"]) == {"complete"}
    assert (about["rows_cases"], about["rows_entries"]) == ("2", str(len(log)))


def test_ocel_has_cases_units_clocks_and_alerts_and_what_happened_to_them(outside, read, unit, manager):
    first, twin, other = three_cases(unit)
    tick()
    path, about = read("ocel", manager)
    log = outside.read_ocel2_json(path)
    objects = log.objects.groupby("ocel:type")["ocel:oid"].apply(set).to_dict()
    clocks = Clock.objects.standing().filter(case__in=(first, other))
    alerts = Alert.objects.filter(clock__in=clocks)
    assert alerts.exists()
    assert objects == {
        "case": {first.code, other.code}, "unit": {f"unit-{case.unit.uuid}" for case in (first, other)},
        "clock": {f"clock-{clock.pk}" for clock in clocks}, "alert": {f"alert-{alert.pk}" for alert in alerts},
    }  # fmt: skip
    happened = {(row["ocel:activity"], row["ocel:timestamp"].to_pydatetime(), row["ocel:eid"])
                for _, row in log.events.iterrows()}  # fmt: skip
    entries = {each for each in happened if "." in each[0]}
    assert entries == {*told(first, twin), *told(other)}
    assert (
        about["rows_entries"] == str(len(entries)) != str(Event.objects.filter(case__in=(first, twin, other)).count())
    )
    kinds = log.events["ocel:activity"].value_counts().to_dict()
    assert kinds["clock started"] == clocks.count()
    assert kinds["clock ended"] == clocks.exclude(ended_at=None).count()
    assert kinds["alert raised"] == alerts.count()
    of_alert = log.relations[log.relations["ocel:activity"] == "alert raised"]
    assert set(of_alert["ocel:type"]) == {"alert", "case"}


def test_a_hostile_text_goes_through_both(outside, read, trust):
    both = factories.user("manager", trust, "clinician")
    entry = hostile_entry(factories.case(place=factories.unit(trust, 'a"<b>&'), at=factories.START))
    path, about = read("xes", both, words=True)
    (found,) = outside.read_xes(path).query("id == @entry.uuid.__str__()")["answer:said"]
    assert (found, about["letters_replaced"]) == (HOSTILE.replace("\x01", "\ufffd"), "1")
    path, _ = read("ocel", both, words=True)
    events = outside.read_ocel2_json(path).events
    (found,) = events[events["ocel:eid"] == str(entry.uuid)]["answers"]
    assert json.loads(found)["said"] == HOSTILE
