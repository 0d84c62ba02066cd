"""Distress: how the patient copes, and what help is offered."""

from pathway.record.ask import several, whole
from pathway.record.step import CARE, observation

SCREENED = observation(
    "distress.screened",
    "Record a distress screen",
    done="Distress screened",
    by=CARE,
    asks={
        "score": whole("Distress (0 to 10)", least=0, most=10, required=False),
        "feelings": several("Feelings", "anger", "resentment", "guilt", "anxiety", "fear", "other", required=False),
    },
)
