"""The application and its system checks."""

import gc

from django.apps import AppConfig


class PathwayConfig(AppConfig):
    """One app; its subpackages are floors."""

    name = "pathway"
    verbose_name = "MSCC pathway"

    def ready(self) -> None:
        """Register the checks; what is there now stays, and is not looked through for garbage again."""
        from pathway import checks  # noqa: F401, PLC0415 - only now are the models there

        gc.freeze()
        gc.enable()
