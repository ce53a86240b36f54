"""Copies of a spot of one colour laid over a picture: `stamp.c`, for points that are drawn."""

from __future__ import annotations

import ctypes

import numpy as np
import numpy.typing as npt

from vae_gui.core.kernel import LIBRARY, LONG, POINTER, Float64, Kernel

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint16]

LANE = 8  # pixels; spots and pictures are so many wide, or a multiple
VERSIONS = (3, 1)  # levels of instructions that there may be one for, the best first


class _Spot(ctypes.Structure):
    """`struct spot` of stamp.c."""

    _fields_ = [
        *((name, POINTER) for name in ("through", "color")),
        *((name, ctypes.c_int32) for name in ("fractions", "width", "height", "middle")),
    ]


class Stamper:
    """Lays one spot at many points.

    Args:
        kernel: The library.
        opacity: Of the spot's pixels, [F, F, height, width]: shifted by F-ths of a pixel, along
            y by the first axis and along x by the second. F is a power of two.
        color: An opaque pixel of it, (4,), in the order of bytes that a picture has.
        middle: Where the centre of the one not shifted is, across and down, in pixels.
    """

    def __init__(self, kernel: Kernel, opacity: Bytes, color: Bytes, middle: int) -> None:
        fractions, _, self.height, width = opacity.shape
        assert fractions & (fractions - 1) == 0, "a power of two, by which to divide is exact"
        self.width = -(-width // LANE) * LANE
        room = ((0, 0),) * 3 + ((0, self.width - width),)
        self._through = np.ascontiguousarray(~np.pad(opacity, room), np.uint16)
        self._color = np.array(color, np.uint8)
        self._spot = _Spot(
            *(self._through.ctypes.data, self._color.ctypes.data),
            *(fractions, self.width, self.height, middle),
        )
        # the interpreter is held: to get it back may take longer than all of this
        library = ctypes.PyDLL(str(LIBRARY))
        level = max(n for n in VERSIONS if n <= kernel.most and hasattr(library, f"vae_stamp_{n}"))
        self._call = getattr(library, f"vae_stamp_{level}")
        self._call.argtypes = POINTER, LONG, *[POINTER] * 4, LONG, LONG, POINTER
        self._call.restype = None

    def lay(
        self, points: Float64, to_pixels: Float64, through: Words, picture: Bytes
    ) -> tuple[int, ...]:
        """Paint the spot wherever it lies in a picture as a whole.

        Args:
            points: (n, 2), contiguous. Those that are not finite are left out.
            to_pixels: [[xx, xy], [yx, yy], [dx, dy]]: a point's pixel is x, y times the first
                two rows plus the last.
            through: [height, width], contiguous: to work in.
            picture: [height, width, 4], contiguous: premultiplied pixels, all of the box anew.
                Its width is a multiple of `LANE`.

        Returns:
            The box: first column and row with a spot, and those after the last; 0 if there is
            none.
        """
        height, width, _ = picture.shape
        assert through.shape == (height, width)
        assert width % LANE == 0
        assert all(a.flags.c_contiguous for a in (points, through, picture))
        box = np.empty(4, np.int64)
        to_pixels = np.ascontiguousarray(to_pixels, np.float64)
        self._call(
            *(points.ctypes.data, len(points), to_pixels.ctypes.data),
            *(ctypes.addressof(self._spot), through.ctypes.data, picture.ctypes.data),
            *(width, height, box.ctypes.data),
        )
        return tuple(box.tolist())
