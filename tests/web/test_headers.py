"""Every response carries the content security policy, and pages are stored nowhere."""

import asyncio
import hashlib
import re
import tomllib

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import AsyncClient
from django.urls import reverse

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
    script = (VENDOR / "nhsuk-frontend" / "nhsuk-frontend.min.js").read_text()
    assert "@font-face" not in css
    assert not re.search(r"url\((?!images/|data:|\"data:)", css)
    assert "sourceMappingURL" not in css + script


def test_patching_takes_out_fonts_absolute_addresses_and_maps():
    css = (
        "a{top:0}@font-face{font-family:X;src:url(x)}b{background:url(/assets/images/i.svg)}\n/*# sourceMappingURL=x */"
    )
    assert patched_css(css) == "a{top:0}b{background:url(images/i.svg)}\n"
    assert patched_js("let a;\n//# sourceMappingURL=x.map\n") == "let a;\n"
