"""Writes a set so that whoever reads the folder sees a whole one: aside first, then moved into place; old ones go."""

import os
import re
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from django.template.loader import render_to_string
from django.utils.text import slugify

from pathway.management.downtime.pages import Pack
from pathway.record.person import Organisation

KEPT = 8
ASIDE, STALE_SECONDS = ".writing-", 3600
NAMES = re.compile(r"\d{4}-\d\d-\d\dT\d{6}\.\d{6}Z")
FOLDER, FILE, OTHERS = 0o750, 0o640, 0o007  # the group that the folder has may read; nobody else


def folder_of(root: Path, organisation: Organisation) -> Path:
    """The folder of one organisation, made where there is none; nobody outside its owner and group may enter."""
    folder = root / f"{slugify(organisation.ods_code) or 'organisation'}-{organisation.pk}"
    folder.mkdir(exist_ok=True, mode=FOLDER)
    folder.chmod(folder.stat().st_mode & 0o7777 & ~OTHERS)
    return folder


def publish(root: Path, pack: Pack) -> Path:
    """Write a set, let the organisation's `index.html` lead to it, and remove what is older than the newest few.

    Raises:
        OSError: it could not be written; the sets before it stay, and no part of this one.
    """
    folder = folder_of(root, pack.organisation)
    aside = Path(tempfile.mkdtemp(prefix=ASIDE, dir=folder))
    try:
        for name, text in pack.files.items():
            write(aside / name, text)
        aside.chmod(FOLDER)
        made = folder / f"{pack.at:%Y-%m-%dT%H%M%S.%fZ}"
        aside.rename(made)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise
    lead = render_to_string("downtime/newest.html", {"set": made.name, "pack": pack})
    beside = folder / f"{ASIDE}{made.name}"
    write(beside, lead)
    beside.replace(folder / "index.html")
    prune(folder)
    return made


def write(path: Path, text: str) -> None:
    """Write a new file, down to the disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def prune(folder: Path) -> None:
    """Remove all but the newest sets, and what a run that was killed has left."""
    sets = sorted(each for each in folder.iterdir() if NAMES.fullmatch(each.name))
    left = [each for each in folder.glob(f"{ASIDE}*") if age(each) > STALE_SECONDS]
    for each in [*sets[:-KEPT], *left]:
        with suppress(FileNotFoundError):  # another run tidies up too
            shutil.rmtree(each) if each.is_dir() else each.unlink()


def age(path: Path) -> float:
    """How many seconds ago it was written; 0 for what another run has moved into place meanwhile."""
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
