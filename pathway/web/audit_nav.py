"""The pages of the audit, in the order in which they are offered: one entry of the menu, and below it a way to each."""

HOME = "audit"
PAGES = (
    (HOME, "Overview"),
    ("measures", "Measures"),
    ("times", "Times"),
    ("survival", "Survival"),
    ("control", "Control charts"),
    ("delays", "Delays"),
    ("late_entries", "Late entries"),
    ("escalations", "Escalation"),
    ("paths", "Paths"),
    ("what_if", "What if"),
    ("pack", "Pack"),
    ("export", "Export"),
    ("jobs", "Jobs"),
    ("past_import", "Past cases"),
)
