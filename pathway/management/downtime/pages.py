"""The pages of one set: an index, the board, each open case's sheet, all of them at once, and blank forms."""

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import F
from django.template.loader import render_to_string

import pathway
from pathway import casefile
from pathway.casefile.sbar import sbar
from pathway.engine.now import now as database_now
from pathway.management.downtime.blanks import Blank, blanks
from pathway.record.case import Case
from pathway.record.person import Organisation, User
from pathway.worklist.rows import dressed

log = logging.getLogger(__name__)
OWN_AGE = {"each_has_its_age": True}
STYLE = Path(pathway.__file__).parent / "static" / "pathway" / "sheet.css"


@dataclass
class Pack:
    """One set of pages by the names of their files; `failed` are the codes of cases whose sheet could not be made."""

    organisation: Organisation
    at: datetime
    every: timedelta
    files: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)

    def add(self, name: str, template: str, **context: object) -> None:
        """Draw one page; each is whole by itself."""
        about = {
            "organisation": self.organisation, "at": self.at, "until": self.at + 2 * self.every,
            "minutes": self.every // timedelta(minutes=1), "style": STYLE.read_text(), "failed": self.failed,
        }  # fmt: skip
        self.files[name] = render_to_string(template, about | context)


def pack(organisation: Organisation, every: timedelta) -> Pack:
    """Every page for one organisation. A case whose sheet cannot be made has one that says so, and hinders no other."""
    made = Pack(organisation, database_now(), every)
    cases = list(
        Case.objects.real().open().filter(organisation=organisation, survivor=None)
        .select_related("patient", "unit", "organisation").order_by(F("next_due_at").asc(nulls_last=True), "pk")
    )  # fmt: skip
    rows = dressed(cases, made.at)
    sheets = [sheet(case, made) for case in cases]
    for case, drawn in zip(cases, sheets, strict=True):
        made.add(
            f"{case.code}.html", "downtime/page.html", title=f"Hand-over: {case.patient.name}", parts=[drawn], **OWN_AGE
        )
    ordered = [rows[case.pk] for case in cases]
    made.add("board.html", "downtime/board.html", title="Board", rows=ordered, now=made.at)
    made.add("all-sheets.html", "downtime/page.html", title="All sheets", parts=sheets, **OWN_AGE)
    forms: dict[str, list[Blank]] = blanks()
    for place, (title, group) in enumerate(forms.items()):
        made.add(f"blank-{place:02}.html", "downtime/blank.html", title=f"Blank forms: {title}", forms=group)
    titles = [(f"blank-{place:02}.html", title) for place, title in enumerate(forms)]
    made.add("index.html", "downtime/index.html", title="Downtime pack", rows=ordered, now=made.at, forms=titles)
    return made


def sheet(case: Case, into: Pack) -> str:
    """The sheet of one case, as it stands at this moment."""
    try:
        file = casefile.read(case, User())
        context = {"case": case, "now": file.now, "sheet": sbar(file)}
        return render_to_string("case/_sheet.html", context)
    except Exception:
        log.exception("the sheet of %s could not be made", case.code)
        into.failed.append(case.code)
        return render_to_string("downtime/_failed.html", {"case": case, "now": into.at})
