"""Settings, entry points and the embedded servers."""

import gc

gc.disable()  # until `ready`: of what a start makes nothing is garbage, and to look for it takes a fifth of the start

from config.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]
