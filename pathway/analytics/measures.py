"""The measures K1 to K20 as data: who counts, who is left out and why, each as a line with its condition."""

from datetime import date

from pathway.analytics.lines import (
    AFTER_SURGERY,
    ALONE,
    CT_IN_LIEU,
    DEAD_BY,
    FOR_SCAN,
    FOR_TREATMENT,
    FROM_CONTACT,
    IN_48,
    MET,
    MISSING,
    NOT_A,
    NOT_ADMITTED,
    NOT_CONFIRMED,
    NOT_TREATED,
    ON_DAY_7,
    PENDING,
    STEROID_AGAIN,
    TREATED_BEFORE,
    UNCERTAIN,
    UNFIT,
    UNMET,
    Line,
    Measure,
    by_clock,
    change,
    compared,
    continent,
    found,
    graded,
    mortality,
    out,
    young,
)

VERSION, REVIEWED, REVIEW = "2", date(2026, 11, 29), date(2027, 11, 29)
# The eighth week is over 63 days after the later of discharge and treatment; M0 says that nobody looked.
WEEK_8_OVER = "(GREATEST(discharged, treated) + interval '63 days')"
NO_WEEK_8 = "(mobility_week_8 IS NULL OR mobility_week_8 = 'M0')"

MEASURES: tuple[Measure, ...] = (
    Measure(
        "K1", "MRI within 24 hours of suspicion, class A",
        "whole-spine MRI (CT where MRI is contraindicated) acquired within 24 hours of the suspicion, or of coming into"
        " class A",
        "cases in class A whose clock was not void in time",
        "NICE QS56 statement 3, NICE NG234 1.5.2", by_clock("mri_a", NOT_A, why=FOR_SCAN),
        clock="mri_a", shown=(CT_IN_LIEU, UNFIT),
    ),
    Measure(
        "K1b", "MRI within 24 hours of the call to the coordinator, class A",
        "whole-spine MRI acquired within 24 hours of the first live call to the coordinator, or of coming into class A"
        " where that was later",
        "cases in class A whose clock was not void in time, with such a call",
        "public audit template; NICE counts from the suspicion (K1)",
        by_clock(
            "mri_a", NOT_A, Line("no_contact", "No live call to the coordinator recorded", MISSING, "contact IS NULL"),
            why=FOR_SCAN, span=FROM_CONTACT,
        ),
        clock="mri_a", span=FROM_CONTACT, shown=(CT_IN_LIEU,),
    ),
    Measure(
        "K2", "MRI and plan within a week of suspicion, class B or C",
        "MRI acquired and plan recorded within 168 hours of the suspicion",
        "cases in class B or C whose clock was not void in time", "NICE QS56 statement 2",
        by_clock("mri_b", out("only_a", "Class A from the start", "mri_b.id IS NULL AND ever_a"), why=FOR_SCAN),
        clock="mri_b", shown=(Line("class_c", "Class C, as it now stands", MET, "klass = 'C'"),),
    ),
    Measure(
        "K3", "Assessed by the coordinator, class A", "triage by the coordinator recorded", "cases in class A",
        "NICE QS56 statement 4",
        (
            NOT_A, Line("met", "Triaged", MET, "triaged IS NOT NULL"),
            Line("pending", "Open and suspected less than 24 hours ago", PENDING,
                 "is_open AND given.now < suspected + interval '24 hours'"),
            Line("unmet", "No triage recorded", UNMET),
        ),
    ),
    Measure(
        "K4", "Coordinator called within 60 minutes, class A", "live conversation within 60 minutes of the suspicion",
        "cases in class A", "NICE NG234: contact immediately; 60 minutes are a proposal",
        by_clock("contact_a", NOT_A, why=("case.reclassified",)), clock="contact_a",
    ),
    Measure(
        "K5", "Dexamethasone within 4 hours, class A", "first dose within 4 hours of the indication",
        "cases in class A with an indication and no contraindication",
        "NICE NG234 1.8.1; 4 hours are a local definition",
        by_clock(
            "dexamethasone", NOT_A, out("no_indication", "No indication recorded", "indicated IS NULL"),
            why=("steroids.withheld", "case.excluded", "case.metastases_only"),
        ),
        clock="dexamethasone",
    ),
    Measure(
        "K6", "Gastro-protection and glucose within 24 hours of the first dose",
        "both recorded within 24 hours of the first dose", "cases given dexamethasone", "local guidelines",
        by_clock("ppi_glucose", out("no_steroid", "No dexamethasone given", "steroid IS NULL"),
                 why=("steroids.stopped",)),
        clock="ppi_glucose",
    ),
    Measure(
        "K7", "Steroid stopped or tapering by day 7 after treatment",
        "stopped, or a taper plan recorded, within 168 hours of the first fraction or operation",
        "treated so while on dexamethasone, alive", "NICE NG234, NICE CG75",
        by_clock(
            "taper_plan", NOT_TREATED, out("no_steroid", "No dexamethasone given", "steroid IS NULL"), *STEROID_AGAIN,
            why=(), span=ON_DAY_7,
        ),
        clock="taper_plan", span=ON_DAY_7,
    ),
    Measure(
        "K8", "Radiotherapy within 24 hours of the decision", "first fraction within 24 hours of the decision",
        "cases with a decision for radiotherapy, not for surgery first, that was neither void nor replaced in time",
        "NICE QS56 statement 6",
        by_clock(
            "radiotherapy", out("not_decided", "Radiotherapy not decided on", "decided_radiotherapy IS NULL"),
            *AFTER_SURGERY, why=("decision.made", *FOR_TREATMENT),
        ),
        clock="radiotherapy",
    ),
    Measure(
        "K9", "Definitive treatment within 24 hours of confirmation",
        "operation, first fraction or first dose of systemic treatment within 24 hours of confirmation",
        "confirmed cases for treatment", "NICE QS56 statement 6 (2014 wording)",
        by_clock(
            "treatment", NOT_CONFIRMED, TREATED_BEFORE, why=FOR_TREATMENT,
        ),
        clock="treatment",
    ),
    Measure(
        "K10", "Suspicion to treatment within 48 hours",
        "definitive treatment within 48 hours of the suspicion, or of the newest reopening before it was confirmed",
        "confirmed cases for treatment", "network audit (Yorkshire 2012)",
        (
            NOT_CONFIRMED,
            *by_clock(
                "treatment",
                out("not_for_treatment", "Not for treatment when it was confirmed",
                    "treatment.id IS NULL AND treated IS NULL"),
                why=FOR_TREATMENT, span=IN_48,
            ),
        ),
        clock="treatment", span=IN_48,
    ),
    Measure(
        "K11", "Surgical and oncological opinion recorded", "an opinion of a surgeon and one of an oncologist",
        "confirmed cases", "NICE NG234; local guidelines",
        (
            NOT_CONFIRMED, Line("met", "Both recorded", MET, "surgical IS NOT NULL AND oncological IS NOT NULL"),
            Line("pending", "Open, and no treatment decided yet", PENDING, "is_open AND decided IS NULL"),
            Line("one", "One of the two recorded", UNMET, "surgical IS NOT NULL OR oncological IS NOT NULL"),
            Line("none", "Neither recorded", UNMET),
        ),
        note="A request for more information is no opinion.",
    ),
    Measure(
        "K12", "SINS recorded before mobilising", "a SINS recorded no later than the first step out of bed",
        "confirmed cases", "Spinal Instability Neoplastic Score; local guidelines",
        (
            NOT_CONFIRMED,
            Line("pending", "Open, neither recorded nor mobilised yet", PENDING,
                 "is_open AND sins IS NULL AND mobilised IS NULL"),
            Line("none", "None recorded", UNMET, "sins IS NULL"),
            Line("met", "Recorded before", MET,
                 "mobilised IS NULL OR sins_surely <= mobilised AND NOT mobilised_undated"),
            Line("after", "Recorded after mobilising", UNMET, "sins > mobilised_surely AND NOT sins_undated"),
            Line("unknown", "Cannot be told which came first", UNCERTAIN),
        ),
        shown=(Line("in_bed", "Not mobilised so far", MET, "mobilised IS NULL"),),
    ),
    Measure(
        "K13", "Flat orders reviewed within 24 hours", "reviewed, changed or ended within 24 hours",
        "flat orders and reviews that kept the patient flat", "NICE NG234: keep flat bed rest short",
        by_clock("flat_review", why=("discharge.discharged",)), clock="flat_review", of="flat order",
    ),
    Measure(
        "K14a", "Physiotherapy within 24 hours", "first assessment within 24 hours of admission or confirmation",
        "admitted and confirmed cases", "Nottingham guideline",
        by_clock("physiotherapy", NOT_ADMITTED, NOT_CONFIRMED, why=("discharge.discharged",)), clock="physiotherapy",
    ),
    Measure(
        "K14b", "Occupational therapy within 48 hours",
        "first assessment within 48 hours of admission or confirmation", "admitted and confirmed cases",
        "Nottingham guideline",
        by_clock("occupational_therapy", NOT_ADMITTED, NOT_CONFIRMED, why=("discharge.discharged",)),
        clock="occupational_therapy",
    ),
    Measure(
        "K15a", "Walking at presentation", "grade M1 to M4 before treatment", "cases with a grade then",
        "mobility grades of this service", graded("mobility_first", young("suspected", "mobility_first IS NULL")),
        rising=None,
        shown=(Line("alone", "Walks without a person's help (M1 to M3)", MET, f"mobility_first {ALONE}"),),
        note="The first grade before definitive treatment; the first at all for who had none.",
    ),
    Measure(
        "K15b", "Walking after treatment", "grade M1 to M4, the first after the treatment's end",
        "treated cases with a grade before and after", "mobility grades of this service",
        compared("mobility_treated", out(
            "goes_on", "Systemic treatment alone: no end of it is recorded",
            "treatment_over IS NULL AND operated IS NULL AND first_fraction IS NULL",
        ), pending=Line(
            "pending", "Open and not discharged: none yet", PENDING,
            "is_open AND discharged IS NULL AND mobility_treated IS NULL",
        )),
        shown=change("mobility_treated"),
    ),
    Measure(
        "K15c", "Walking at discharge", "grade M1 to M4, the last before discharge",
        "treated cases with a grade before and then", "mobility grades of this service",
        compared("mobility_discharged", out("not_discharged", "Not discharged", "discharged IS NULL")),
        shown=change("mobility_discharged"),
    ),
    Measure(
        "K15d", "Walking at 8 weeks", "grade M1 to M4 at the follow-up of week 8",
        "treated cases with a grade before and then", "mobility grades of this service",
        compared(
            "mobility_week_8",
            out("died", "Died before week 8 was over, or before its follow-up",
                f"{NO_WEEK_8} AND (dead_week_8 OR {DEAD_BY} < {WEEK_8_OVER}"
                f" OR died IS NOT NULL AND given.now < {WEEK_8_OVER})"),
            Line("unknown", "Cannot be told whether the patient lived then: the time of the death leaves it open",
                 UNCERTAIN,
                 f"mobility_week_8 IS NULL AND (seen >= {WEEK_8_OVER}) IS NOT TRUE"
                 " AND CASE WHEN died IS NULL THEN said_dead IS NOT NULL"
                 f" ELSE died_width IS NULL OR died < {WEEK_8_OVER} END"),
            pending=Line(
                "pending", "Week 8, after the later of discharge and treatment, is not over", PENDING,
                f"{NO_WEEK_8} AND given.now < {WEEK_8_OVER}",
            ),
        ),
        shown=change("mobility_week_8"),
    ),
    Measure(
        "K16a", "Continent at presentation", "bowel continent before treatment", "cases where it is recorded",
        "clinical specification 4.2", continent("continent_first", young("suspected", "continent_first IS NULL")),
        rising=None,
        note="Continence of the bowel; that of the bladder is not recorded as such.",
    ),
    Measure(
        "K16b", "Continent at discharge", "bowel continent, the last entry before discharge",
        "discharged cases where it is recorded", "clinical specification 4.2",
        continent("continent_discharged", out("not_discharged", "Not discharged", "discharged IS NULL")),
    ),
    Measure(
        "K17", "Needs assessed before discharge", "needs assessment recorded by discharge", "discharged alive",
        "NICE QS56 statement 7",
        (
            out("not_discharged", "Not discharged", "discharged IS NULL"),
            out("died", "Died before", "died + died_width <= discharged"),
            Line("maybe_died", "Cannot be told whether discharged alive", UNCERTAIN, "died <= discharged"),
            Line("unmet", "Not recorded by then", UNMET, "needs IS NULL OR needs > discharged + discharged_width"),
            Line("unknown", "Cannot be told which came first", UNCERTAIN,
                 "needs_width IS NULL OR discharged_width IS NULL OR needs > discharged"
                 " OR needs + needs_width > discharged"),
            Line("met", "Recorded by then", MET),
        ),
    ),
    Measure(
        "K18a", "Deaths within 30 days of confirmation", "died within 30 days", "confirmed cases",
        "clinical specification 4.2", mortality("confirmed", NOT_CONFIRMED), rising=False,
    ),
    Measure(
        "K18b", "Deaths within 30 days of first treatment", "died within 30 days", "treated cases",
        "clinical specification 4.2", mortality("treated", NOT_TREATED), rising=False,
    ),
    Measure(
        "K19a", "Yield: compression confirmed", "compression confirmed", "referred cases with a verdict, or that ended",
        "clinical specification 4.2", found("confirmed"), rising=None,
    ),
    Measure(
        "K19b", "Yield: impending compression", "impending, and not confirmed later",
        "referred cases with a verdict, or that ended",
        "clinical specification 4.2", found("impending"), rising=None,
    ),
    Measure(
        "K20", "Pressure damage", "damage recorded at a skin assessment", "confirmed cases with such an assessment",
        "clinical specification 4.2",
        (
            NOT_CONFIRMED, young("confirmed", "NOT skin"), Line("no_skin", "Skin not assessed", MISSING, "NOT skin"),
            Line("met", "Damage recorded", MET, "damage"), Line("unmet", "No damage recorded", UNMET),
        ),
        rising=False,
        note="Length of stay and days with a catheter are among the times. Clots and infections are no entries of the "
        "record, so they are not counted.",
    ),
)  # fmt: skip
BY_KEY = {measure.key: measure for measure in MEASURES}
