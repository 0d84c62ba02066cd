"""What the log leaves out."""

import logging


class Brief(logging.Filter):
    """Leaves the traceback of an answer such as 403 or 404 out: a refusal is no fault of the program."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Pass every record, those of the web framework below an error without their traceback."""
        if record.name.startswith("django.") and record.levelno < logging.ERROR:
            record.exc_info = record.exc_text = None
        return True
