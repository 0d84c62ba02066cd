"""Where each track of a case stands, for its row on the board: the newest row of every track that was begun."""

import logging
from datetime import datetime
from typing import Any

from django.db import transaction

from pathway.engine.hold import Held, hold
from pathway.protocol.past import Past, advice_on_stability
from pathway.protocol.positioning import lapses_at
from pathway.record.case import Case
from pathway.record.step import machines

log = logging.getLogger(__name__)


def tracks(held: Held) -> dict[str, dict[str, Any]]:
    """By track the `state` of its newest row, and how many `rows` there are, folded from the facts.

    `again`: what is known of stability no longer counts and has to be judged again. `until`: when the order of the
    position lapses, or lapsed.
    """
    known, home = machines(), f"{held.case.pk}/"
    states: dict[str, dict[int, str]] = {}
    for fact in held.facts:
        machine = known.get(fact.kind.split(".", maxsplit=1)[0])
        if machine is None or machine is Case or not fact.row.startswith(home):
            continue
        rows, number = states.setdefault(machine.track, {}), int(fact.row.removeprefix(home))
        rows[number] = machine.after(rows.get(number, str(machine.initial)), fact)
    found: dict[str, dict[str, Any]] = {
        track: {"state": rows[max(rows)], "rows": len(rows)} for track, rows in sorted(states.items())
    }
    past = Past(held.now, held.facts)
    if "stability" in found and advice_on_stability(past) is None:
        found["stability"]["again"] = True
    if "position" in found and (lapses := lapses_at(past)):
        found["position"]["until"] = lapses.isoformat()
    return found


def renew(changed_since: datetime | None = None) -> int:
    """Write the tracks of open cases anew where they are not what the facts say; return how many were not.

    A process of a release from before the column writes none, so that after an upgrade they may be behind.
    """
    count, behind = 0, Case.objects.open().filter(survivor=None)
    if changed_since:
        behind = behind.filter(changed_at__gte=changed_since)
    for pk in behind.values_list("pk", flat=True):
        try:
            count += renewed(pk)
        except Exception:
            log.exception("the tracks of case %s could not be read", pk)  # the next one's can
    return count


@transaction.atomic
def renewed(pk: int) -> bool:
    """Whether the tracks of a case had to be written anew."""
    held = hold(pk, merged=True)
    found = tracks(held)
    if held.case.tracks == found:
        return False
    log.warning("the tracks of %s were behind", held.case.code)
    return bool(Case.objects.filter(pk=pk).update(tracks=found))
