"""ESCC, the grade of epidural spinal cord compression on the axial T2 image at the worst level."""

from pathway.scales.types import Band, Change, Item, Option, Scale

ESCC = Scale(
    key="escc",
    title="Epidural spinal cord compression (Bilsky)",
    version="2010-1",
    citation="Epidural spinal cord compression scale of Bilsky and colleagues (2010); table read from Radiopaedia.",
    items=(
        Item(
            "grade",
            "ESCC grade",
            (
                Option("0", "Bone only", 0),
                Option("1a", "Epidural, thecal sac not deformed", 1),
                Option("1b", "Thecal sac deformed, cord not touched", 2),
                Option("1c", "Thecal sac deformed, cord touched but not compressed", 3),
                Option("2", "Cord compressed, CSF still visible", 4),
                Option("3", "Cord compressed, no CSF visible", 5),
                Option("not_applicable", "Not applicable (cauda equina)", None),
            ),
            note="Below the conus it is not applicable; describe it in words.",
        ),
    ),
    bands=(Band("low", "low grade", 0, 2), Band("debated", "debated", 3, 3), Band("high", "high grade", 4, 5)),
    graded=True,
    rising=Change.WORSE,
    imaged=True,
)
