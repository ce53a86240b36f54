/* exp and tanh that the compiler can turn into vector instructions, and the activations. */
#ifndef ELEMENTARY_H
#define ELEMENTARY_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "tile.h"

#ifdef IN_DOUBLE
INLINE real exponential(real x) { return exp(x); }
INLINE real hyperbolic(real x) { return tanh(x); }
#else

/* e^r for |r| <= log(2) / 2: the Taylor series, its rest below 6e-9 of the value. */
INLINE float series(float r) {
    float sum = 1.0f / 5040;
    sum = sum * r + 1.0f / 720;
    sum = sum * r + 1.0f / 120;
    sum = sum * r + 1.0f / 24;
    sum = sum * r + 1.0f / 6;
    sum = sum * r + 1.0f / 2;
    sum = sum * r + 1.0f;
    return sum * r + 1.0f;
}

/* 2^n by its bits, for -126 <= n <= 127. */
INLINE float power_of_two(int32_t n) {
    const uint32_t bits = (uint32_t)(n + 127) << 23;
    float power;
    memcpy(&power, &bits, sizeof power);
    return power;
}

/* The whole number nearest to x, for |x| < 2^22: adding 1.5 * 2^23 pushes the rest out. */
INLINE float nearest(float x) {
    const float shift = 12582912.0f;
    return (x + shift) - shift;
}

#define LOG2_E 1.44269504088896341f
#define LN2_HIGH 0.693359375f         /* ends in zeros: its multiples are exact */
#define LN2_LOW -2.12194440054690583e-4f

/* e^x within 2 units in the last place; infinite, zero and NaN where they belong. */
INLINE float exponential(float x) {
    float within = x < -104.0f ? -104.0f : x; /* NaN stays NaN */
    within = within > 89.0f ? 89.0f : within;
    const float n = nearest(within * LOG2_E);
    const float r = (within - n * LN2_HIGH) - n * LN2_LOW;
    const int32_t whole = (int32_t)(n == n ? n : 0.0f), half = whole >> 1;
    /* in two steps, for 2^n alone may not be representable when the result is */
    return series(r) * power_of_two(half) * power_of_two(whole - half);
}

/* tanh x within 4e-7, and with as many right digits near 0 as anywhere.
 *
 * x P(x^2) / Q(x^2), fitted to tanh on [-9, 9] by least squares, reweighted until the largest
 * error, 1.9e-8 before rounding, was as small as it gets. Beyond 9, where tanh is 1 to 3e-8,
 * P / Q stays what it is there and the product is cut off at 1. */
INLINE float hyperbolic(float x) {
    const float square = x * x;
    const float t = square > 81.0f ? 81.0f : square; /* NaN stays NaN */
    float p = 1.31842107e-8f;
    p = p * t + 2.04718199e-5f;
    p = p * t + 3.48658119e-3f;
    p = p * t + 0.133731971f;
    p = p * t + 0.999999906f;
    float q = 7.70265775e-7f;
    q = q * t + 3.27138428e-4f;
    q = q * t + 2.58419765e-2f;
    q = q * t + 0.46706494f;
    q = q * t + 1.0f;
    float ratio = x * p / q;
    ratio = ratio < -1.0f ? -1.0f : ratio; /* nor must rounding turn a slope */
    return ratio > 1.0f ? 1.0f : ratio;
}
#endif

enum activation { TANH, RELU, SILU, GELU, IDENTITY };

#define GELU_RATE ((real)0.79788456080286535588) /* sqrt(2 / pi) */
#define GELU_CUBIC ((real)0.044715)

/* h = a (1 + tanh u) / 2 and its slope 1 - (1 - p)(1 - h 2u'), p = (1 + tanh u) / 2. */
INLINE void gated(real *a, real *slope, real u, real rate) {
    const real p = (real)0.5 + (real)0.5 * hyperbolic(u);
    const real h = *a * p;
    *a = h;
    *slope = 1 - (1 - p) * (1 - h * rate);
}

/* Replace each of a [rows, width] by f(a) and leave f'(a) in slope. */
static void activate(enum activation kind, int rows, int width, real *a, real *slope) {
#define EACH(...)                                                        \
    for (int i = 0; i < rows; i++) {                                     \
        real *restrict h = a + (long)i * STRIDE;                         \
        real *restrict s = slope + (long)i * STRIDE;                     \
        for (int j = 0; j < width; j++) {                                \
            __VA_ARGS__                                                  \
        }                                                                \
    }
    switch (kind) {
        case TANH:
            EACH(h[j] = hyperbolic(h[j]); s[j] = 1 - h[j] * h[j];)
            break;
        case RELU: /* 0 at the kink, as torch has it; NaN stays NaN */
            EACH(s[j] = h[j] > 0 ? (real)1 : (real)0; h[j] = h[j] < 0 ? (real)0 : h[j];)
            break;
        case SILU: /* a sigmoid(a): u = a / 2 */
            EACH(gated(h + j, s + j, h[j] / 2, 1);)
            break;
        case GELU: /* u = c (a + k a^3), 2 u' = 2 c (1 + 3 k a^2) */
            EACH(const real square = h[j] * h[j];
                 gated(h + j, s + j, GELU_RATE * h[j] * (1 + GELU_CUBIC * square),
                       2 * GELU_RATE * (1 + 3 * GELU_CUBIC * square));)
            break;
        case IDENTITY:
            EACH(s[j] = 1; (void)h;)
            break;
    }
#undef EACH
}

#endif
