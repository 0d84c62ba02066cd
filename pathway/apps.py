"""The application and its system checks."""

from django.apps import AppConfig


class PathwayConfig(AppConfig):
    """One app; its subpackages are floors."""

    name = "pathway"
    verbose_name = "MSCC pathway"

    def ready(self) -> None:
        """Register the checks."""
        from pathway import checks  # noqa: F401, PLC0415 - only now are the models there
