"""Tells a monitor outside that all is well. Its silence is the alarm, so what goes wrong here is only logged."""

import logging
from http.client import HTTPException
from urllib.request import Request, urlopen

WITHIN = 5.0
log = logging.getLogger(__name__)


def ping(url: str) -> bool:
    """Ask for the address, without any data; return whether it was heard."""
    try:
        with urlopen(Request(url, headers={"User-Agent": "mscc-pathway"}), timeout=WITHIN) as answer:  # noqa: S310 - settings pass http and https only
            heard = bool(answer.status < 300)  # noqa: PLR2004
    except (OSError, HTTPException, ValueError) as error:
        log.warning("the monitor outside was not reached: %s", error)
        return False
    return heard
