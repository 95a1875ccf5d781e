"""Settings: what the embedded default makes for itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import request

import config
from commissioning import create_app


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation's folder with nothing in it, and no setting given."""
    for name in ("DATABASE_URL", "SECRET_KEY", "CHECKPOINT_DIR", "DEMO", "CLOCK_AT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config, "INSTANCE", tmp_path / "instance")
    return tmp_path / "instance"


def test_the_embedded_default_keeps_its_key_and_its_checkpoints_outside_the_database(instance: Path) -> None:
    first, second = config.load_settings(), config.load_settings()
    assert len(first.secret_key) > 40
    assert first.secret_key == second.secret_key
    assert (instance / "secret_key").stat().st_mode & 0o077 == 0
    assert Path(first.checkpoint_dir) == instance / "checkpoints"


def test_a_database_of_ones_own_brings_its_own_key_and_folder(instance: Path) -> None:
    own = {"database_url": "postgresql://nobody@127.0.0.1/x"}
    with pytest.raises(config.SettingsError, match="SECRET_KEY is required"):
        config.load_settings(**own)
    assert config.load_settings(**own, secret_key="k" * 40).checkpoint_dir == ""
    assert config.load_settings(checkpoint_dir="/somewhere").checkpoint_dir == "/somewhere"
    assert not (instance / "checkpoints").exists()


def test_what_a_visitor_says_of_their_address_counts_past_trusted_proxies_alone(instance: Path, tmp_path: Path) -> None:
    """Without a trusted proxy nobody's word is taken; with one, the last address, which that proxy wrote itself."""
    said = {"X-Forwarded-For": "198.51.100.7, 203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil"}
    for proxies, address in ((0, "127.0.0.1"), (1, "203.0.113.9"), (2, "198.51.100.7")):
        url = f"sqlite:///{tmp_path / 'x.db'}"
        app = create_app(config.load_settings(database_url=url, secret_key="k" * 40, trusted_proxies=proxies))
        heard: list[tuple[str | None, str]] = []
        app.before_request(lambda heard=heard: heard.append((request.remote_addr, request.host)))
        app.test_client().get("/healthz", headers=said)
        assert heard == [(address, "localhost")]
