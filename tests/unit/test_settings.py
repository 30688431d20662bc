"""Settings: argument, then environment, then the home's file, then the default; mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.settings import SettingsError, load_settings


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "tallystick.toml").write_text('port = 1\nprofile = "solo"\n')
    return tmp_path


@pytest.mark.req("R-AUT-40")
def test_an_argument_wins_over_the_environment_that_over_the_file_and_that_over_the_default(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_settings(home=home.parent / "none").port == 8017
    assert load_settings(home=home).port == 1
    monkeypatch.setenv("TALLYSTICK_PORT", "2")
    assert load_settings(home=home).port == 2
    assert load_settings(home=home, port=3).port == 3
    assert load_settings(home=home, port=None).port == 2, "an argument that was not given"


@pytest.mark.req("R-AUT-40")
def test_the_file_is_that_of_the_home_that_the_environment_names(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALLYSTICK_HOME", str(home))
    assert load_settings().profile == "solo"


@pytest.mark.req("R-AUT-40")
def test_the_level_of_the_log_has_the_protocols_name_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings(home=home).log_level == "INFO"
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    assert load_settings(home=home).log_level == "DEBUG"
    monkeypatch.setenv("TALLYSTICK_LOG_LEVEL", "ERROR")
    assert load_settings(home=home).log_level == "ERROR"


def test_a_token_never_shows_in_the_settings_text(home: Path) -> None:
    assert "secret" not in repr(load_settings(home=home, token="secret"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = ", "tallystick.toml: expected TOML"),
        ("colour = 1", "setting colour: expected one of"),
        ('port = "many"', "setting port"),
        ("port = 70000", "setting port"),
        ('profile = "lax"', "setting profile"),
        ('blobs_url = "file:///etc"', "setting blobs_url"),
        ('blobs_url = "s3://Bucket"', "setting blobs_url"),
        ('blobs_url = "s3://bucket/../other\\n"', "setting blobs_url"),
        ("max_upload_bytes = 4000000001", "setting max_upload_bytes"),
    ],
)
def test_a_mistake_in_the_file_is_named(text: str, said: str, home: Path) -> None:
    (home / "tallystick.toml").write_text(text)
    with pytest.raises(SettingsError, match=said):
        load_settings(home=home)
