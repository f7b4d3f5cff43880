from __future__ import annotations

import hashlib
import hmac
import logging
import os
from pathlib import Path

import pytest

from llm_gateway.tenants import Keyring


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_the_owner_of_a_key(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "search").write_text(f"{digest('k1')}\n{digest('k2').upper()}\n")
    (tmp_path / "shop").write_text(digest("k3"))
    keys = Keyring(tmp_path, {"search", "shop"}, clock=clock)
    assert [keys.find(key) for key in ("k1", "k2", "k3", "k4", "")] == [
        keys.find("k1"),
        keys.find("k2"),
        keys.find("k3"),
        None,
        None,
    ]
    found = keys.find("k1")
    assert found is not None and (found.tenant, found.fingerprint) == ("search", digest("k1")[:8])
    # The digest opens nothing.
    assert keys.find(digest("k1")) is None


def test_every_digest_is_compared_in_constant_time(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "search").write_text("\n".join(digest(f"k{n}") for n in range(5)))
    keys = Keyring(tmp_path, {"search"}, clock=clock)
    compared = []
    original = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append(a) or original(a, b))
    keys.find("k0")
    keys.find("nobody's")
    assert len(compared) == 10


def test_changes_are_seen_and_looked_for_once_a_second(tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "search"
    file.write_text(digest("old"))
    keys = Keyring(tmp_path, {"search"}, clock=clock)
    assert keys.find("old")
    file.write_text(digest("new"))
    os.utime(file, ns=(1, 1))
    clock.now = 0.5
    assert keys.find("old") and not keys.find("new")
    clock.now = 1.0
    assert keys.find("new") and not keys.find("old")
    file.unlink()
    clock.now = 2.0
    assert not keys.find("new")
    assert keys.without_keys() == ["search"]


def test_a_volume_of_kubernetes(tmp_path: Path, clock: Clock) -> None:
    for version, key in (("..1", "old"), ("..2", "new")):
        (tmp_path / version).mkdir()
        (tmp_path / version / "search").write_text(digest(key))
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "search").symlink_to("..data/search")
    keys = Keyring(tmp_path, {"search"}, clock=clock)
    assert keys.find("old")
    (tmp_path / "..next").symlink_to("..2")
    (tmp_path / "..next").rename(tmp_path / "..data")
    clock.now = 1.0
    assert keys.find("new") and not keys.find("old")


def test_a_folder_that_cannot_be_read_takes_no_key_away(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    (folder / "search").write_text(digest("k"))
    keys = Keyring(folder, {"search"}, clock=clock)
    assert keys.find("k")
    folder.rename(tmp_path / "away")
    clock.now = 1.0
    assert keys.find("k")


def test_what_is_wrong_in_files(tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "search").write_text(f"sk-not-hashed\n{digest('both')}\n{digest('own')}")
    (tmp_path / "shop").write_text(digest("both"))
    (tmp_path / "stranger").write_text(digest("s"))
    keys = Keyring(tmp_path, {"search", "shop"}, clock=clock)
    with caplog.at_level(logging.WARNING):
        assert keys.find("own")
        assert not keys.find("both")
        assert not keys.find("s")
        assert not keys.find("sk-not-hashed")
    assert "entry 1 is no SHA-256" in caplog.text
    assert "one key belongs to search and shop" in caplog.text
    assert "stranger" in caplog.text
    assert "sk-not-hashed" not in caplog.text


@pytest.mark.parametrize("broken", ["text", "unreadable"])
def test_a_file_that_cannot_be_read_keeps_its_tenants_keys_alone(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    (tmp_path / "search").write_text(digest("old"))
    (tmp_path / "shop").write_text(digest("k1"))
    keys = Keyring(tmp_path, {"search", "shop"}, clock=clock)
    assert keys.find("old") and keys.find("k1")
    original = Path.read_text

    def read(path: Path, **options: str) -> str:
        if path.name == "search":
            raise PermissionError
        return original(path, **options)

    (tmp_path / "search").write_bytes(b"\xff\xfe")
    if broken == "unreadable":
        monkeypatch.setattr(Path, "read_text", read)
    # Revoked, and another one given.
    (tmp_path / "shop").write_text(digest("k2") + "\n")
    clock.now = 1.0
    assert keys.find("old") and keys.find("k2") and not keys.find("k1")
    monkeypatch.undo()
    (tmp_path / "search").write_text(digest("new"))
    clock.now = 2.0
    assert keys.find("new") and not keys.find("old")
    # Without a change too: what was unreadable is read as soon as it can be.
    monkeypatch.setattr(Path, "read_text", read)
    (tmp_path / "search").write_text(digest("newer") + "\n")
    clock.now = 3.0
    assert keys.find("new")
    monkeypatch.undo()
    clock.now = 4.0
    assert keys.find("newer") and not keys.find("new")
