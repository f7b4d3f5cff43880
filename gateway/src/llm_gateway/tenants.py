"""Keys: which tenant asks. Only digests of keys are known here, in files that a Secret's volume holds."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

logger = logging.getLogger(__name__)

_DIGEST = re.compile(r"[0-9a-f]{64}")

LOOK_SECONDS = 1.0
"""How often at most the folder is looked at for a change."""


@dataclass(frozen=True)
class Key:
    """A known key: whose it is, and the beginning of its digest, by which the audit log tells keys apart."""

    tenant: str
    fingerprint: str


class Keyring:
    """The digests of all tenants' keys, one file a tenant, read again when a file changes."""

    def __init__(self, folder: str | Path, tenants: Collection[str], *, clock: Callable[[], float] = monotonic) -> None:
        self._folder = Path(folder)
        self._tenants = frozenset(tenants)
        self._clock = clock
        self._looked = float("-inf")
        self._state: object = None
        self._digests: list[tuple[bytes, Key]] = []
        self._entries: dict[str, list[str]] = {}
        """What each file holds, as far as it could be read."""

    def find(self, key: str) -> Key | None:
        """The owner of a key. Every digest is compared, each in constant time."""
        self._refresh()
        digest = hashlib.sha256(key.encode()).hexdigest().encode()
        found: Key | None = None
        for known, owner in self._digests:
            if hmac.compare_digest(known, digest):
                found = owner
        return found

    def without_keys(self) -> list[str]:
        """Tenants that nobody can be at present."""
        self._refresh()
        return sorted(self._tenants - {owner.tenant for _, owner in self._digests})

    def _refresh(self) -> None:
        now = self._clock()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        try:
            state = self._look()
            if state == self._state:
                return
            whole = self._read()
            self._digests = self._owned()
            # What could not be read is looked at again, whether it changes or not.
            self._state = state if whole else None
        except OSError as error:
            # Between two versions of a volume a file may be missing; the next look finds it.
            logger.warning("keys cannot be read: %s", error)

    def _look(self) -> object:
        return [
            (path.name, stat.st_mtime_ns, stat.st_size, stat.st_ino) for path in self._files() for stat in [path.stat()]
        ]

    def _files(self) -> list[Path]:
        # A volume also has folders: its versions.
        return sorted(path for path in self._folder.iterdir() if path.is_file())

    def _read(self) -> bool:
        """Reads each file by itself, and keeps what was known of one that cannot be read. Whether all of them could."""
        entries: dict[str, list[str]] = {}
        whole = True
        for path in self._files():
            if path.name not in self._tenants:
                logger.warning("keys of %s are ignored: the policy has no such tenant", path.name)
                continue
            try:
                entries[path.name] = path.read_text(encoding="utf-8").split()
            except (OSError, UnicodeDecodeError) as error:
                logger.error("keys of %s cannot be read, the old ones stay: %s", path.name, type(error).__name__)
                entries[path.name] = self._entries.get(path.name, [])
                whole = False
        self._entries = entries
        return whole

    def _owned(self) -> list[tuple[bytes, Key]]:
        owners: dict[str, set[str]] = {}
        for tenant, lines in self._entries.items():
            for number, line in enumerate(lines, 1):
                if _DIGEST.fullmatch(line.lower()):
                    owners.setdefault(line.lower(), set()).add(tenant)
                else:
                    # The text itself may be a key that was not hashed.
                    logger.error("keys of %s: entry %d is no SHA-256 in hex and is ignored", tenant, number)
        digests = []
        for digest, names in owners.items():
            if len(names) > 1:
                # Whose budget would it be? Nobody's, until it is said.
                logger.error("one key belongs to %s and is refused; give each its own", " and ".join(sorted(names)))
                continue
            digests.append((digest.encode(), Key(next(iter(names)), digest[:8])))
        return digests
