"""How a patient is measured: answers in, score and band out; one scale per file, each with its citation."""

from importlib import import_module
from pkgutil import iter_modules

from pathway.scales.types import Scale


def found() -> dict[str, Scale]:
    """Every scale of this folder by its key, in the order of their titles."""
    modules = [import_module(module.name) for module in iter_modules(__path__, f"{__name__}.")]
    scales = [value for module in modules for value in vars(module).values() if isinstance(value, Scale)]
    return {scale.key: scale for scale in sorted(scales, key=lambda scale: scale.title)}


SCALES = found()
