/* Many copies of a spot of one colour laid over a picture, for points that are drawn.
 *
 * What a copy of opacity a leaves of what shows through, T, is T (1 - a): the order of copies
 * does not matter. T is kept in words of two bytes, which
 * vectors multiply as they are: 255 where nothing was laid, and rounded after each.
 */
#include <math.h>
#include <stdint.h>
#include <string.h>

#define JOIN(a, b) a##b
#define PASTE(a, b) JOIN(a, b)
#define EXPORT __attribute__((visibility("default")))

#define LANE 8 /* pixels; rows of a spot are whole lanes */

/* What a spot lets through, shifted by each fraction of a pixel, along y and then along x. */
struct spot {
    const uint16_t *through; /* [fractions, fractions, height, width], 0 to 255 */
    const uint8_t *color;   /* 4 bytes of an opaque pixel in the picture's order */
    int32_t fractions; /* of a pixel: a power of two */
    int32_t width, height, middle; /* in pixels; its centre across and down */
};

typedef uint16_t words __attribute__((vector_size(2 * LANE), aligned(2), may_alias));

/* x / 255, rounded, for x up to 255 * 255. */
static inline words parts(words x) {
    x += 128;
    return (x + (x >> 8)) >> 8;
}

/* The picture [height, width, 4], premultiplied, of spots at n points (x, y).
 *
 * map: x' = map[0] x + map[2] y + map[4], y' = map[1] x + map[3] y + map[5] in pixels.
 * through: [height, width] to work in; width in whole lanes.
 * Spots that would not lie in the picture as a whole are left out, as are those of points that
 * are not finite.
 * box: first column and row with a spot, and those after the last; all 0 where there is none.
 * Other rows of the picture stay as they were.
 */
EXPORT void PASTE(vae_stamp, SUFFIX)(const double *points, long n, const double *map,
                                     const struct spot *spot, uint16_t *through,
                                     uint32_t *picture, long width, long height, int64_t *box) {
    const struct spot s = *spot;
    const long size = (long)s.width * s.height;
    const double f = s.fractions, shift = 1 / f;
    const double last_x = (double)(width - s.width), last_y = (double)(height - s.height);
    long left = width, top = height, right = 0, bottom = 0;
    for (long i = 0; i < width * height; i++) through[i] = 255;
    for (long i = 0; i < n; i++) {
        const double x = points[2 * i], y = points[2 * i + 1];
        const double u = floor(f * (map[0] * x + map[2] * y + map[4]) + 0.5);
        const double v = floor(f * (map[1] * x + map[3] * y + map[5]) + 0.5);
        const double column = floor(u * shift), line = floor(v * shift);
        const double x0 = column - s.middle, y0 = line - s.middle;
        if (!(x0 >= 0 && x0 <= last_x && y0 >= 0 && y0 <= last_y)) continue;
        const long at_x = (long)x0, at_y = (long)y0;
        const long which = (long)(v - f * line) * s.fractions + (long)(u - f * column);
        const uint16_t *row = s.through + which * size;
        uint16_t *down = through + at_y * width + at_x;
        for (long b = 0; b < s.width; b += LANE)
            for (long k = 0; k < s.height; k++) {
                words *t = (words *)(down + k * width + b);
                *t = parts(*t * *(const words *)(row + k * s.width + b));
            }
        if (at_x < left) left = at_x;
        if (at_x > right) right = at_x;
        if (at_y < top) top = at_y;
        if (at_y > bottom) bottom = at_y;
    }
    memset(box, 0, 4 * sizeof *box);
    if (left == width) return;
    right += s.width, bottom += s.height;
    box[0] = left, box[1] = top, box[2] = right, box[3] = bottom;

    uint32_t pixel[256]; /* by what it lets through */
    for (uint16_t t = 0; t < 256; t++) {
        const words color = {s.color[0], s.color[1], s.color[2], s.color[3]};
        const words made = parts(color * (uint16_t)(255 - t));
        for (int c = 0; c < 4; c++) ((uint8_t *)&pixel[t])[c] = (uint8_t)made[c];
    }
    for (long i = top * width; i < bottom * width; i += LANE) {
        uint64_t left_half, right_half; /* most lanes are empty */
        memcpy(&left_half, through + i, 8);
        memcpy(&right_half, through + i + 4, 8);
        if ((left_half & right_half) == 0x00ff00ff00ff00ff)
            memset(picture + i, 0, 4 * LANE);
        else
            for (int b = 0; b < LANE; b++) picture[i + b] = pixel[through[i + b]];
    }
}
