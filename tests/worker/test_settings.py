"""Where a process finds its parts: what the environment says wins, then the embedded stack, then a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from worker.settings import LogFormat, NothingRuns, Settings
from worker.stack.home import StackHome


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Only what the test sets."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE", "CASEFOLD_MATTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CASEFOLD_HOME", str(tmp_path))


def test_without_any_server_the_sentence_names_the_command() -> None:
    with pytest.raises(NothingRuns, match="casefold up"):
        _ = Settings().database_url
    with pytest.raises(NothingRuns, match="TEMPORAL_ADDRESS"):
        Settings().temporal()


def test_only_settings_of_our_own_name_are_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """HOME, LOG and the like belong to others."""
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "/somebody/elses")
    assert Settings().home == tmp_path
    assert Settings().log is LogFormat.CONSOLE
    assert not Settings().database_given


def test_the_embedded_stack_is_found_through_its_home(tmp_path: Path) -> None:
    StackHome(tmp_path).update(database_url="postgresql://a", owner_url="postgresql://o", temporal_address="h:1")
    settings = Settings()
    assert settings.database_url == "postgresql://a"
    assert settings.owner_url == "postgresql://o"
    assert settings.temporal() == {"target_host": "h:1", "namespace": "casefold"}


def test_servers_that_are_given_win_over_the_embedded_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    StackHome(tmp_path).update(database_url="postgresql://a", owner_url="postgresql://o", temporal_address="h:1")
    monkeypatch.setenv("DATABASE_URL", "postgresql://given")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "elsewhere:7233")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "service")
    settings = Settings()
    assert settings.database_url == settings.owner_url == "postgresql://given"
    assert settings.temporal().get("target_host") == "elsewhere:7233"
    assert settings.namespace == "service"


def test_a_given_ledger_needs_its_own_matter_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made up here, it would differ from machine to machine, and the same matter would become two cases."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://given")
    with pytest.raises(NothingRuns, match="CASEFOLD_MATTER_KEY"):
        _ = Settings().matter_key
    monkeypatch.setenv("CASEFOLD_MATTER_KEY", "k" * 32)
    assert Settings().matter_key == b"k" * 32


def test_a_short_matter_key_and_an_unknown_log_format_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEFOLD_MATTER_KEY", "short")
    with pytest.raises(ValidationError, match="CASEFOLD_MATTER_KEY"):
        Settings()
    monkeypatch.delenv("CASEFOLD_MATTER_KEY")
    monkeypatch.setenv("CASEFOLD_LOG", "xml")
    with pytest.raises(ValidationError, match="CASEFOLD_LOG"):
        Settings()
    monkeypatch.setenv("CASEFOLD_LOG", "json")
    assert Settings().log is LogFormat.JSON


def test_secrets_do_not_show_when_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:pa55@h/d")
    monkeypatch.setenv("CASEFOLD_MATTER_KEY", "s" * 40)
    assert "pa55" not in repr(Settings())
    assert "ssss" not in repr(Settings())
