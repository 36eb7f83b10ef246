"""Large files on their way to somebody: on disk, not in memory, and readable to nobody else.

What is written goes into a temporary file without a name, encrypted with a key that exists only as
long as the spool does. Nothing guards it against being changed, because nobody can reach it.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Iterator
from tempfile import TemporaryFile

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR

PIECE = 1024 * 1024


class Spool:
    """Bytes that are written once, from the beginning, and then read as often as needed.

    ``close`` gives the disk back; so does forgetting the spool.
    """

    def __init__(self) -> None:
        self._file = TemporaryFile()  # noqa: SIM115 (it lives as long as the spool)
        self._cipher = Cipher(AES(os.urandom(32)), CTR(os.urandom(16)))
        self._encryptor = self._cipher.encryptor()
        self.size = 0
        self.close = weakref.finalize(self, self._file.close)

    def write(self, data: bytes) -> int:
        sealed = self._encryptor.update(data)
        self._file.write(sealed)
        self.size += len(sealed)
        return len(sealed)

    def flush(self) -> None:
        self._file.flush()

    def seek(self, offset: int, whence: int = 0) -> int:
        """Nothing can be written twice; whoever asks for a stream that can seek, asks in vain."""
        raise OSError("a spool is written from the beginning to the end")

    def pieces(self) -> Iterator[bytes]:
        """Everything that was written."""
        decryptor = self._cipher.decryptor()
        self._file.seek(0)
        while sealed := self._file.read(PIECE):
            yield decryptor.update(sealed)

    def read(self) -> bytes:
        """Everything at once."""
        return b"".join(self.pieces())
