"""Pictures as policies take them: rows from the top, eight bits for red, green and blue."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..client.session import ProtocolError
from ..schema import PixelEncoding


@dataclass(slots=True, frozen=True)
class Camera:
    """Which of the robot's cameras a policy looks through, and how large its pictures are at most; 0 leaves a side as it is."""

    sensor: str
    width: int = 0
    height: int = 0


@dataclass(slots=True, frozen=True)
class Picture:
    """`height` × `width` × 3 bytes."""

    width: int
    height: int
    rgb: bytes


def picture_of(image: Any) -> Picture:
    """Of an `Image`; raises `ProtocolError` for what is no plain picture, or not as large as it says (PER-06)."""
    encoding, width, height = image.encoding, image.width, image.height
    channels = {PixelEncoding.RGB8: 3, PixelEncoding.BGR8: 3, PixelEncoding.MONO8: 1}.get(encoding)
    where = f"a picture of {image.header.sensor_id}"
    if channels is None:
        known = {number.value: number.name for number in PixelEncoding}
        raise ProtocolError(f"{where} is {known.get(encoding, encoding)}; policies are shown RGB8, BGR8 or MONO8")
    row = width * channels
    stride = image.stride or row
    if not row or stride < row or len(image.payload) != stride * height:
        raise ProtocolError(f"{where} has {len(image.payload)} bytes where {height} rows of {stride} should be")
    data = image.payload
    if stride > row:
        data = b"".join(data[start:start + row] for start in range(0, len(data), stride))
    if encoding == PixelEncoding.RGB8:
        return Picture(width, height, data)
    rgb = bytearray(width * height * 3)
    for channel in range(3):
        rgb[channel::3] = data if channels == 1 else data[2 - channel::3]
    return Picture(width, height, bytes(rgb))
