"""The downtime pack: what is in a set, that nobody sees half of one, who may read it, and re-entry afterwards."""

import os
import re
import stat
import subprocess
import sys
import threading
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from config.embedded import ROOT
from pathway import tasks
from pathway.engine.now import now
from pathway.management.commands.run import _children
from pathway.management.downtime import folder as writing
from pathway.management.downtime import pages
from pathway.management.downtime.blanks import blanks
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.heartbeat import Heartbeat
from pathway.record.step import OBSERVATIONS, machines
from pathway.templatetags.pathway import local_time
from pathway.watching.pack import NAME
from pathway.web.intake import IntakeForm
from tests import factories
from tests.web.forms import address, typed
from tests.web.test_intake import call

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def root(tmp_path, settings):
    settings.DOWNTIME_FOLDER = str(tmp_path)
    return tmp_path


@pytest.fixture
def case(unit):
    return factories.case(place=unit, at=now() - timedelta(hours=2))


@pytest.fixture
def signed_in(client, coordinator):
    client.force_login(coordinator)
    return client


def write():
    out = StringIO()
    call_command("downtime_pack", stdout=out)
    return out.getvalue()


def sets(root, trust):
    return sorted(each for each in writing.folder_of(root, trust).iterdir() if each.is_dir())


def files(root, trust):
    (made,) = sets(root, trust)
    return {each.name: each.read_text() for each in made.iterdir()}


def test_a_set_has_every_open_case_the_board_and_the_forms_and_an_index_that_leads_to_each(root, case, trust, unit):
    other = factories.case(place=unit, at=now() - timedelta(hours=1))
    over = factories.case(place=unit, at=now() - timedelta(hours=1))
    factories.happen(over, "case.died")
    write()
    made = files(root, trust)
    assert {f"{case.code}.html", f"{other.code}.html", "board.html", "all-sheets.html", "index.html"} <= set(made)
    assert f"{over.code}.html" not in made
    assert set(re.findall(r'href="([^"]+)"', made["index.html"])) == set(made) - {"index.html"}
    for name in ("board.html", "all-sheets.html", f"{case.code}.html"):
        assert case.patient.name in made[name]
        assert case.patient.number in made[name]
    assert "Situation" in made[f"{case.code}.html"]
    assert made["all-sheets.html"].count("<article") == 2
    newest = (writing.folder_of(root, trust) / "index.html").read_text()
    assert f"{sets(root, trust)[0].name}/index.html" in newest


def test_each_page_says_how_old_it_is_large_and_needs_nothing_from_elsewhere(root, case, trust):
    write()
    for name, text in files(root, trust).items():
        assert re.search(r'<p class="age"><strong>As of \w{3} \d+ \w{3} \d{4} \d\d:\d\d:\d\d', text), name
        assert "A new set is written every 15 minutes" in text, name
        assert not re.search(r"https?:|//|src=|url\(|<script|<link|@import", text.replace("<!doctype", "")), name
        assert set(re.findall(r'href="([^"]+)"', text)) <= set(files(root, trust)), name


def test_each_organisation_has_a_folder_of_its_own_and_only_its_own_cases(root, case, trust, outsider):
    theirs = factories.case(place=factories.unit(outsider.organisation), at=now())
    write()
    assert writing.folder_of(root, trust) != writing.folder_of(root, outsider.organisation)
    mine = "".join(files(root, trust).values())
    assert theirs.patient.number not in mine
    assert theirs.code not in mine
    assert f"{theirs.code}.html" in files(root, outsider.organisation)


def test_names_that_look_alike_are_two_folders(root, trust, outsider):
    trust.ods_code, outsider.organisation.ods_code = "RX-1", "rx 1"
    assert writing.folder_of(root, trust) != writing.folder_of(root, outsider.organisation)


def test_nobody_but_the_owner_and_the_group_may_read(root, case, trust):
    place = writing.folder_of(root, trust)
    place.chmod(0o777)
    write()
    every = [place, *place.rglob("*")]
    assert len(every) > 10
    assert {each: stat.S_IMODE(each.stat().st_mode) & 0o007 for each in every} == dict.fromkeys(every, 0)
    made = sets(root, trust)[0]
    assert (stat.S_IMODE(made.stat().st_mode), stat.S_IMODE((made / "board.html").stat().st_mode)) == (0o750, 0o640)


def test_a_reader_never_sees_half_a_set(root, case, trust, monkeypatch):
    """Given somebody who looks at the folder after every file that is written, each set that they see is whole."""
    place, seen, plain = writing.folder_of(root, trust), [], writing.write

    def watched(path, text):
        plain(path, text)
        seen.append([sorted(page.name for page in each.iterdir()) for each in sets_in(place)])

    monkeypatch.setattr(writing, "write", watched)
    write()
    write()
    whole = sorted(page.name for page in sets_in(place)[0].iterdir())
    assert len(seen) == 2 * (len(whole) + 1)
    assert all(each == whole for found in seen for each in found)
    assert {len(found) for found in seen} == {0, 1, 2}


def sets_in(place):
    return [each for each in place.iterdir() if writing.NAMES.fullmatch(each.name)]


def test_where_the_disk_is_full_the_set_before_stays_and_no_part_of_the_new_one(root, case, trust, monkeypatch):
    write()
    before = files(root, trust)
    told = Heartbeat.objects.get(name=NAME).at
    plain, count = writing.write, iter(range(100))

    def full(path, text):
        if next(count) == 3:
            raise OSError(28, "No space left on device")
        plain(path, text)

    monkeypatch.setattr(writing, "write", full)
    with pytest.raises(CommandError, match="No space left on device"):
        write()
    assert files(root, trust) == before
    assert not list(writing.folder_of(root, trust).glob(f"{writing.ASIDE}*"))
    assert Heartbeat.objects.get(name=NAME).at == told, "the watchers hear nothing of it"


def test_what_a_killed_run_has_left_and_old_sets_are_removed(root, case, trust, monkeypatch):
    monkeypatch.setattr(writing, "KEPT", 2)
    place = writing.folder_of(root, trust)
    (place / f"{writing.ASIDE}dead").mkdir()
    (place / f"{writing.ASIDE}file").write_text("half")
    (place / "notes-of-the-ward.txt").write_text("keep")
    monkeypatch.setattr(writing, "STALE_SECONDS", -1)
    for _ in range(3):
        write()
    left = {each.name for each in place.iterdir()}
    assert len(sets(root, trust)) == 2
    assert left - {each.name for each in sets(root, trust)} == {"index.html", "notes-of-the-ward.txt"}


def test_one_sheet_that_cannot_be_made_hinders_no_other_and_says_so(root, case, unit, trust, monkeypatch):
    other = factories.case(place=unit, at=now())
    plain = pages.sbar

    def broken(file):
        if file.case.pk == case.pk:
            raise ValueError("this one")
        return plain(file)

    monkeypatch.setattr(pages, "sbar", broken)
    with pytest.raises(CommandError, match=f"the sheet of {case.code} could not be made"):
        write()
    made = files(root, trust)
    assert "This sheet could not be made" in made[f"{case.code}.html"]
    assert case.patient.number in made[f"{case.code}.html"]
    assert "Situation" in made[f"{other.code}.html"]
    assert case.code in made["index.html"].split("<h2>", 1)[0]
    assert not Heartbeat.objects.filter(name=NAME).exists()


def test_a_case_of_a_newer_release_stands_on_the_board_with_its_due_time(root, case, trust):
    due = Case.objects.get(pk=case.pk).next_due_at
    Case.objects.filter(pk=case.pk).update(protocol="mscc-2099.1", next_standard="of_a_newer_release")
    with pytest.raises(CommandError, match="could not be made"):
        write()
    board = files(root, trust)["board.html"]
    assert "of_a_newer_release" in board
    assert local_time(due, now()) in board
    assert "No clock runs" not in board


def test_without_a_folder_or_with_one_that_is_not_there_it_says_so(settings, tmp_path):
    settings.DOWNTIME_FOLDER = ""
    with pytest.raises(CommandError, match="set DOWNTIME_FOLDER"):
        call_command("downtime_pack")
    settings.DOWNTIME_FOLDER = str(tmp_path / "not-mounted")
    with pytest.raises(CommandError, match="never made in silence"):
        call_command("downtime_pack")


def test_a_set_written_elsewhere_by_hand_is_none_that_the_watchers_count(tmp_path, case, settings):
    settings.DOWNTIME_FOLDER = ""
    call_command("downtime_pack", folder=str(tmp_path), stdout=StringIO())
    assert list(tmp_path.iterdir())
    assert not Heartbeat.objects.filter(name=NAME).exists()


def test_several_at_once_are_whole_sets(root, trust):
    made = [pages.pack(trust, 15 * MINUTE) for _ in range(6)]
    threads = [threading.Thread(target=writing.publish, args=(root, each)) for each in made]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [len(list(each.iterdir())) for each in sets(root, trust)] == [len(made[0].files)] * 6


def test_celery_writes_it_on_a_queue_of_its_own(root, case, trust, settings):
    tasks.downtime.apply(throw=True)
    assert files(root, trust)
    assert settings.CELERY_TASK_ROUTES["pathway.downtime"] == {"queue": "downtime"}, "a long set holds up no sweep"


@pytest.mark.parametrize(
    ("age", "says"), [(29, "In time"), (31, "longer than two intervals of 15 min"), (None, "No set was ever")]
)
def test_the_page_of_the_watchers_says_when_the_last_set_is_too_old(client, root, manager, age, says):
    if age is not None:
        Heartbeat.objects.create(name=NAME, host="here", at=now() - age * MINUTE)
    client.force_login(manager)
    page = " ".join(client.get(reverse("watching")).content.decode().split())
    assert says in page.split("<h2>Downtime pack</h2>", 1)[1].split("<h2>", 1)[0]


def test_the_page_of_the_watchers_says_where_none_is_written(client, manager, settings):
    settings.DOWNTIME_FOLDER = ""
    client.force_login(manager)
    assert "DOWNTIME_FOLDER is not set" in client.get(reverse("watching")).content.decode()


def test_there_is_a_blank_form_for_everything_that_can_be_recorded(unit):
    titles = {form.title for group in blanks().values() for form in group}
    moves = {move.label for machine in machines().values() for move in machine.moves().values() if not move.page}
    assert titles >= moves | {each.label for each in OBSERVATIONS.values()}
    asked = {form.title: form.questions for group in blanks().values() for form in group}
    first = {each.label: each for each in asked["New case: suspected compression"]}
    assert "A: cancer or strong suspicion, with any neurological symptom or sign" in first["Class"].boxes
    assert first["Symptoms"].many
    page = IntakeForm(user=factories.user("physiotherapist", unit.organisation))
    labels = {field.label for name, field in page.fields.items() if field.label and not name.startswith("symptoms")}
    assert labels - set(first) == {"Where the patient is", "Time of the call"}, "asked on paper as Where, and on top"
    kinds = {each.kind for questions in asked.values() for each in questions if not each.boxes}
    assert kinds == {"time", "day", "number", "lines", "words"}


def test_what_was_written_on_paper_is_entered_afterwards_with_its_own_time(signed_in, case, unit):
    """Given hours without the service, when paper is entered, then clocks and timeline tell when it happened."""
    happened = (now() - timedelta(minutes=90)).replace(second=0, microsecond=0)
    answer = signed_in.post(
        address(case, "contact.made"), typed(case, happened, channel="phone", spoke_to="Coordinator")
    )
    assert answer.status_code == 302
    made = case.events.get(kind="contact.made")
    assert made.occurred_at == happened
    assert made.recorded_at - happened > 85 * MINUTE
    assert Clock.objects.standing().get(case=case, standard="contact_a").ended_at == happened
    page = signed_in.get(reverse("case", args=[case.uuid])).content.decode()
    entry = page.split(f'id="entry-{made.uuid}"', 1)[1].split("</li>", 1)[0]
    assert "recorded late" in entry


def test_a_case_that_began_on_paper_is_taken_in_with_its_own_time(signed_in, unit):
    began = (now() - timedelta(hours=5)).replace(second=0, microsecond=0)
    assert signed_in.post(reverse("intake"), call(unit, began)).status_code == 302
    case = Case.objects.get()
    assert case.suspected_at == began
    assert Clock.objects.standing().get(case=case, standard="mri_a").due_at == began + timedelta(hours=24)


@pytest.mark.parametrize(("given", "there"), [({"DOWNTIME_FOLDER": "/srv/packs"}, True), ({}, False)])
def test_make_run_starts_its_worker_only_where_a_folder_is_set(tmp_path, given, there):
    started = {child.name: child.argv for child in _children(tmp_path, given, 8000)}
    assert ("downtime" in started) is there
    assert not there or "downtime" in started["downtime"][started["downtime"].index("--queues") + 1]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"DOWNTIME_FOLDER": "/srv/packs", "DOWNTIME_MINUTES": "10"}, "600.0"),
        ({"DOWNTIME_FOLDER": "/srv/packs"}, "900.0"),
        ({"DOWNTIME_FOLDER": ""}, "None"),
    ],
)
def test_beat_has_it_only_where_a_folder_is_set(given, said):
    ask = "from config.settings import CELERY_BEAT_SCHEDULE as s; print(s.get('downtime', {}).get('schedule'))"
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, env=os.environ | given, capture_output=True, check=True
    )
    assert done.stdout.decode().strip() == said
