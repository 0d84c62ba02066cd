"""Every response carries the content security policy, and pages are stored nowhere."""

import asyncio
import hashlib
import json
import re
import tarfile
import tomllib
from io import BytesIO

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.http import HttpResponse
from django.test import AsyncClient
from django.urls import reverse

from pathway.management.commands import vendor_frontend
from pathway.management.commands.vendor_frontend import VENDOR, patched_css, patched_js
from pathway.web.headers import ContentSecurityPolicy, policy


def test_a_page_has_a_policy_without_inline_and_is_not_stored(client, db):
    headers = client.get(reverse("account_login")).headers
    assert headers["Content-Security-Policy"] == policy(settings.SECURE_CSP)
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert "no-store" in headers["Cache-Control"]
    assert "geolocation=()" in headers["Permissions-Policy"]


def test_a_failure_has_the_policy_too(client, db):
    assert "default-src 'self'" in client.get("/no-such-page/").headers["Content-Security-Policy"]


def test_under_asgi_the_headers_are_the_same(rf):
    async def view(request):
        return HttpResponse("")

    response = asyncio.run(ContentSecurityPolicy(view)(rf.get("/")))
    assert response.headers["Content-Security-Policy"] == policy(settings.SECURE_CSP)


@pytest.mark.django_db(transaction=True)
def test_the_whole_chain_runs_asynchronously():
    response = asyncio.run(AsyncClient().get(reverse("account_login")))
    assert response.status_code == 200
    assert "Content-Security-Policy" in response.headers


def test_what_names_its_own_caching_keeps_it(rf):
    answer = HttpResponse("", headers={"Cache-Control": "no-cache"})
    assert ContentSecurityPolicy(lambda _: answer)(rf.get("/")).headers["Cache-Control"] == "no-cache"


def test_a_page_has_no_inline_script_or_style(client, db):
    page = client.get(reverse("account_login")).content.decode()
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", page)


def test_vendored_files_are_the_recorded_ones():
    for package, facts in tomllib.loads((VENDOR / "VENDORED.toml").read_text()).items():
        folder = VENDOR / package
        found = {
            str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in folder.rglob("*")
            if file.is_file() and file.name != "LICENCE"
        }
        assert found == facts["sha256"]
        assert (folder / "LICENCE").is_file()


def test_vendored_files_fetch_nothing_from_outside():
    css = (VENDOR / "nhsuk-frontend" / "nhsuk-frontend.min.css").read_text()
    scripts = [file.read_text() for file in VENDOR.rglob("*.js")]
    assert "@font-face" not in css
    assert not re.search(r"url\((?!images/|data:|\"data:)", css)
    assert len(scripts) == 4
    assert not any("sourceMappingURL" in text for text in (css, *scripts))


def test_patching_takes_out_fonts_absolute_addresses_and_maps():
    css = (
        "a{top:0}@font-face{font-family:X;src:url(x)}b{background:url(/assets/images/i.svg)}\n/*# sourceMappingURL=x */"
    )
    assert patched_css(css) == "a{top:0}b{background:url(images/i.svg)}\n"
    assert patched_js("let a;\n//# sourceMappingURL=x.map\n") == "let a;\n"


def packed(folder, name, **files):
    """A package as `npm pack` writes it."""
    package = folder / f"{name}.tgz"
    with tarfile.open(package, "w:gz") as archive:
        for file, text in {"package.json": json.dumps({"name": name, "version": "9.9.9"}), **files}.items():
            member = tarfile.TarInfo(f"package/{file}")
            member.size = len(text.encode())
            archive.addfile(member, BytesIO(text.encode()))
    return package


def test_a_package_is_vendored_with_its_hashes_and_licence_and_leaves_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(vendor_frontend, "VENDOR", tmp_path)
    before = tomllib.loads((VENDOR / "VENDORED.toml").read_text())
    (tmp_path / "VENDORED.toml").write_text((VENDOR / "VENDORED.toml").read_text())
    package = packed(tmp_path, "vega", **{"build/vega.min.js": "let a;\n//# sourceMappingURL=x\n", "LICENSE": "BSD"})
    call_command("vendor_frontend", package, verbosity=0)
    after = tomllib.loads((tmp_path / "VENDORED.toml").read_text())
    assert (tmp_path / "vega" / "vega.min.js").read_text() == "let a;\n"
    assert (tmp_path / "vega" / "LICENCE").read_text() == "BSD"
    assert after["vega"]["version"] == "9.9.9"
    assert after["vega"]["sha256"] == {"vega.min.js": hashlib.sha256(b"let a;\n").hexdigest()}
    assert after["vega"]["package_sha256"] == hashlib.sha256(package.read_bytes()).hexdigest()
    assert {name: facts for name, facts in after.items() if name != "vega"} == {
        name: facts for name, facts in before.items() if name != "vega"
    }


def test_a_package_that_nobody_asked_for_is_not_vendored(tmp_path):
    with pytest.raises(CommandError, match="only nhsuk-frontend, vega, vega-lite, vega-embed"):
        call_command("vendor_frontend", packed(tmp_path, "left-pad"))
