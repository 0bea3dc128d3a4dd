"""Messages that travel in pieces, put together again (PER-14). Pure."""
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import fastcrc

#: A picture's payload has at most 16 MiB; nothing larger is ever stored.
MOST_BYTES = (16 << 20) + 65_536


@dataclass(slots=True)
class BulkAssembler:
    """Takes pieces as a stream link delivers them: in order. A gap, a wrong size or a wrong sum drops the message."""

    dropped: int = 0
    _head: tuple[int, int, int, int] | None = None
    _bytes: bytearray = field(default_factory=bytearray)

    def receive(self, piece: Any) -> tuple[int, bytes] | None:
        """Type and bytes of the message that this piece completes."""
        head = (piece.message_id, piece.message_type, piece.total_size, piece.crc)
        if piece.offset == 0:
            self.dropped += self._head is not None
            self._head, self._bytes = head if piece.total_size <= MOST_BYTES else None, bytearray()
        if head != self._head or piece.offset != len(self._bytes) or len(self._bytes) + len(piece.payload) > piece.total_size:
            return self._drop()
        self._bytes += piece.payload
        if len(self._bytes) < piece.total_size:
            return None
        if fastcrc.crc32.autosar(bytes(self._bytes)) != piece.crc:
            return self._drop()
        whole, self._head, self._bytes = bytes(self._bytes), None, bytearray()
        return piece.message_type, whole

    def _drop(self) -> None:
        self._head, self._bytes = None, bytearray()
        self.dropped += 1
