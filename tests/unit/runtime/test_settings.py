"""Settings are refused at the start when unknown, malformed or below the law's floor."""

import stat
from datetime import timedelta

import pytest

from hushkeep.kernel import Conflict, InvalidInput
from hushkeep.runtime.files import private_folder, write_private
from hushkeep.runtime.settings import Settings, read_settings


@pytest.fixture
def home(monkeypatch, tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    monkeypatch.setenv("HUSHKEEP_DATA_DIR", str(folder))
    return folder


def test_defaults_are_safe_on_one_machine(home):
    site = read_settings()
    assert (site.host, site.bind, site.port) == ("localhost", "127.0.0.1", 8443)
    assert site.audit_retention >= timedelta(days=183)
    assert not site.root_key_file.is_relative_to(site.data_dir)


def test_an_unknown_variable_stops_the_start(home, monkeypatch):
    monkeypatch.setenv("HUSHKEEP_PROT", "1")
    with pytest.raises(InvalidInput, match="HUSHKEEP_PROT"):
        read_settings()


def test_an_unknown_key_in_the_file_stops_the_start(home):
    (home / "hushkeep.toml").write_text("prot = 1\n")
    with pytest.raises(InvalidInput, match="prot"):
        read_settings()


def test_the_environment_is_stronger_than_the_file(home, monkeypatch):
    (home / "hushkeep.toml").write_text('port = 1000\nhost = "keep.example"\n')
    monkeypatch.setenv("HUSHKEEP_PORT", "2000")
    site = read_settings()
    assert (site.port, site.host) == (2000, "keep.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUDIT_RETENTION", "P182D"),
        ("SESSION_IDLE", "PT2H"),
        ("PORT", "70000"),
        ("STEP_UP_AGE", "PT1H"),
        ("TRUSTED_PROXIES", '["proxy.example"]'),
    ],
)
def test_a_value_out_of_its_bounds_stops_the_start(home, monkeypatch, name, value):
    monkeypatch.setenv(f"HUSHKEEP_{name}", value)
    with pytest.raises(InvalidInput, match=name.lower()):
        read_settings()


def test_a_refusal_does_not_repeat_the_value(home, monkeypatch):
    monkeypatch.setenv("HUSHKEEP_PORT", "hunter2")
    with pytest.raises(InvalidInput) as refused:
        read_settings()
    assert "hunter2" not in str(refused.value)


def test_the_root_key_may_not_lie_with_the_data(home, monkeypatch):
    monkeypatch.setenv("HUSHKEEP_KEY_FILE", str(home / "root.key"))
    with pytest.raises(InvalidInput, match="outside"):
        read_settings()


def test_a_data_dir_too_long_for_a_socket_stops_the_start(monkeypatch):
    monkeypatch.setenv("HUSHKEEP_DATA_DIR", "/" + "d" * 90)
    with pytest.raises(InvalidInput, match="too long"):
        read_settings()


def test_settings_do_not_change(home):
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1


def test_a_private_file_is_its_owners_alone_and_is_not_overwritten(tmp_path):
    file = private_folder(tmp_path / "s") / "x"
    write_private(file, b"1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    with pytest.raises(Conflict):
        write_private(file, b"2")
    assert file.read_bytes() == b"1"
    write_private(file, b"2", replace=True)
    assert [f.name for f in file.parent.iterdir()] == ["x"]
    assert file.read_bytes() == b"2"
