"""What the audit costs at more and more cases: the manager's home, the measures of NICE QS56 and a control chart.

The cases are made by the engine, in a year of the demonstration's plans, and copied to earlier dates with their entries
and clocks. Beside each figure stands the same aggregate written by hand, on the entries and clocks themselves.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from time import perf_counter
from typing import Any

from django.db import connection, models
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import resolve

from pathway.analytics.cohort import Scope
from pathway.analytics.compute import results, series
from pathway.analytics.keeping import keep
from pathway.analytics.measures import BY_KEY
from pathway.engine.now import now
from pathway.management.bench import load
from pathway.management.bench.scratch import Databases
from pathway.management.demo import cases, people
from pathway.management.demo.seeding import play
from pathway.record.case import Case
from pathway.record.clock import Clock
from pathway.record.event import Event
from pathway.record.person import User

YEARS, STRIDE, OLD = 10, 1_000_000, timedelta(days=90)
WHOLE = 150_000  # cases with every entry and clock; of more, older ones have only what was kept of their like
HOME, QS56, CHART = "Audit, the manager's home", "Audit, measures of QS56", "Audit, one control chart"
