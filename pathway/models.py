"""Shows Django every table: record/ and each file of steps/."""

from importlib import import_module
from pkgutil import iter_modules

from pathway import record, steps

for package in (record, steps):
    for module in iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)
