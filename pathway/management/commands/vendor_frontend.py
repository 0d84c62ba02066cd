"""Takes what the pages show out of npm packages into `static/vendor`: patched, hashed, with its licence.

npm pack nhsuk-frontend@10.6.1
python manage.py vendor_frontend nhsuk-frontend-10.6.1.tgz
"""

import hashlib
import json
import re
import tarfile
import tomllib
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
HEAD = "# Written by `manage.py vendor_frontend`: no licensed font, relative addresses, no source map.\n"
Text = Callable[[str], str]
Files = dict[str, str]


def patched_css(css: str) -> str:
    """The stylesheet without the licensed font, with relative addresses and no source map."""
    css = re.sub(r"@font-face\s*\{[^}]*\}", "", css)
    css = css.replace("url(/assets/images/", "url(images/")
    return re.sub(r"/\*# sourceMappingURL=.*?\*/\s*$", "", css).rstrip() + "\n"


def patched_js(script: str) -> str:
    """The script without its source map."""
    return re.sub(r"^//# sourceMappingURL=.*$", "", script, flags=re.MULTILINE).rstrip() + "\n"


def nhsuk(text: Text, version: str) -> Files:
    """The stylesheet and the script of the NHS.UK frontend, and the icons that they name."""
    css = patched_css(text(f"dist/nhsuk/nhsuk-frontend-{version}.min.css"))
    script = patched_js(text(f"dist/nhsuk/nhsuk-frontend-{version}.min.js"))
    icons = sorted(set(re.findall(r"url\((images/[\w-]+\.svg)\)", css)))
    found = {icon: text(f"dist/nhsuk/assets/{icon}") for icon in icons}
    return {"nhsuk-frontend.min.css": css, "nhsuk-frontend.min.js": script} | found


def built(name: str) -> Callable[[Text, str], Files]:
    """The one script that a package of Vega brings for browsers."""
    return lambda text, _: {f"{name}.min.js": patched_js(text(f"build/{name}.min.js"))}


# Of each package its licence in short, the file of its text (that of NHS.UK is not in the package), and what is kept.
PACKAGES: Mapping[str, tuple[str, str, Callable[[Text, str], Files]]] = {
    "nhsuk-frontend": ("MIT, NHS.UK", "", nhsuk),
    **{
        name: ("BSD-3-Clause, University of Washington Interactive Data Lab", "LICENSE", built(name))
        for name in ("vega", "vega-lite", "vega-embed")
    },
}


def read(package: Path) -> tuple[str, str, Files]:
    """The name and the version of a package, and the files to keep by their names in its folder, the licence too.

    Raises:
        CommandError: the package is none of those that are vendored.
    """
    with tarfile.open(package) as archive:

        def text(name: str) -> str:
            member = archive.extractfile(f"package/{name}")
            if member is None:
                raise FileNotFoundError(name)
            return member.read().decode()

        about = json.loads(text("package.json"))
        name, version = str(about["name"]), str(about["version"])
        if name not in PACKAGES:
            raise CommandError(f"{name} is not vendored here: only {', '.join(PACKAGES)}.")
        _, licence, files = PACKAGES[name]
        return name, version, ({"LICENCE": text(licence)} if licence else {}) | files(text, version)


def described(name: str, facts: Mapping[str, Any]) -> str:
    """What VENDORED.toml says of one package."""
    about = "\n".join(f'{key} = "{facts[key]}"' for key in ("version", "licence", "package_sha256"))
    hashes = "\n".join(f'"{file}" = "{digest}"' for file, digest in facts["sha256"].items())
    return f"[{name}]\n{about}\n\n[{name}.sha256]\n{hashes}\n"


class Command(BaseCommand):
    help = "Vendor the packages of the front end out of their npm package files."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("packages", type=Path, nargs="+", help="the files that `npm pack` wrote")

    def handle(self, *args: object, **options: Any) -> None:
        ledger = VENDOR / "VENDORED.toml"
        known = tomllib.loads(ledger.read_text())
        for package in options["packages"]:
            name, version, files = read(package)
            hashes = {}
            for file, content in files.items():
                target = VENDOR / name / file
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(content)
                if file != "LICENCE":
                    hashes[file] = hashlib.sha256(content.encode()).hexdigest()
            known[name] = {
                "version": version,
                "licence": f"{PACKAGES[name][0]}; the text is in {name}/LICENCE",
                "package_sha256": hashlib.sha256(package.read_bytes()).hexdigest(),
                "sha256": hashes,
            }
            self.stdout.write(f"{name} {version}: {len(hashes)} files")
        ledger.write_text("\n".join([HEAD.rstrip(), *(described(name, known[name]) for name in sorted(known))]))
