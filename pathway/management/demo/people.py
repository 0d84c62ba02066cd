"""Who is in the demonstration: organisations, units, users with their log-ins, and patients."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random

from django.contrib.auth.hashers import make_password

from pathway.management.demo.plan import Plan
from pathway.protocol.types import Role
from pathway.record import nhs_number
from pathway.record.person import Organisation, Patient, Unit, User
from pathway.record.shift import Duty

HOME, NEIGHBOUR = "DEMO1", "DEMO2"
ORGANISATIONS = {HOME: "Demonstration Hospitals", NEIGHBOUR: "Neighbouring Demonstration Hospitals"}
UNITS = {
    HOME: ("Acute oncology unit", "Emergency department", "Medical wards"),
    NEIGHBOUR: ("Neighbouring oncology unit",),
}
WORKS_IN = {"emergency_department": 1, "ward": 2, "hospice": 2}
PASSWORD = "show-me-the-pathway"  # noqa: S105 (printed by the command; refused outside development)
ISSUER = "Demonstration Hospitals"
GIVEN = (
    *("Ada", "Ben", "Cleo", "Dev", "Esme", "Finn", "Gwen", "Hal", "Iris", "Jon", "Kit", "Lena", "Milo", "Nell"),
    *("Otto", "Pia", "Quinn", "Rosa", "Sam", "Tess", "Una", "Vic", "Wren", "Xan", "Yara", "Zeb"),
)
FAMILY = (
    *("Alder", "Ash", "Aspen", "Beech", "Birch", "Bramble", "Briar", "Cedar", "Clover", "Cypress", "Elder", "Elm"),
    *("Fennel", "Fern", "Fir", "Gorse", "Hawthorn", "Hazel", "Heather", "Holly", "Hornbeam", "Ivy", "Juniper"),
    *("Larch", "Laurel", "Lime", "Linden", "Maple", "Medlar", "Myrtle", "Oak", "Olive", "Pine", "Plum", "Poplar"),
    *("Quince", "Rowan", "Sedge", "Sorrel", "Spruce", "Thistle", "Walnut", "Willow", "Yarrow", "Yew"),
)
YOUNGEST, OLDEST = 38, 91


class NameTaken(Exception):
    """A log-in of the demonstration is somebody else's; the message says which."""


@dataclass(frozen=True, slots=True)
class Login:
    """One user of the demonstration; `duties` are the roles that alerts find them by."""

    username: str
    organisation: str
    name: str
    role: Role
    duties: tuple[Role, ...] = ()


WARD = (Role.NURSE_IN_CHARGE, Role.SITE_NURSE, Role.RADIOGRAPHER)
REGISTRARS = (
    Role.RADIOLOGY_REGISTRAR, Role.ONCOLOGY_REGISTRAR, Role.SPINAL_REGISTRAR, Role.HAEMATOLOGY_REGISTRAR,
)  # fmt: skip
MANAGERS = (Role.SERVICE_MANAGER, Role.DUTY_MANAGER, Role.EXECUTIVE)
LOGINS = (
    Login("coordinator", HOME, "Coordinator", Role.COORDINATOR, (Role.COORDINATOR,)),
    Login("clinician", HOME, "Clinician", Role.CLINICIAN, WARD),
    Login("registrar", HOME, "Registrar", Role.CLINICIAN, REGISTRARS),
    Login("consultant", HOME, "Consultant", Role.CLINICIAN, (Role.CONSULTANT,)),
    Login("physiotherapist", HOME, "Physiotherapist", Role.PHYSIOTHERAPIST, (Role.PHYSIOTHERAPIST,)),
    Login("manager", HOME, "Manager", Role.MANAGER, (Role.MSCC_LEAD, Role.MANAGER, *MANAGERS)),
    Login("administrator", HOME, "Administrator", Role.ADMINISTRATOR),
    Login("auditor", HOME, "Auditor", Role.AUDITOR),
    Login(
        "neighbour", NEIGHBOUR, "Neighbour", Role.COORDINATOR,
        (Role.COORDINATOR, Role.MSCC_LEAD, Role.PHYSIOTHERAPIST, Role.CONSULTANT, *WARD, *REGISTRARS, *MANAGERS),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Staff:
    """One organisation with its units, and its users by username."""

    organisation: Organisation
    units: tuple[Unit, ...]
    users: dict[str, User]

    def unit(self, place: str) -> Unit:
        """The unit that looks after a case suspected at this place."""
        return self.units[WORKS_IN.get(place, 0) % len(self.units)]


def staff(ods_code: str) -> Staff:
    """The organisation with its people, made where they are missing; users and passwords that exist are kept."""
    organisation, _ = Organisation.objects.get_or_create(ods_code=ods_code, defaults={"name": ORGANISATIONS[ods_code]})
    users = {login.username: user_of(login, organisation) for login in LOGINS if login.organisation == ods_code}
    units = tuple(Unit.objects.get_or_create(organisation=organisation, name=name)[0] for name in UNITS[ods_code])
    first = next(iter(users.values()))
    for unit in units:
        if unit.fixed_contact is None:
            unit.fixed_contact = first
            unit.save(update_fields=["fixed_contact"])
    Duty.objects.bulk_create(
        [
            Duty(unit=unit, role=role.value, user=users[login.username])
            for unit in units
            for login in LOGINS
            if login.username in users
            for role in login.duties
        ],
        ignore_conflicts=True,
    )
    return Staff(organisation, units, users)


def user_of(login: Login, organisation: Organisation) -> User:
    """The user behind a log-in.

    Raises:
        NameTaken: somebody of another organisation has that user name.
    """
    known = User.objects.filter(username=login.username).first()
    if known is not None and known.organisation_id != organisation.pk:
        raise NameTaken(f"The user name “{login.username}” belongs to somebody outside the demonstration.")
    return known or User.objects.create(
        username=login.username,
        password=hashed(),
        first_name="Demo",
        last_name=login.name,
        organisation=organisation,
        roles=[login.role.value],
    )


@cache
def hashed() -> str:
    """The password as it is stored, computed once because that is slow by design."""
    return make_password(PASSWORD)


def identities(random: Random, today: date, taken: Collection[str] = ()) -> Iterator[dict[str, object]]:
    """People who do not exist: names of plants, NHS numbers of the range kept for tests (999) and not yet `taken`."""
    used = set(taken)
    names = list(FAMILY)
    random.shuffle(names)
    for family in names:
        given = random.choice(GIVEN)
        age = timedelta(days=random.randint(YOUNGEST * 365, OLDEST * 365))
        yield {
            "family_name": f"{family}-Test",
            "given_names": given,
            "initials": f"{given[0]}{family[0]}T",
            "birth_date": today - age,
            "nhs_number": test_number(random, used),
            "local_number": f"T{random.randint(100_000, 999_999)}",
            "local_issuer": ISSUER,
        }


def test_number(random: Random, used: set[str]) -> str:
    """A new NHS number that no person has."""
    while True:
        digits = f"999{random.randint(0, 9_999_999):07d}"
        try:
            nhs_number.clean(digits)
        except nhs_number.NotAnNhsNumber:
            continue
        if digits not in used:
            used.add(digits)
            return digits


KNOWN = {
    "full": ("family_name", "given_names", "initials", "birth_date", "nhs_number"),
    "local": ("family_name", "given_names", "initials", "local_number", "local_issuer"),
    "initials": ("initials",),
}


def patient_of(plan: Plan, identity: dict[str, object], organisation: Organisation) -> Patient:
    """The patient of a case, with as much of the identity as the case knows."""
    known = {name: identity[name] for name in KNOWN[plan.identity]}
    return Patient.objects.create(organisation=organisation, synthetic=True, **known)
