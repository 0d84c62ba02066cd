"""What is recorded of one case, long afterwards."""

from datetime import timedelta

from pathway.engine import now as clock
from pathway.record.case import Case
from tests.engine.test_any_order import record
from tests.factories import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LATER = START + 200 * DAY
OF = {"decision.made": "modality", "consent.recorded": "procedure"}


def told(case, kind, after, precision="minute", **answers):
    """Something recorded long afterwards; a senior lets pass what stands in its way."""
    with clock.at(LATER):
        assert record(Case.objects.get(pk=case.pk), kind, START + after, answers, precision)


def treated(case, after, precision="minute"):
    for kind, earlier in (("case.confirmed", 3 * HOUR), ("decision.made", 2 * HOUR), ("consent.recorded", HOUR)):
        told(case, kind, after - earlier, **({} if kind == "case.confirmed" else {OF[kind]: "radiotherapy"}))
    told(case, "radiotherapy.fraction", after, precision, n=1, of=1)
