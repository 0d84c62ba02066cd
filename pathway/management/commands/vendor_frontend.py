"""Takes the NHS.UK stylesheet, script and icons out of their npm package into `static/vendor`, patched and hashed.

npm pack nhsuk-frontend@10.6.1
python manage.py vendor_frontend nhsuk-frontend-10.6.1.tgz
"""

import hashlib
import json
import re
import tarfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

VENDOR = Path(__file__).resolve().parents[2] / "static" / "vendor"
FOLDER = "nhsuk-frontend"
LICENCE = "MIT, NHS.UK; the text is in nhsuk-frontend/LICENCE"


def patched_css(css: str) -> str:
    """The stylesheet without the licensed font, with relative addresses and no source map."""
    css = re.sub(r"@font-face\s*\{[^}]*\}", "", css)
    css = css.replace("url(/assets/images/", "url(images/")
    return re.sub(r"/\*# sourceMappingURL=.*?\*/\s*$", "", css).rstrip() + "\n"


def patched_js(script: str) -> str:
    """The script without its source map."""
    return re.sub(r"^//# sourceMappingURL=.*$", "", script, flags=re.MULTILINE).rstrip() + "\n"


def read(package: Path) -> tuple[str, dict[str, bytes]]:
    """The version of the package, and the files to keep by their names in the vendor folder."""
    with tarfile.open(package) as archive:

        def text(name: str) -> str:
            member = archive.extractfile(f"package/{name}")
            if member is None:
                raise FileNotFoundError(name)
            return member.read().decode()

        version = str(json.loads(text("package.json"))["version"])
        css = patched_css(text(f"dist/nhsuk/nhsuk-frontend-{version}.min.css"))
        script = patched_js(text(f"dist/nhsuk/nhsuk-frontend-{version}.min.js"))
        files = {"nhsuk-frontend.min.css": css.encode(), "nhsuk-frontend.min.js": script.encode()}
        for icon in sorted(set(re.findall(r"url\((images/[\w-]+\.svg)\)", css))):
            files[icon] = text(f"dist/nhsuk/assets/{icon}").encode()
    return version, files


class Command(BaseCommand):
    help = "Vendor the NHS.UK frontend out of its npm package file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("package", type=Path, help="the file that `npm pack` wrote")

    def handle(self, *args: object, **options: Any) -> None:
        package: Path = options["package"]
        version, files = read(package)
        lines = [
            "# Written by `manage.py vendor_frontend`: no licensed font, relative addresses, no source map.",
            f'[{FOLDER}]\nversion = "{version}"\nlicence = "{LICENCE}"',
            f'package_sha256 = "{hashlib.sha256(package.read_bytes()).hexdigest()}"\n\n[{FOLDER}.sha256]',
        ]
        for name, content in files.items():
            target = VENDOR / FOLDER / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            lines.append(f'"{name}" = "{hashlib.sha256(content).hexdigest()}"')
        (VENDOR / "VENDORED.toml").write_text("\n".join(lines) + "\n")
        self.stdout.write(f"{FOLDER} {version}: {len(files)} files")
