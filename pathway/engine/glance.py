"""Where each track of a case stands, for its row on the board: the newest row of every track that was begun."""

from typing import Any

from pathway.engine.hold import Held
from pathway.protocol.past import Past, advice_on_stability
from pathway.protocol.positioning import lapses_at
from pathway.record.case import Case
from pathway.record.step import machines


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
