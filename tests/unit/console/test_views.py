"""The console's index is new each time; its files are a closed list and kept for ever."""

import gzip

import pytest
from django.http import Http404
from django.test import RequestFactory
from django.urls import Resolver404, resolve

from hushkeep.console import assets, views
from hushkeep.kernel import Unavailable
from hushkeep.runtime.site import Site

INDEX = """<meta name="csrf-cookie" content="__HUSHKEEP_CSRF_COOKIE__">
<meta name="hushkeep-demo" content="__HUSHKEEP_DEMO__">
<script nonce="__HUSHKEEP_NONCE__" src="/assets/index-1.js"></script>"""
SCRIPT = b"export const words = 'hush';" * 40


@pytest.fixture
def built(tmp_path, monkeypatch):
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text(INDEX)
    (tmp_path / "assets" / "index-1.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "inter-1.woff2").write_bytes(b"font")
    monkeypatch.setattr(assets, "_BUILT", tmp_path)
    monkeypatch.setattr(views, "read_site", lambda: Site("demo", ()))
    return tmp_path


def get(path="/", nonce="n0nce", **headers):
    request = RequestFactory().get(path, headers=headers)
    request.csp_nonce = nonce
    return request


def test_each_index_carries_the_nonce_of_its_own_request_and_is_never_kept(built):
    first, second = views.index(get(nonce="one")), views.index(get(nonce="two"))
    assert b'nonce="one"' in first.content
    assert b'nonce="two"' in second.content
    assert first["Cache-Control"] == "no-store"
    assert b"__HUSHKEEP" not in first.content


def test_a_nonce_cannot_end_its_attribute(built):
    assert b'"><img' not in views.index(get(nonce='"><img')).content


def test_the_index_names_the_cookie_and_says_whether_the_site_is_a_demo(built, monkeypatch):
    monkeypatch.setattr(views.settings, "CSRF_COOKIE_NAME", "__Host-other")
    assert b'content="__Host-other"' in views.index(get()).content
    assert b'name="hushkeep-demo" content="true"' in views.index(get()).content
    monkeypatch.setattr(views, "read_site", lambda: Site("separated", ()))
    assert b'name="hushkeep-demo" content="false"' in views.index(get()).content


def test_a_built_file_is_kept_for_ever_and_compressed_for_who_can_read_it(built):
    plain = views.asset(get(), "index-1.js")
    packed = views.asset(get(accept_encoding="br, gzip"), "index-1.js")
    assert plain.content == SCRIPT
    assert gzip.decompress(packed.content) == SCRIPT
    assert packed["Content-Encoding"] == "gzip"
    for answer in (plain, packed):
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer["Content-Type"] == "text/javascript; charset=utf-8"
        assert answer["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["../index.html", "..%2Findex.html", "index-2.js", "", ".sources"])
def test_only_the_built_files_are_served(built, name):
    with pytest.raises(Http404):
        views.asset(get(), name)


def test_a_console_that_is_not_built_is_said_to_be_unavailable(tmp_path, monkeypatch):
    monkeypatch.setattr(assets, "_BUILT", tmp_path)
    monkeypatch.setattr(views, "read_site", lambda: Site("demo", ()))
    with pytest.raises(Unavailable):
        views.index(get())


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_the_console_only_reads(built, method):
    request = getattr(RequestFactory(), method)("/")
    assert views.index(request).status_code == 405
    assert views.asset(request, "index-1.js").status_code == 405


@pytest.mark.parametrize("path", ["/", "/enrol", "/conversations/0189-1", "/nowhere"])
def test_every_page_is_the_index(path):
    assert resolve(path, "hushkeep.console.urls").func is views.index


@pytest.mark.parametrize("path", ["/api/v1/nowhere", "/_allauth/x", "/stream/x", "/favicon.ico", "/.env", "/a/b.php"])
def test_what_is_no_page_is_not_answered_with_one(path):
    with pytest.raises(Resolver404):
        resolve(path, "hushkeep.console.urls")
