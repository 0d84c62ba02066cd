"""Past cases out of a CSV file, one event a row: looked at first; then all of it is entered, or nothing.

Each row goes through the door that a page uses. A case has to have ended: then no clock of it runs, nobody is called.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any
from unicodedata import normalize

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Q
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled, UniqueViolation

from pathway import live
from pathway.engine.hold import is_of, permit
from pathway.engine.identity import checked_who, patient_for, same_number
from pathway.engine.intake import record
from pathway.engine.note import checked, observe
from pathway.engine.past_report import Double, Entry, Report
from pathway.engine.past_row import ANSWER, COLUMNS, Row, row_of
from pathway.engine.refused import Invalid, Refused
from pathway.engine.second import refuse_alone
from pathway.engine.suspect import KIND, suspect
from pathway.protocol.hours import shown
from pathway.protocol.vocabulary import RANK
from pathway.record.access import opened
from pathway.record.ask import text
from pathway.record.case import Case, CaseQuerySet
from pathway.record.csv_table import BOM, LARGEST, NotATable, read
from pathway.record.event import Event
from pathway.record.guards import IDENTIFIED
from pathway.record.imported import IMPORTS, ImportedFile, ImportedRow
from pathway.record.person import Organisation, Patient, Unit, User
from pathway.record.rota import units_of
from pathway.record.step import CARE, OBSERVATIONS

ISSUER, MOST_ROWS = "File of past cases", 1000  # some eighty rows a second, looked at and then entered
MOST_WAITING = 12  # of one case: each is tried again after every row that is entered
LONGEST_AGO = timedelta(days=3653)
NEAR = timedelta(hours=1)
LOCK = 25_000_000  # with the key of the organisation: nobody else's lock
NAMELESS = "A past case: its file names nobody"
TOLD_ALREADY = "This was told already, with other answers or another time. Correct that entry on its case, or the file."
STILL_OPEN = (
    "The case would still be open, and its clocks would call people. Add how it ended (case.closed, case.died,"
    " case.left, or case.declined of everything), or enter it by hand."
)
BUSY = (
    "A file of past cases, or a new case, is being entered just now, perhaps by you in another window. Nothing was"
    " saved: send it again."
)
MEANWHILE = "A case was opened meanwhile, which may be one of these. Nothing was saved: look at the file again."
MEANWHILE_HELD = (LockNotAvailable, DeadlockDetected, QueryCanceled, UniqueViolation)
SECOND = {"second_person": text("Second person who has compared the file with the records (name)")}


def look(data: bytes, by: User, *, apart: Collection[str] = ()) -> Report:
    """What a file would enter: all of it is tried, and taken back.

    Raises:
        Refused: one is being entered at this moment; `NotAllowed` for roles.
    """
    with whole():
        report = Attempt(data, by, apart).made()
        transaction.set_rollback(True)
    return report


def enter(data: bytes, by: User, *, second_person: str, apart: Collection[str] = ()) -> Report:
    """Enter all rows of a file that are not there yet, or nothing where one is refused or may be there already.

    `apart` are the keys of the doubles of which somebody says that they are none.

    Raises:
        Refused: one is being entered at this moment, or a case was opened meanwhile; `Invalid` without another second
            person, `NotAllowed` for roles.
    """
    agreed = checked(SECOND, {"second_person": second_person})
    refuse_alone(by, agreed)
    with whole():
        attempt = Attempt(data, by, apart)
        report = attempt.made()
        if report.may_be_entered:
            attempt.keep(agreed["second_person"])
        else:
            transaction.set_rollback(True)
    return report


@contextmanager
def whole() -> Iterator[None]:
    """One transaction, of which no open page hears: what it enters has ended.

    Raises:
        Refused: another transaction holds, or has just entered, what it needs.
    """
    try:
        with live.silent(), transaction.atomic():
            yield
    except (OperationalError, IntegrityError) as error:
        if not isinstance(error.__cause__, MEANWHILE_HELD):
            raise
        raise Refused(BUSY) from error


def against(row: Row, refused: Refused) -> NotATable:
    """What the engine has against a row; not that the file has no name for the patient."""
    if isinstance(refused, Invalid):
        return row.invalid(refused.fields)
    return row.refused("event", *(each for each in refused.reasons if each != IDENTIFIED.reason))


def untried(count: int, number: str, faulty: Sequence[int]) -> str:
    """That rows of a case were not tried: `2 more rows of case B1 were not tried: mend row 2 first.`"""
    rows = f"{count} more row of case {number} was" if count == 1 else f"{count} more rows of case {number} were"
    return f"{rows} not tried: mend row{'' if len(faulty) == 1 else 's'} {', '.join(map(str, faulty))} first."


class Attempt:
    """One reading of a file within a transaction."""

    def __init__(self, data: bytes, by: User, apart: Collection[str]) -> None:
        permit(User() if by.organisation_id is None else by, IMPORTS, "Enter past cases from a file")
        plain = data.removeprefix(BOM).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        self.data, self.by, self.apart = plain if len(data) <= LARGEST else data, by, apart
        self.report = Report(sha256(plain).hexdigest())
        self.organisation = Organisation.objects.get(pk=by.organisation_id or 0)
        self.units = {unit.name.casefold(): unit for unit in units_of(by)}
        self.events: list[tuple[Row, Event]] = []
        self.firsts: list[Row] = []
        self.seen: dict[tuple[str, str], int] = {}
        self.newest = Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        # Whoever writes down what others had done holds their roles for this; the entries still name the person.
        self.scribe = User(
            uuid=by.uuid, username=by.username, first_name=by.first_name, last_name=by.last_name,
            organisation_id=by.organisation_id, roles=[role.value for role in CARE],
        )  # fmt: skip

    def made(self) -> Report:
        """Try every row.

        Raises:
            Refused: a file of the organisation is being entered.
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, self.organisation.pk])
            if not cursor.fetchone()[0]:
                raise Refused(BUSY)
        cases, faulty = self.rows()
        for number, rows in cases.items():
            self.case(number, sorted(rows, key=lambda row: row.turn), faulty[number])
        self.report.entries.sort(key=lambda entry: entry.row.number)
        self.report.problems.sort(key=lambda problem: problem.row)
        return self.report

    def rows(self) -> tuple[Mapping[str, list[Row]], Mapping[str, list[int]]]:
        """The rows that can be understood, by case, and the numbers of the others."""
        cases: dict[str, list[Row]] = defaultdict(list)
        faulty: dict[str, list[int]] = defaultdict(list)
        try:
            lines = read(self.data, COLUMNS, also=ANSWER, most=MOST_ROWS)
        except NotATable as refusal:
            self.report.problems += refusal.problems
            return cases, faulty
        for line in lines:
            try:
                row = row_of(line)
            except NotATable as refusal:
                self.report.problems += refusal.problems
                faulty[normalize("NFC", line.cells.get("case", ""))].append(line.row)
            else:
                cases[row.case].append(row)
        return cases, faulty

    def case(self, number: str, rows: Sequence[Row], faulty: Sequence[int]) -> None:
        """Try the rows of one case of the file, unless some cannot be read; what is refused stops the rest of it."""
        before = self.before(number)
        new = [row for row in rows if not self.known(row, before)]
        try:
            if not faulty:
                self.enter_case(number, rows, new, before)
        except NotATable as refusal:
            self.report.problems += refusal.problems
            faulty = sorted({problem.row for problem in refusal.problems})
        if faulty and (left := {row.number for row in new} - {row.number for row, _ in self.events} - set(faulty)):
            self.report.untried.append(untried(len(left), number, faulty))

    def enter_case(
        self, number: str, rows: Sequence[Row], new: Sequence[Row], before: Mapping[str, ImportedRow]
    ) -> None:
        """Enter the new rows of one case.

        Raises:
            NotATable: with what stands against the first that is refused.
        """
        earlier = next(iter(before.values())).event.case if before else None
        if earlier:
            self.refuse_another(earlier, rows)
        if not new:
            return
        if earlier and (earlier.is_open or earlier.survivor_id):
            why = "This case was reopened or merged since it was entered from a file: record this on its page."
            raise new[0].refused("case", why)
        case = earlier or self.opened(number, new[0], rows)
        self.tell_all(case, new if earlier else new[1:], before)
        if Case.objects.filter(pk=case.pk, is_open=True).exists():
            raise rows[-1].refused("event", STILL_OPEN)

    def refuse_another(self, case: Case, rows: Sequence[Row]) -> None:
        """Refuse rows that name another patient or unit than the case that an earlier file opened.

        Raises:
            NotATable: with the first of them.
        """
        for row in rows:
            whose = same_number(self.organisation, checked_who({"nhs_number": row.nhs})) if row.nhs else case.patient
            if whose != case.patient:
                raise row.refused("nhs_number", f"{case.code}, which an earlier file entered so, has not this one.")
            if row.unit and row.unit.casefold() != case.unit.name.casefold():
                raise row.refused("unit", f"{case.code}, which an earlier file entered so, is elsewhere.")

    def before(self, number: str) -> Mapping[str, ImportedRow]:
        """What earlier files entered of a case of this number, by what it says."""
        mine = ImportedRow.objects.filter(organisation=self.organisation, case_number=number)
        read = mine.select_related("file", "event__case__patient", "event__case__unit")
        return {each.digest: each for each in read.order_by("pk")}

    def known(self, row: Row, before: Mapping[str, ImportedRow]) -> str:
        """Where a row stands already; '' for what is new. Either way it is among the entries of the report."""
        key = (row.case, row.digest)
        twin, known = self.seen.setdefault(key, row.number), ""
        if earlier := before.get(key[1]):
            known = f"already there, from the {earlier.file} of {shown(earlier.file.at)}"
        elif twin != row.number:
            known = f"the same as row {twin}"
        self.report.entries.append(Entry(row, known))
        return known

    def opened(self, number: str, first: Row, rows: Sequence[Row]) -> Case:
        """The case that the suspicion opens.

        Raises:
            NotATable: with what stands against it.
        """
        numbers, names = {row.nhs for row in rows} - {""}, {row.unit.casefold() for row in rows} - {""}
        unit = self.units.get(next(iter(names), ""))
        if first.kind != KIND:
            raise first.refused("event", f"Case {number} has no row that says when it was suspected ({KIND}).")
        if len(numbers) > 1:
            raise first.refused("nhs_number", f"The rows of case {number} have different NHS numbers.")
        if len(names) != 1 or unit is None:
            raise first.refused("unit", "Name one unit of your organisation, the same in all rows of a case.")
        return self.suspected(first, next(iter(numbers), ""), unit)

    def suspected(self, first: Row, nhs: str, unit: Unit) -> Case:
        """Open a case.

        Raises:
            NotATable: where that is refused.
        """
        try:
            patient = self.patient(first.case, nhs)
            like = list(self.like(patient, first, unit))
            case = suspect(patient, unit, by=self.scribe, at=first.at, precision=first.precision, time_is_right=True,
                           answers=first.answers, longest_ago=LONGEST_AGO)  # fmt: skip
        except Refused as refused:
            raise against(first, refused) from refused
        if like:
            ours = {each.pk: row.case for row, each in zip(self.firsts, self.report.opened, strict=True)}
            standing, twins = (
                [each for each in like if each.pk not in ours],
                [ours[each.pk] for each in like if each.pk in ours],
            )
            double = Double(first.case, standing, twins)
            self.report.doubles.append(replace(double, apart=double.key in self.apart))
        self.firsts.append(first)
        self.report.opened.append(case)
        self.events.append((first, Event.objects.get(case=case)))
        return case

    def patient(self, number: str, nhs: str) -> Patient:
        """Whose case it is: by the NHS number, else by the file's own.

        Raises:
            Refused: as `patient_for` refuses it.
        """
        who = checked_who({"nhs_number": nhs} if nhs else {"local_number": number, "local_issuer": ISSUER})
        known = same_number(self.organisation, who)
        return patient_for(self.organisation, who, by=self.by, known=known.uuid if known else None)[0]

    def like(self, patient: Patient, first: Row, unit: Unit) -> CaseQuerySet:
        """Cases that may be this one: those of the patient, and what began there about then and may be of the same."""
        about_then = Q(unit=unit, suspected_at__range=(first.at - NEAR, first.at + NEAR))
        if patient.nhs_number:
            about_then &= Q(patient__nhs_number="")
        mine = Case.objects.real().filter(
            Q(patient=patient) | about_then, organisation=self.organisation, survivor=None
        )
        return mine.exclude(state=Case.State.ENTERED_IN_ERROR).select_related("unit").order_by("pk")

    def tell_all(self, case: Case, rows: Sequence[Row], before: Mapping[str, ImportedRow]) -> None:
        """Enter rows in their turn; one that is refused waits for what else may have come before it.

        Raises:
            NotATable: with what stands against the first that cannot be entered. Of several that wait it is the one for
                which others may: what a case comes to waits for its steps, and these for those named before.
        """
        waiting: list[Row] = []
        for row in rows:
            if len(waiting) == MOST_WAITING or any(each.until < row.when for each in waiting):
                break
            if not self.enters(case, row, before):
                waiting.append(row)
                continue
            while entered := next((each for each in waiting if self.enters(case, each, before)), None):
                waiting.remove(entered)
        if waiting:
            self.tell(
                case,
                min(waiting, key=lambda row: (row.kind.startswith("case."), RANK.get(row.kind, len(RANK)))),
                before,
            )

    def enters(self, case: Case, row: Row, before: Mapping[str, ImportedRow]) -> bool:
        """Whether one row could be entered."""
        with suppress(NotATable):
            self.tell(case, row, before)
            return True
        return False

    def tell(self, case: Case, row: Row, before: Mapping[str, ImportedRow]) -> None:
        """Enter one row.

        Raises:
            NotATable: with what the machine has against it.
        """
        told = any(each.event.kind == row.kind and is_of(each.event, row.at, row.precision) for each in before.values())
        if told or row.kind == KIND:
            raise row.refused("event", TOLD_ALREADY)
        when: dict[str, Any] = {"by": self.scribe, "at": row.at, "precision": row.precision, "time_is_right": True}
        try:
            if row.kind in OBSERVATIONS:
                event = observe(case, row.kind, **when, answers=row.answers)
            else:
                event = self.move(case, row, when)
        except Refused as refused:
            raise against(row, refused) from refused
        self.events.append((row, event))

    def move(self, case: Case, row: Row, when: Mapping[str, Any]) -> Event:
        """Make the move of a row; that the file has no name for the patient is let pass, and said in the entry.

        Raises:
            Refused: as `advance` refuses it.
        """
        try:
            return record(case, row.kind, **when, answers=row.answers, override=row.override)
        except Refused as refused:
            if tuple(refused.reasons) != (IDENTIFIED.reason,):
                raise
        nameless = {"by": str(self.by), "reason": NAMELESS}
        return record(case, row.kind, **when, answers=row.answers, override=nameless)

    def keep(self, second_person: str) -> None:
        """Keep which row made which entry. From here on nobody opens a case until all is saved.

        Raises:
            Refused: somebody has opened one since this began.
        """
        Organisation.objects.select_for_update(no_key=True, nowait=True).get(pk=self.organisation.pk)
        others = Case.objects.filter(organisation=self.organisation, pk__gt=self.newest)
        if others.exclude(pk__in=[case.pk for case in self.report.opened]).exists():
            raise Refused(MEANWHILE)
        file = ImportedFile.objects.create(
            organisation=self.organisation, sha256=self.report.sha256, cases=len(self.report.opened), by=self.by,
            second_person=second_person,
        )  # fmt: skip
        ImportedRow.objects.bulk_create(
            ImportedRow(file=file, organisation=self.organisation, case_number=row.case, digest=row.digest, event=event,
                        done_by=row.who, note=row.note)
            for row, event in self.events
        )  # fmt: skip
        for case in {event.case_id: event.case for _, event in self.events}.values():
            opened(case, by=self.by, what="entered from a file")
