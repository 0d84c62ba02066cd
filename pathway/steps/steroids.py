"""Steroids: dexamethasone from the indication to the last dose, with what protects the patient meanwhile."""

from datetime import date, timedelta

from django.db import models
from django.forms import ChoiceField

from pathway.protocol import taper
from pathway.protocol.hours import LONDON
from pathway.protocol.past import STEROID_BEGUN, haematology_asked
from pathway.protocol.types import Answers
from pathway.record.ask import choice, day, number, text, yes_no
from pathway.record.step import CARE, MEDICAL, Needs, Proposed, Situation, StateField, Step, move

HAEMATOLOGY = Needs(
    "A blood cancer is possible, and no steroid is given until haematology has advised: a dose may hide a lymphoma. "
    "Record the advice, or name the senior who decides otherwise, and why.",
    lambda now: haematology_asked(now) is None,
    senior=True,
)
LABELLED = Needs(
    "Say whether the injected milligrams are of the salt or of the base: ampoules are labelled either way, and nothing "
    "is converted.",
    lambda now: now.answers.get("route", "oral") == "oral" or "label" in now.answers,
    field="label",
)
LABEL_WORDS = {"salt": "mg of the salt (phosphate)", "base": "mg of dexamethasone base"}


def labelled() -> ChoiceField:
    """What the milligrams are of."""
    return choice("The dose is in", "salt", "base", required=False, words=LABEL_WORDS)


def by_template(now: Situation) -> Proposed:
    """The default taper, which a clinician may change with a reason."""
    why = f"Default template, day 0 being the operation or the first fraction: {taper.words(now)} (day {taper.DAYS})."
    return Proposed({"ends_on": taper.last_dose(now).isoformat(), "doses": taper.words(now)}, why)


ROUTES = ("oral", "intravenous", "subcutaneous")
LONGEST_TAPER = timedelta(days=183)


def no_other_course(now: Situation) -> bool:
    """Whether no course runs at the time of the first dose, and no other begun later was entered before this one ended.

    What is known of this course itself may be typed in before its first dose.
    """
    if now.state in SteroidCourse.ON:
        return True
    before = now.last(*STEROID_BEGUN, "steroids.stopped")
    after = now.next(*STEROID_BEGUN, "steroids.stopped")
    runs = [fact for fact in (before, after) if fact and fact.kind != "steroids.stopped"]
    return all(fact in now.later for fact in runs)


NO_OTHER_COURSE = Needs(
    "Dexamethasone is being given in another course. Change the dose there, or record its last dose first: two courses "
    "at once would hide the total dose.",
    no_other_course,
)


def last_dose_to_come(now: Situation) -> bool:
    """Whether the last dose of the taper is planned for the day of the plan or later."""
    ends = now.answers.get("ends_on")
    return not ends or date.fromisoformat(ends) >= now.at.astimezone(LONDON).date()


SOON_ENOUGH = Needs(
    "The last dose would be more than half a year away. Check the date.",
    lambda now: (
        not now.answers.get("ends_on")
        or date.fromisoformat(now.answers["ends_on"]) <= now.at.astimezone(LONDON).date() + LONGEST_TAPER
    ),
    field="ends_on",
)
LAST_DOSE_TO_COME = Needs(
    lambda now: f"The last dose cannot be before the day of the plan ({now.at.astimezone(LONDON):%-d %B %Y}).",
    last_dose_to_come,
    field="ends_on",
)


class SteroidCourse(Step):
    """One course of dexamethasone."""

    class State(models.TextChoices):
        NONE = "none", "No decision yet"
        INDICATED = "indicated", "Indicated, not given"
        WITHHELD = "withheld", "Withheld"
        STARTED = "started", "On dexamethasone"
        TAPERING = "tapering", "Tapering"
        STOPPED = "stopped", "Stopped"

    track, title, initial = "steroids", "Steroids", State.NONE
    in_turn = (("steroids.started", "steroids.changed"), ("steroids.started", "steroids.stopped"))
    BEFORE = (State.NONE, State.INDICATED, State.WITHHELD)
    ON = (State.STARTED, State.TAPERING)
    state = StateField(default=State.NONE, choices=State)

    @move((State.NONE, State.WITHHELD), State.INDICATED, "Record the indication", event="steroids.indicated",
          done="Dexamethasone indicated", by=MEDICAL,
          asks={"blood_cancer": yes_no("Could it be a lymphoma, myeloma or other blood cancer without a tissue "
                                       "diagnosis?", required=False)})  # fmt: skip
    def indicate(self, answers: Answers) -> None:
        """Neurological symptoms or signs: 16 mg as soon as possible (NG234 1.8.1)."""

    @move((State.NONE, State.INDICATED), State.WITHHELD, "Withhold dexamethasone", event="steroids.withheld",
          done="Dexamethasone withheld", by=MEDICAL,
          asks={"reason": choice("Why", "haematology", "infection", "other",
                                 words={"haematology": "Lymphoma or other blood cancer suspected"})})  # fmt: skip
    def withhold(self, answers: Answers) -> None:
        """Not to be given for now."""

    @move((), None, "Record haematology's advice", event="steroids.haematology_advised", done="Haematology advised",
          by=MEDICAL, keeps=(*BEFORE, *ON), asks={"advice": text("Advice", long=True)})  # fmt: skip
    def take_haematology_advice(self, answers: Answers) -> None:
        """Haematology, or the responsible consultant, has said what to do."""

    @move(BEFORE, State.STARTED, "Record the first dose", event="steroids.started", done="First dexamethasone given",
          by=CARE, needs=(HAEMATOLOGY, NO_OTHER_COURSE, LABELLED),
          asks={"dose_mg": number("Dose (mg)", least=0.5, most=40),
                "route": choice("Route", *ROUTES),
                "label": labelled()})  # fmt: skip
    def start(self, answers: Answers) -> None:
        """The first dose was given; milligrams are never converted between salt and base."""

    @move(BEFORE, State.STARTED, "Change the dose", event="steroids.changed", done="Dose changed", by=MEDICAL,
          keeps=ON, needs=(HAEMATOLOGY, NO_OTHER_COURSE, LABELLED),
          asks={"dose_mg": number("New dose (mg a day)", least=0.5, most=40),
                "route": choice("Route", *ROUTES, required=False), "label": labelled()})  # fmt: skip
    def change(self, answers: Answers) -> None:
        """Another daily dose. Typed first, it says that the course was begun, and no clock asks for a first dose then;
        that one may be recorded later, at its own time before."""

    @move((), None, "Record gastro-protection", event="steroids.protected", done="Gastro-protection started", by=CARE,
          keeps=(*BEFORE, *ON), asks={"agent": text("Agent")})  # fmt: skip
    def protect(self, answers: Answers) -> None:
        """A proton pump inhibitor beside the steroid."""

    @move((), None, "Record glucose", event="steroids.glucose_checked", done="Glucose checked", by=CARE,
          keeps=(*BEFORE, *ON),
          asks={"mmol_l": number("Glucose (mmol/L)", least=0.5, most=60)})  # fmt: skip
    def check_glucose(self, answers: Answers) -> None:
        """Everyone on a high dose."""

    @move((*BEFORE, State.STARTED), State.TAPERING, "Record the taper plan", event="steroids.taper_planned",
          done="Taper planned", by=MEDICAL, keeps=(State.TAPERING,),
          needs=(LAST_DOSE_TO_COME, SOON_ENOUGH, NO_OTHER_COURSE),
          proposes=by_template,
          asks={"ends_on": day("Last dose on"),
                "doses": text("Doses, day by day", required=False),
                "reason": text("Why another taper than the template", required=False)})  # fmt: skip
    def plan_taper(self, answers: Answers) -> None:
        """Reduce gradually, then stop."""

    @move((*BEFORE, *ON), State.STOPPED, "Record the last dose", event="steroids.stopped", done="Dexamethasone stopped",
          by=MEDICAL)  # fmt: skip
    def stop(self, answers: Answers) -> None:
        """The course has ended."""

    @classmethod
    def details(cls, now: Situation) -> list[str]:
        """The dose as it was labelled, and the end that is planned."""
        doses = [fact.answers for fact in now.row if "dose_mg" in fact.answers]
        plans = [fact.answers for fact in now.row if "ends_on" in fact.answers]
        lines = []
        if doses:
            of = LABEL_WORDS.get(str(doses[-1].get("label")), "mg")
            lines.append(f"{doses[-1]['dose_mg']:g} {of}{', ' + doses[-1]['route'] if 'route' in doses[-1] else ''}")
        if plans:
            lines.append(f"Last dose planned for {date.fromisoformat(plans[-1]['ends_on']):%-d %B %Y}")
            lines += [f"Taper: {plans[-1]['doses']}"] if "doses" in plans[-1] else []
        return lines
