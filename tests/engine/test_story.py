"""Stories through the real engine come out as they expect; the command names clearly what is wrong with a file."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command

from pathway.engine.story.outcome import differences
from pathway.engine.story.read import read
from pathway.engine.story.replay import replay
from pathway.record.case import Case
from pathway.record.event import Event
from pathway.record.person import Organisation, Patient, User
from tests.engine.truth import assert_true
from tests.factories import at

STORIES = Path(settings.ROOT) / "tests" / "stories"
REFUSED = {
    "two-compressions": ["case.reopened"],
    "waits-for-haematology": ["steroids.started"],
    "steroid-before-haematology": ["steroids.started"],
    "operation-and-taper": ["surgery.started"],
    "two-fractions-before-the-weekend": ["radiotherapy.fraction"],
    "refuses-treatment": ["radiotherapy.fraction"],
    "home-and-followed-up": ["discharge.discharged"],
}
BEGINNING = """
[[event]]
kind = "case.suspected"
at = "2026-03-02T09:00:00Z"
class = "A"
suspected_by = "ward registrar"
place = "ward"
"""


@pytest.mark.django_db
@pytest.mark.parametrize("path", sorted(STORIES.glob("*.toml")), ids=lambda path: path.stem)
def test_a_story_comes_out_as_it_expects(path):
    story = read(path)
    outcome = replay(story)
    assert story.expect
    assert differences(story, outcome) == []
    refused = [each.kind for each, _ in outcome.refused]
    assert refused == REFUSED.get(path.stem, [])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("tests.engine.truth.database_now", lambda: story.until)
        for case in outcome.cases.values():
            assert_true(case)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "line"),
    [
        (('outcome = "met"', 'outcome = "breached"'), "expected {'clock': 'contact_a'"),
        (('clock = "contact_a"', 'clock = "taper_plan"'), "no such clock"),
        (('level = "E3"', 'level = "E4"'), "expected alert"),
        (("2026-03-02T21:00", "2026-03-02T21:01"), "expected alert"),
        (('due = "2026-03-03T09:00:00Z"', 'due = "2026-03-03T08:00:00Z"'), "expected {'clock': 'mri_a'"),
    ],
)
def test_each_difference_is_named(tmp_path, change, line):
    told = (STORIES / "scan-typed-late.toml").read_text()
    assert change[0] in told
    (tmp_path / "story.toml").write_text(told.replace(*change))
    story = read(tmp_path / "story.toml")
    assert any(line in found for found in differences(story, replay(story)))


@pytest.mark.django_db
def test_an_alert_that_should_not_have_been_raised_is_named(tmp_path):
    told = f'{BEGINNING}[[expect.no_alert]]\nafter = "2026-03-02T09:30:00Z"\n'
    (tmp_path / "story.toml").write_text(f'until = "2026-03-02T10:00:00Z"\n{told}')
    story = read(tmp_path / "story.toml")
    assert differences(story, replay(story)) == [
        "no alert was expected after 2026-03-02T09:30:00Z, but contact_a E3 was raised at 2026-03-02T10:00:00Z"
    ]


def run(capsys, *given):
    """The command's output, its complaints, and its exit code."""
    code = 0
    try:
        call_command("replay", *map(str, given))
    except SystemExit as exit_:
        code = exit_.code
    said = capsys.readouterr()
    return said.out, said.err, code


def counts():
    return [model.objects.count() for model in (Case, Event, Patient, Organisation, User)]


@pytest.mark.django_db
def test_json_is_as_the_vocabulary_says_and_leaves_nothing_behind(capsys):
    out, err, code = run(capsys, STORIES / "waits-for-haematology.toml", "--json")
    told = json.loads(out)
    assert (err, code) == ("", 0)
    assert list(told) == ["phase", "class", "clocks", "alerts", "refused", "contradictions"]
    assert told["class"] == "A"
    assert {tuple(clock) for clock in told["clocks"]} == {("clock", "started", "due", "ended", "outcome")}
    assert {tuple(alert) for alert in told["alerts"]} == {("clock", "level", "raised")}
    assert {tuple(each) for each in told["refused"]} == {("kind", "at", "reason")}
    assert told["refused"][0]["at"] == "2026-03-02T11:00:00Z"
    assert "haematology" in told["refused"][0]["reason"]
    starts = [clock["started"] for clock in told["clocks"]]
    assert starts == sorted(starts)
    assert all(time.endswith("Z") for clock in told["clocks"] for time in (clock["started"], clock["due"]))
    assert next(clock for clock in told["clocks"] if clock["clock"] == "mri_a")["ended"] is None
    assert counts() == [0] * 5


@pytest.mark.django_db
def test_what_is_refused_is_told_and_the_story_goes_on(capsys, tmp_path):
    def event(kind, minute, **answers):
        told = "".join(f"{name} = {json.dumps(value)}\n" for name, value in answers.items())
        return f'[[event]]\nkind = "{kind}"\nat = "2026-03-02T09:{minute:02}:00Z"\n{told}'

    path = tmp_path / "story.toml"
    path.write_text(
        event("imaging.vetted", 0).replace("09:00", "08:00")
        + BEGINNING
        + event("case.suspected", 5, **{"class": "B", "suspected_by": "again", "place": "gp"})
        + event("contact.logged", 6, channel="phone", spoke_to="ward", purpose="chase", said="no bed yet")
        + event("event.corrected", 7, event="imaging.booked", why="no such thing")
        + event("event.corrected", 7, event="case.suspected", why="never", withdrawn="yes")
        + event("contact.made", 8, channel="telepathy", spoke_to="ward")
        + event("imaging.vetted", 9, extra=1)
        + event("imaging.vetted", 10).replace("09:10:00Z", "10:10:00Z") + 'recorded = "2026-03-02T09:10:00Z"\n'
        + event("contact.made", 11, channel="bleep", spoke_to="coordinator")
    )  # fmt: skip
    out, _, code = run(capsys, path, "--json")
    told = json.loads(out)
    assert code == 0
    assert [(each["kind"], each["at"][11:16]) for each in told["refused"]] == [
        ("imaging.vetted", "08:00"), ("case.suspected", "09:05"), ("event.corrected", "09:07"),
        ("event.corrected", "09:07"),
        ("contact.made", "09:08"), ("imaging.vetted", "09:09"), ("imaging.vetted", "10:10"),
    ]  # fmt: skip
    reasons = [each["reason"] for each in told["refused"]]
    for words, reason in zip(
        ("first event is case.suspected", "open already", "imaging.booked", "withdrawn = true", "channel", "extra",
         "not come yet"),
        reasons, strict=True,
    ):  # fmt: skip
        assert words in reason
    contact = next(clock for clock in told["clocks"] if clock["clock"] == "contact_a")
    assert (contact["ended"], contact["outcome"]) == ("2026-03-02T09:11:00Z", "met")


@pytest.mark.django_db
def test_without_json_it_prints_a_timeline(capsys):
    out, _, code = run(capsys, STORIES / "scan-typed-late.toml")
    assert code == 0
    assert "Images acquired (recorded 10:30 on 3 March 2026)" in out
    assert "ALERT E3: MRI within 24 hours of suspicion" in out


@pytest.mark.django_db
def test_until_goes_on_after_the_last_event(capsys, tmp_path):
    path = tmp_path / "story.toml"
    path.write_text(BEGINNING)
    assert json.loads(run(capsys, path, "--json")[0])["alerts"] == []
    out, _, _ = run(capsys, path, "--json", "--until", "2026-03-02T09:30:00Z")
    assert json.loads(out)["alerts"] == [{"clock": "contact_a", "level": "E1", "raised": "2026-03-02T09:30:00Z"}]
    out, _, _ = run(capsys, path, "--json", "--until", "2026-03-03T09:00:01Z")
    told = json.loads(out)
    assert [alert["level"] for alert in told["alerts"] if alert["clock"] == "mri_a"] == ["E1", "E3"]
    outcomes = {clock["clock"]: clock["outcome"] for clock in told["clocks"]}
    assert outcomes.pop("total_48") == "running"
    assert set(outcomes.values()) == {"overdue"}


@pytest.mark.django_db
def test_keep_leaves_the_case(capsys):
    assert run(capsys, STORIES / "scan-typed-late.toml", "--keep")[2] == 0
    case = Case.objects.get()
    assert case.patient.synthetic
    assert case.suspected_at == at("2026-03-02 09:00")
    assert case.events.count() == 3


@pytest.mark.django_db
def test_a_difference_is_printed_and_exits_1(capsys, tmp_path):
    path = tmp_path / "story.toml"
    path.write_text(f'{BEGINNING}[[expect.clock]]\nclock = "mri_a"\noutcome = "met"\n')
    out, err, code = run(capsys, path, "--json")
    assert code == 1
    assert json.loads(out)["clocks"]
    assert err.splitlines()[0].startswith("Different: expected {'clock': 'mri_a', 'outcome': 'met'}")


BAD = {
    "an unknown kind": ("case.suspected", "case.guessed", "event 1 (case.guessed)"),
    "no such day": ("2026-03-02T09", "2026-02-30T09", "2026-02-30"),
    "an override in words": ('class = "A"', 'class = "A"\noverride = "consultant"', "override is written"),
    "a patient in words": ("\n[[event]]", 'patient = "somebody"\n[[event]]', "patient: write"),
    "answers in words": ("\n[[event]]", 'answers = "nobody"\n[[event]]', "answers: write true"),
    "no zone": ("09:00:00Z", "09:00:00", "no zone"),
    "bad TOML": ("[[event]]", "[[event", "line"),
    "an unknown protocol": ("\n[[event]]", 'protocol = "mscc-1999.9"\n[[event]]', "mscc-1999.9"),
    "no events": (BEGINNING, 'title = "x"\n', "[[event]]"),
    "events that are no tables": (BEGINNING, "event = [1, 2]\n", "[[event]]"),
    "a wrong NHS number": ("\n[[event]]", '[patient]\nnhs_number = "9990000019"\n[[event]]', "check digit"),
    "an unborn patient": ("\n[[event]]", '[patient]\nborn = "1957-02-30"\n[[event]]', "patient"),
    "until before the last event": ("\n[[event]]", 'until = "2026-03-02T08:00:00Z"\n[[event]]', "before"),
    "until that is no time": ("\n[[event]]", 'until = "soon"\n[[event]]', "until"),
    "no time at all": ('at = "2026-03-02T09:00:00Z"', "", "event 1"),
    "a time out of all range": ('"2026-03-02T09:00:00Z"', '"0001-01-01T00:00:00+05:00"', "event 1"),
    "a list for a time": ('"2026-03-02T09:00:00Z"', '["2026-03-02T09:00:00Z"]', "event 1"),
    "recorded with no zone": ('class = "A"', 'class = "A"\nrecorded = "2026-03-02T09:00:00"', "recorded"),
    "expectations of the wrong kind": (BEGINNING, f"expect = 3\n{BEGINNING}", "expect"),
    "an expectation that is no table": (BEGINNING, f"expect.clock = [3]\n{BEGINNING}", "expect"),
    "an expected time that is none": (
        BEGINNING, f'{BEGINNING}[[expect.clock]]\nclock = "mri_a"\nstarted = "noon"\n', "expect.clock"),
    "a silence without a time": (BEGINNING, f"{BEGINNING}[[expect.no_alert]]\n", "expect.no_alert"),
    "a name that cannot be stored": ("\n[[event]]", '[patient]\nname = "a\\u0000b"\n[[event]]', "patient"),
    "a name without end": ("\n[[event]]", f'[patient]\nname = "{"x" * 300}"\n[[event]]', "patient"),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", BAD)
def test_a_bad_file_gets_one_clear_line_and_exit_2(capsys, tmp_path, wrong):
    old, new, names = BAD[wrong]
    path = tmp_path / "story.toml"
    assert old in BEGINNING
    path.write_text(BEGINNING.replace(old, new, 1))
    out, err, code = run(capsys, path)
    assert (out, code) == ("", 2), err
    assert len(err.strip().splitlines()) == 1
    assert names in err
    assert "Traceback" not in err
    assert counts() == [0] * 5


@pytest.mark.django_db
def test_what_cannot_be_read_gets_one_clear_line_and_exit_2(capsys, tmp_path):
    (tmp_path / "latin.toml").write_bytes('title = "café"'.encode("latin-1"))
    for path in (tmp_path / "missing.toml", tmp_path, tmp_path / "latin.toml"):
        out, err, code = run(capsys, path)
        assert (out, code) == ("", 2)
        assert len(err.strip().splitlines()) == 1
        assert path.name in err


@pytest.mark.django_db
@pytest.mark.parametrize("until", ["yesterday", "2026-03-02T10:00:00", "2026-02-30T10:00:00Z", "2026-03-02T08:00:00Z"])
def test_until_is_a_time_after_the_last_event(capsys, tmp_path, until):
    path = tmp_path / "story.toml"
    path.write_text(BEGINNING)
    out, err, code = run(capsys, path, "--until", until)
    assert (out, code) == ("", 2)
    assert err.startswith("until")


def test_as_a_command_of_its_own_it_exits_2_without_a_traceback(tmp_path):
    (tmp_path / "story.toml").write_text(BEGINNING.replace("case.suspected", "case.guessed"))
    command = [sys.executable, str(Path(settings.ROOT) / "manage.py"), "replay", str(tmp_path / "story.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": ""})
    assert (done.returncode, done.stdout) == (2, "")
    assert "case.guessed" in done.stderr
    assert "Traceback" not in done.stderr
