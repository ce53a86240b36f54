/* Tiles: [rows, STRIDE] numbers whose columns are examples, and products of them with weights.
 *
 * A tile is small enough that all layers of a network stay in the cache nearest to the
 * processor. Compiled once for float (what trains) and once for double (what tests).
 */
#ifndef TILE_H
#define TILE_H

#include <stdint.h>

#ifdef IN_DOUBLE
typedef double real;
#else
typedef float real;
#endif

#if defined(__AVX512F__)
#define VECTOR_BYTES 64
#elif defined(__AVX__)
#define VECTOR_BYTES 32
#else
#define VECTOR_BYTES 16
#endif

#define LANES (VECTOR_BYTES / (int)sizeof(real))
#define STRIDE 128       /* columns that a tile has room for */
#define TOGETHER 6       /* rows of a product computed together: 6 x 2 sums fill the registers */
#define INLINE static inline __attribute__((always_inline))

typedef real vector __attribute__((vector_size(VECTOR_BYTES)));

/* Four numbers of two quads, counted through both. */
#if defined(__clang__) || __GNUC__ >= 12
#define TAKEN(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#elif defined(IN_DOUBLE)
#define TAKEN(a, b, ...) __builtin_shuffle(a, b, (indices){__VA_ARGS__})
typedef int64_t indices __attribute__((vector_size(32)));
#else
#define TAKEN(a, b, ...) __builtin_shuffle(a, b, (indices){__VA_ARGS__})
typedef int32_t indices __attribute__((vector_size(16)));
#endif

/* Columns to compute for so many examples: whole pairs of vectors. */
INLINE int padded(int columns) {
    return (columns + 2 * LANES - 1) / (2 * LANES) * (2 * LANES);
}

typedef real quad __attribute__((vector_size(4 * sizeof(real))));

/* Four numbers whose sum is that of a vector's. */
INLINE quad folded(vector v) {
    quad part[(LANES + 3) / 4];
    part[0] = (quad){0}; /* where a vector has but two */
    __builtin_memcpy(part, &v, sizeof v);
    for (int half = LANES / 8; half; half /= 2)
        for (int i = 0; i < half; i++) part[i] += part[i + half];
    return part[0];
}

INLINE real sum_of(vector v) {
    const quad q = folded(v);
    return (q[0] + q[2]) + (q[1] + q[3]);
}

/* The sums of four vectors, by turning and adding: many times as fast as one by one. */
INLINE quad sums_of(const vector v[4]) {
    quad f[4];
    for (int i = 0; i < 4; i++) f[i] = folded(v[i]);
    const quad low = TAKEN(f[0], f[1], 0, 1, 4, 5) + TAKEN(f[0], f[1], 2, 3, 6, 7);
    const quad high = TAKEN(f[2], f[3], 0, 1, 4, 5) + TAKEN(f[2], f[3], 2, 3, 6, 7);
    return TAKEN(low, high, 0, 2, 4, 6) + TAKEN(low, high, 1, 3, 5, 7);
}

/* `rows` (a constant) rows of `product`. */
INLINE void rows_of_product(const int rows, int inner, int width, const real *a, long down,
                            long along, const real *b, const real *bias, const real *scale,
                            real *c) {
    for (int j = 0; j < width; j += 2 * LANES) {
        vector sum[TOGETHER][2];
        for (int i = 0; i < rows; i++) {
            const real start = bias ? bias[i] : 0;
            sum[i][0] = sum[i][1] = (vector){0} + start;
        }
        for (int k = 0; k < inner; k++) {
            const vector *from = (const vector *)(b + (long)k * STRIDE + j);
            const vector left = from[0], right = from[1];
            for (int i = 0; i < rows; i++) {
                const real weight = a[i * down + k * along];
                sum[i][0] += weight * left;
                sum[i][1] += weight * right;
            }
        }
        for (int i = 0; i < rows; i++) {
            vector *to = (vector *)(c + (long)i * STRIDE + j);
            if (scale) {
                const vector *by = (const vector *)(scale + (long)i * STRIDE + j);
                sum[i][0] *= by[0];
                sum[i][1] *= by[1];
            }
            to[0] = sum[i][0];
            to[1] = sum[i][1];
        }
    }
}

/* C [rows, width] = (A [rows, inner] B [inner, width] + bias [rows]) * scale [rows, width].
 *
 * A[i, k] is a[i * down + k * along], so that A may be a transposed matrix. `bias` and
 * `scale` may be null; `scale` may be c itself.
 */
static void product(int rows, int inner, int width, const real *a, long down, long along,
                    const real *b, const real *bias, const real *scale, real *c) {
#define PART(n)                                                                              \
    rows_of_product(n, inner, width, a + i * down, down, along, b, bias ? bias + i : 0,      \
                    scale ? scale + i * STRIDE : 0, c + i * STRIDE)
    long i = 0;
    for (; i + TOGETHER <= rows; i += TOGETHER) PART(TOGETHER);
    switch (rows - i) {
        case 5: PART(5); break;
        case 4: PART(4); break;
        case 3: PART(3); break;
        case 2: PART(2); break;
        case 1: PART(1); break;
    }
#undef PART
}

/* `rows` x `columns` (constants) elements of `add_outer`. */
INLINE void block_of_outer(const int rows, const int columns, int width, const real *d,
                           const real *h, real *grad, long inputs) {
    vector sum[2][4] = {{{0}}};
    for (int j = 0; j < width; j += LANES)
        for (int i = 0; i < rows; i++)
            for (int k = 0; k < columns; k++)
                sum[k][i] += *(const vector *)(d + i * STRIDE + j) *
                             *(const vector *)(h + k * STRIDE + j);
    for (int k = 0; k < columns; k++) {
        const quad total = sums_of(sum[k]);
        for (int i = 0; i < rows; i++) grad[i * inputs + k] += total[i];
    }
}

/* grad [outputs, inputs] += D [outputs, width] H [inputs, width]^T. */
static void add_outer(int outputs, int inputs, int width, const real *d, const real *h,
                      real *grad) {
    long i = 0;
    for (; i + 4 <= outputs; i += 4) {
        const real *rows = d + i * STRIDE;
        real *to = grad + i * inputs;
        int k = 0;
        for (; k + 2 <= inputs; k += 2)
            block_of_outer(4, 2, width, rows, h + (long)k * STRIDE, to + k, inputs);
        if (k < inputs) block_of_outer(4, 1, width, rows, h + (long)k * STRIDE, to + k, inputs);
    }
    for (; i < outputs; i++)
        for (long k = 0; k < inputs; k++)
            block_of_outer(1, 1, width, d + i * STRIDE, h + k * STRIDE, grad + i * inputs + k,
                           inputs);
}

/* grad [rows] += sums of D [rows, width] over its columns. */
static void add_row_sums(int rows, int width, const real *d, real *grad) {
    for (long i = 0; i < rows; i++) {
        vector sum = {0};
        for (int j = 0; j < width; j += LANES) sum += *(const vector *)(d + i * STRIDE + j);
        grad[i] += sum_of(sum);
    }
}

#endif
