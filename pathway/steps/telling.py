"""Telling: patient, family and general practitioner know."""

from pathway.record.step import CARE, observation

PATIENT = observation("told.patient", "Record that the patient was told", done="Patient told", by=CARE, asks={})
FAMILY = observation("told.family", "Record that the family was told", done="Family told", by=CARE, asks={})
GP = observation("told.gp", "Record that the GP was told", done="GP told", by=CARE, asks={})
