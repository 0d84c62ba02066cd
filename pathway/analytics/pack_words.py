"""What the pack says beside its tables, sentence by sentence: how each is read, and what it does not say."""

from pathway.analytics.times import READ_SO

NONE = "No case of this period counts, so there is no figure."
SMALL = (
    "Small: a count from 1 to 4 stands in the row or can be worked out from it (10 of 12 leaves 2);"
    " it says little and may give somebody away: share it with care."
)
CASES = (
    "Cases suspected in the period, by the time of the suspicion as it now stands.",
    "Of merged cases the one that goes on counts, with the facts of both; no fire drill is counted.",
    "What is recorded after this was computed changes the figures: compute them again before they are quoted.",
    SMALL,
    "A row of some of them is small also where 1 to 4 of the cases counted are left beside them.",
)
TIMES = (
    "Lengths are hours with one decimal.",
    "Only times known to the minute count; begun says how many have the first moment at all.",
    *READ_SO,
    SMALL,
)
CHARTS = (
    "XmR charts by month of the suspicion, over the two years up to the end of the period.",
    "Solid line: mean. Dashed lines: limits, 2.66 average moving ranges from the mean, shown within 0 and 100.",
    "Moving ranges that are not below 3.267 of their average are left out once, unless only zeros would be left.",
    "Letters: O beyond a limit, T seven in a row rising or falling, N two of three near a limit,",
    "S seven in a row on one side of the mean.",
    "Shapes: circle, common cause; diamond, improvement; triangle, concern; square, neither.",
    "Fewer than 12 points are trial limits, and a month of fewer than 10 cases moves widely by chance.",
    SMALL,
)
LATE = (
    "Runs that surely ended after their limit.",
    "Each whole minute of a run belongs to whoever held the first step not done by then, so they sum to the total.",
    "What overlaps is the patient's, of transport or of a bed, in this order.",
    "What still runs, and what nobody can tell, is counted apart and not split.",
    SMALL,
)
COMPLETENESS = (
    "Should count: those who are counted, and those of whom an entry is missing or a time is not known exactly enough.",
    SMALL,
)
DEFINITIONS = (
    "Of each measure exactly one line is true of a case, so its lines add up to all cases.",
    "Lines without a case are not listed. N is met and not met together.",
    SMALL,
)
COUNTING = (
    "Entries are read as they now stand: corrected, and without what was taken back.",
    "Clocks are those of the version of the protocol that the case is pinned to.",
    "Late is after the due time; exactly on time is met.",
    "Where a time is known less exactly and the limit lies within what it may mean, the case counts as neither.",
    "What ends a clock after its limit hides no delay: it is not met.",
    "Percentages have one decimal, halves rounded up. Intervals are Wilson's, 95 %.",
    "Every number leads to its cases on the page of its measure, for who may see them. The pack itself names nobody.",
    SMALL,
)
