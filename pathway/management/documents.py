"""Documents that are written from the code: one command writes them, `--check` says which are stale."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

DOCS = Path(settings.ROOT) / "docs"
NOTICE = "<!-- Written by `manage.py {command}`: change the code, then run `make docs`. -->\n\n"


class Generator(BaseCommand):
    """A command that owns one folder of docs/: what it does not write does not belong there."""

    name: str
    folder: str
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command line."""
        parser.add_argument("--check", action="store_true", help="write nothing; exit 1 and name what is stale")

    def pages(self) -> Mapping[str, str]:
        """The text of each file, by its name in the folder."""
        raise NotImplementedError

    def stale(self) -> list[Path]:
        """Files that are missing, differ from what would be written, or should not be there."""
        folder, pages = DOCS / self.folder, self.texts()
        wrong = [folder / name for name, text in pages.items() if read(folder / name) != text]
        return sorted(wrong + [path for path in folder.glob("*.md") if path.name not in pages])

    def texts(self) -> dict[str, str]:
        """The pages, each with the notice that it is written by a command."""
        return {name: NOTICE.format(command=self.name) + text for name, text in self.pages().items()}

    def handle(self, *_args: Any, check: bool, **_options: Any) -> None:
        """Write, or check.

        Raises:
            CommandError: a file is stale.
        """
        stale = self.stale()
        if check and stale:
            names = ", ".join(str(path.relative_to(DOCS.parent)) for path in stale)
            raise CommandError(f"Stale, run `make docs`: {names}")
        if not check:
            self.write(stale)

    def write(self, stale: list[Path]) -> None:
        """Bring these files up to date."""
        texts = self.texts()
        for path in stale:
            if path.name in texts:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(texts[path.name], encoding="utf-8")
            else:
                path.unlink()


def read(path: Path) -> str | None:
    """The text of a file, or None where there is none."""
    return path.read_text(encoding="utf-8") if path.exists() else None


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)
