"""Which events of the case end a whole group of clocks, and how (rules 9 and 10 of the clock table)."""

from pathway.protocol.types import Group, on

VOIDS_GROUP = {
    Group.IMAGING: on("case.declined", what="imaging") | on("case.supportive_care") | on("case.excluded"),
    Group.TREATMENT: on("case.declined", what="treatment")
    | on("case.supportive_care")
    | on("case.excluded")
    | on("case.metastases_only"),
}
FREEZES_GROUP = {Group.BEDSIDE: on("discharge.discharged")}
GROUP_KINDS: dict[Group, frozenset[str]] = {
    group: wait.kinds for group, wait in (*VOIDS_GROUP.items(), *FREEZES_GROUP.items())
}
