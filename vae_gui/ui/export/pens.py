"""Pens of constant width, made wider in a recorded picture.

A cosmetic pen is as many *device* pixels wide as it says, so that an image of
twice the resolution gets lines of half the strength. Qt gives no way to change
that while a picture is played, hence this small walk over its commands: each is
one byte of kind, one byte of length (255: four more follow) and its operands.
"""

from __future__ import annotations

import binascii
import struct
from typing import cast

from PySide6.QtCore import QByteArray, QDataStream, QIODevice
from PySide6.QtGui import QPen, QPicture

CHECKSUM_AT, VERSION_AT = 4, 6  # the checksum is of all that follows it
FIRST_COMMAND = 32  # after versions, bounds and the number of commands
SET_PEN = 46
LONG = 255
REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def scale_cosmetic_pens(picture: QPicture, scale: float) -> QPicture:
    """The same picture with every cosmetic pen `scale` times as wide."""
    if scale == 1 or picture.isNull():
        return picture
    data = bytearray(cast(memoryview, picture.data()))
    (version,) = struct.unpack_from(">H", data, VERSION_AT)
    at = FIRST_COMMAND
    while at + 2 <= len(data):
        kind, length = data[at], data[at + 1]
        at += 2
        if length == LONG:
            (length,) = struct.unpack_from(">I", data, at)
            at += 4
        if kind == SET_PEN:
            data[at : at + length] = _scaled(bytes(data[at : at + length]), scale, version)
        at += length
    struct.pack_into(">H", data, CHECKSUM_AT, _checksum(bytes(data[VERSION_AT:])))
    scaled = QPicture()
    scaled.setData(bytes(data))
    return scaled


def _scaled(operands: bytes, scale: float, version: int) -> bytes:
    pen = QPen()
    reader = QDataStream(QByteArray(operands))
    reader.setVersion(version)
    reader >> pen
    if not pen.isCosmetic():
        return operands
    pen.setWidthF((pen.widthF() or 1.0) * scale)
    pen.setCosmetic(True)
    made = QByteArray()
    writer = QDataStream(made, QIODevice.OpenModeFlag.WriteOnly)
    writer.setVersion(version)
    writer << pen
    return bytes(made.data())


def _checksum(data: bytes) -> int:
    """CRC-16 as in ISO 3309, which is CCITT's with the bits the other way round."""
    mirrored = binascii.crc_hqx(data.translate(REVERSED), 0xFFFF)
    return int(f"{mirrored:016b}"[::-1], 2) ^ 0xFFFF
