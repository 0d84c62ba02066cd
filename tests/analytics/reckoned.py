"""The measures counted in plain Python, case by case: no SQL, no clock rows."""

from datetime import timedelta

from pathway.protocol.hours import LONDON
from tests.analytics.told import NEVER, TREATS, Told, alive, by, certainly_late, dated, dead_by

DAY = timedelta(days=1)
WALKING = {"M1", "M2", "M3", "M4"}


def by_clock(told, standard, span=None, *, judged=None, doubt=True):
    """The line of a case by one clock; `span` is (due, start width, end, end width, whether it was done)."""
    run, late, why = judged or told.counting(standard)
    if run is None:
        return "no_clock"
    done = run.outcome == "met"
    if span:
        due, start_width, ended, end_width, done = span(run)
        late = certainly_late(due, start_width, ended, end_width, told.now)
        late = None if late and doubt and told.doubted(run) else late
    if late is not False:
        return "uncertain" if late is None else "late" if done else "not_done"
    if done:
        return "met"
    if not run.outcome:
        return "running"
    return why if why else "skipped"


def k1(told):
    return by_clock(told, "mri_a") if told.ever_a else "not_a"


def k1b(told):
    contact = told.first("contact.made", where=lambda a: a["channel"] in ("phone", "bleep", "face_to_face"))
    if not told.ever_a:
        return "not_a"
    if contact is None:
        return "no_contact"

    def since(run):
        both = [(contact.occurred_at, contact.width), (run.started_at, run.start_width)]
        zero, width = max(at for at, _ in both), None
        if contact.width is not None and run.start_width is not None:
            width = max(at + known for at, known in both) - zero
        return zero + DAY, width, run.ended_at, run.end_width, run.outcome == "met"

    return by_clock(told, "mri_a", since)


def k2(told):
    if told.counting("mri_b")[0] is None and told.ever_a:
        return "only_a"
    return by_clock(told, "mri_b")


def k3(told):
    if not told.ever_a:
        return "not_a"
    if told.first("referral.triaged"):
        return "met"
    return "pending" if young(told, told.suspected) else "unmet"


def k4(told):
    return by_clock(told, "contact_a") if told.ever_a else "not_a"


def k5(told):
    if not told.ever_a:
        return "not_a"
    return by_clock(told, "dexamethasone") if told.first("steroids.indicated") else "no_indication"


def k6(told):
    return by_clock(told, "ppi_glucose") if told.first("steroids.started") else "no_steroid"


def k7(told):
    if told.treated is None:
        return "not_treated"
    if not told.first("steroids.started"):
        return "no_steroid"
    run, begun, tapered = told.counting("taper_plan")[0], None, None
    if run and off_steroid(told, run.started_at):
        begun = next((each for each in told.all("steroids.started") if each.occurred_at > run.started_at), None)
        if begun is None:
            return "off"
        later = told.all("steroids.stopped", "steroids.taper_planned")
        tapered = next((each for each in later if each.occurred_at >= begun.occurred_at), None)
        died = told.first("case.died")
        if tapered is None and died and died.occurred_at <= begun.occurred_at + 7 * DAY:
            return "again_died"
        if tapered is None and told.now <= begun.occurred_at + 7 * DAY:
            return "again_young"

    def since(run):
        if begun is None:
            return run.started_at + 7 * DAY, run.start_width, run.ended_at, run.end_width, run.outcome == "met"
        ended, width = (tapered.occurred_at, tapered.width) if tapered else (None, None)
        return begun.occurred_at + 7 * DAY, begun.width, ended, width, bool(tapered)

    return by_clock(told, "taper_plan", since, doubt=begun is None)


def off_steroid(told, at):
    """Whether the steroid was surely stopped by then, and not begun again since."""
    doses = [each.occurred_at for each in told.all("steroids.started")]
    stops = [each for each in told.all("steroids.stopped") if each.width is not None]
    return any(
        stop.occurred_at + stop.width <= at and not any(stop.occurred_at < dose <= at for dose in doses)
        for stop in stops
    )


def k8(told):
    decided = told.first("decision.made", where=lambda a: a["modality"] == "radiotherapy")
    if not decided:
        return "not_decided"
    run, operated = told.counting("radiotherapy")[0], told.first("surgery.started")
    fraction = told.first("radiotherapy.fraction", where=lambda a: a["n"] == 1)
    first = operated and not (fraction and fraction.occurred_at <= operated.occurred_at)
    first = first and not (run and reopened(told, operated, run))
    if run and first and operated.occurred_at <= run.due_at:
        return "operated" if by([operated]) <= run.due_at else "maybe_operated"
    return by_clock(told, "radiotherapy")


def reopened(told, after, run):
    """The newest reopening before a run, where it came after something."""
    found = [each for each in told.all("case.reopened") if each.occurred_at <= run.started_at]
    return found[-1] if found and (after is None or after.occurred_at < found[-1].occurred_at) else None


def k9(told):
    confirmed, run = told.first("case.confirmed"), told.counting("treatment")[0]
    if not confirmed:
        return "not_confirmed"
    early = told.treated and by([told.treated]) < confirmed.occurred_at
    if early and not (run and reopened(told, told.treated, run)):
        return "before"
    return by_clock(told, "treatment")


def k10(told):
    treated, (run, _, _) = told.treated, told.counting("treatment")
    if not told.first("case.confirmed"):
        return "not_confirmed"
    if run is None and treated is None:
        return "not_for_treatment"
    if run is None:
        return "no_clock"
    first = min(told.suspicions, key=lambda each: (each.occurred_at, each.id))
    if again := reopened(told, None, run):
        first = again
        since = [each for each in told.all(*TREATS) if each.occurred_at >= again.occurred_at]
        treated = next((each for each in since if each.kind != "radiotherapy.fraction" or each.answers["n"] == 1), None)
    ended, width = (treated.occurred_at, treated.width) if treated else (run.ended_at, run.end_width)
    return by_clock(
        told,
        "treatment",
        lambda _run: (first.occurred_at + 2 * DAY, first.width, ended, width, bool(treated)),
        doubt=False,
    )


def k11(told):
    if not told.first("case.confirmed"):
        return "not_confirmed"
    both = [
        bool(told.first(f"opinion.{which}", where=lambda a: a["opinion"] != "more_information"))
        for which in ("surgical", "oncology")
    ]
    if not all(both) and told.case.is_open and not told.first("decision.made"):
        return "pending"
    return "met" if all(both) else "one" if any(both) else "none"


def k12(told):
    if not told.first("case.confirmed"):
        return "not_confirmed"
    sins = [each for each in told.all("sins.scored", "stability.advised")
            if each.kind == "sins.scored" or each.answers.get("sins") not in (None, "")]  # fmt: skip
    up = told.all("rehabilitation.stepped", where=lambda a: a["step"] != "R0" and a["step"] != "R1")
    if not sins:
        return "pending" if told.case.is_open and not up else "none"
    if not up or (by(sins) <= up[0].occurred_at and dated(up)):
        return "met"
    return "after" if by(up) < sins[0].occurred_at and dated(sins) else "unknown"


def therapy(standard):
    def k14(told):
        if not told.first("case.admitted"):
            return "not_admitted"
        return by_clock(told, standard) if told.first("case.confirmed") else "not_confirmed"

    return k14


def grade(told, when, *, newest=False, kind="mobility.assessed", name="code"):
    """The grade at a time: one that says something, where there is one."""
    found = [each for each in told.all(kind) if when(each) and each.answers.get(name)]
    found = found[::-1] if newest else found
    return next((each.answers[name] for each in found if each.answers[name] not in ("M0", "M9")),
                found[0].answers[name] if found else None)  # fmt: skip


def before(told):
    return lambda each: told.treated is None or each.occurred_at <= told.treated.occurred_at


def until_home(told):
    home, treated = told.first("discharge.discharged"), told.treated
    return lambda each: bool(
        home and each.occurred_at <= home.occurred_at and (not treated or each.occurred_at >= treated.occurred_at)
    )


def walks(code):
    if code is None:
        return "no_grade"
    return {"M0": "m0", "M9": "m9"}.get(code) or ("met" if code in WALKING else "unmet")


def young(told, start):
    """Whether it is too early to miss what is not recorded yet."""
    return told.case.is_open and told.now - start < DAY


def k15a(told):
    code = grade(told, before(told))
    return "young" if code is None and young(told, told.suspected) else walks(code)


def against_first(told, code, *, pending=False):
    first = grade(told, before(told))
    if first in (None, "M0"):
        return "no_first"
    if first == "M9":
        return "first_m9"
    return "pending" if code is None and pending else walks(code)


def k15b(told):
    if not told.treated:
        return "not_treated"
    over = [each for each in told.all("surgery.ended", "radiotherapy.completed", "radiotherapy.stopped_early",
                                      "radiotherapy.fraction")
            if each.kind != "radiotherapy.fraction" or each.answers["n"] == each.answers.get("of")]  # fmt: skip
    home = told.first("discharge.discharged")
    if not over and not told.first("surgery.started") and not told.first("radiotherapy.fraction",
                                                                         where=lambda a: a["n"] == 1):  # fmt: skip
        return "goes_on"
    return against_first(told, grade(told, lambda each: bool(
        over and each.occurred_at >= over[0].occurred_at and (not home or each.occurred_at <= home.occurred_at)
    )), pending=told.case.is_open and not home)  # fmt: skip


def k15c(told):
    if not told.treated:
        return "not_treated"
    if not told.first("discharge.discharged"):
        return "not_discharged"
    return against_first(told, grade(told, until_home(told), newest=True))


def k15d(told):
    if not told.treated:
        return "not_treated"
    home, died = told.first("discharge.discharged") or told.treated, told.first("case.died")
    over = max(home.occurred_at, told.treated.occurred_at) + 63 * DAY
    treated = told.treated
    code = grade(told, lambda each: each.answers["due"] == "week_8" and each.answers["alive"]
                 and (each.occurred_at >= treated.occurred_at or None in (treated.width, each.width))
                 and not (died and each.width is not None and each.occurred_at > by([died])),
                 newest=True, kind="followup.recorded", name="mobility")  # fmt: skip
    said = told.all("followup.recorded", where=lambda a: not a["alive"])
    if code in (None, "M0"):
        if (
            [each for each in said if each.answers["due"] == "week_8"]
            or dead_by(told) < over
            or (died and told.now < over)
        ):
            return "died"
        lived = any(each.occurred_at >= over for each in alive(told))
        if code is None and not lived and (died.width is None or died.occurred_at < over if died else said):
            return "unknown"
    first = against_first(told, code)
    return "pending" if first in ("no_grade", "m0") and told.now < over else first


def dry(entries):
    return "not_recorded" if not entries else "met" if entries[0].answers["continent"] else "unmet"


def k16a(told):
    entries = [each for each in told.all("bowel.assessed") if before(told)(each)]
    return "young" if not entries and young(told, told.suspected) else dry(entries)


def k16b(told):
    if not told.first("discharge.discharged"):
        return "not_discharged"
    return dry([each for each in told.all("bowel.assessed")[::-1] if until_home(told)(each)])


def k17(told):
    home, needs, died = (told.first(kind) for kind in ("discharge.discharged", "discharge.needs_assessed", "case.died"))
    if not home:
        return "not_discharged"
    if died and died.occurred_at <= home.occurred_at:
        return "died" if by([died]) <= home.occurred_at else "maybe_died"
    if not needs:
        return "unmet"
    if home.width is not None and needs.occurred_at > home.occurred_at + home.width:
        return "unmet"
    if home.width is None or needs.width is None:
        return "unknown"
    return "unknown" if needs.occurred_at + needs.width > home.occurred_at else "met"


def mortality(start, absent):
    def k18(told):
        zero, died, left = start(told), told.first("case.died"), told.first("case.left")
        if zero is None:
            return absent

        def days(at):
            return (at.astimezone(LONDON).date() - zero.occurred_at.astimezone(LONDON).date()).days

        seen = any(days(each.occurred_at) > 30 for each in alive(told))
        soon = dead_by(told) != NEVER and days(dead_by(told)) <= 30
        if zero.width is None or (died and died.width is None and not soon and not seen):
            return "unknown"
        if soon and ((died and died.width is not None) or not seen):
            return "met"
        if seen or died:
            return "seen" if seen else "unmet"
        if told.first("followup.recorded", where=lambda a: not a["alive"]):
            return "said_dead"
        if left and days(left.occurred_at) <= 30:
            return "left"
        return "pending" if days(told.now) <= 30 else "unmet"

    return k18


def k19(told):
    called = told.first("contact.made", where=lambda a: a["channel"] in ("phone", "bleep", "face_to_face"))
    if not (called or told.first("referral.received", "referral.triaged")):
        return "not_referred"
    for name, kind in (("confirmed", "confirmed"), ("impending", "impending"), ("metastases", "metastases_only"),
                       ("excluded", "excluded")):  # fmt: skip
        if told.first(f"case.{kind}"):
            return name
    return "pending" if told.case.is_open else "ended"


def k20(told):
    confirmed, skins = told.first("case.confirmed"), told.all("skin.assessed")
    if not confirmed:
        return "not_confirmed"
    if not skins and young(told, confirmed.occurred_at):
        return "young"
    return "no_skin" if not skins else "met" if any(each.answers.get("damage") for each in skins) else "unmet"


OF_CASE = {
    "K1": k1, "K1b": k1b, "K2": k2, "K3": k3, "K4": k4, "K5": k5, "K6": k6, "K7": k7, "K8": k8, "K9": k9, "K10": k10,
    "K11": k11, "K12": k12, "K14a": therapy("physiotherapy"), "K14b": therapy("occupational_therapy"),
    "K15a": k15a, "K15b": k15b, "K15c": k15c, "K15d": k15d, "K16a": k16a, "K16b": k16b, "K17": k17,
    "K18a": mortality(lambda told: told.first("case.confirmed"), "not_confirmed"),
    "K18b": mortality(lambda told: told.treated, "not_treated"), "K19a": k19, "K19b": k19, "K20": k20,
}  # fmt: skip


def reckoned(cases, now):
    """What every measure says of these cases: (measure, case, line), sorted."""
    found = []
    for case in cases:
        told = Told(case, now)
        found += [(key, case.pk, line(told)) for key, line in OF_CASE.items()]
        flat = [told.judged(run) for run in told.runs if run.standard == "flat_review"]
        found += [("K13", case.pk, by_clock(told, "flat_review", judged=each)) for each in flat]
    return sorted(found)
