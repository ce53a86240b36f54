/* The loss of a VAE, its gradient and Adam: vae_gui/core/analytic/gradient.py in C.
 *
 * The derivation and the names are there. Everything runs over tiles of examples (tile.h),
 * allocates nothing, keeps nothing between two calls and draws no random numbers. Results
 * depend on nothing but the arguments: the same sums in the same order each time.
 *
 * B examples x, N noise samples for each, M = N B pairs; Z latents, H hidden units, D = 2.
 * NAME(f) is f with the kind of number and processor behind it, as Python asks for it.
 */
#include "elementary.h"

#ifndef SUFFIX
#define SUFFIX
#endif
#define JOIN(a, b) a##b
#define PASTE(a, b) JOIN(a, b)
#define NAME(f) PASTE(f, SUFFIX)
#define EXPORT __attribute__((visibility("default")))

#define DATA_DIM 2
#define MOST_LAYERS 16 /* linear ones in one network */
#define LOG_2PI 1.83787706640934548356
#define LARGEST 3.40282346638528859812e38 /* a larger loss is none: the largest float */

struct shape {
    int32_t latent, hidden, layers, activation; /* layers: hidden ones of each network */
};

/* One network: where its weights lie, and its tiles. */
struct network {
    enum activation kind;
    int linear;                     /* number of linear layers */
    int width[MOST_LAYERS + 1];     /* of what each layer sees, then of the outputs */
    const real *weight[MOST_LAYERS], *bias[MOST_LAYERS];
    real *weight_grad[MOST_LAYERS], *bias_grad[MOST_LAYERS];
    real *seen[MOST_LAYERS];        /* h_k, [width_k, STRIDE] */
    real *slope[MOST_LAYERS];       /* f'(a_k), then delta_k, [width_k, STRIDE] */
    real *outputs, *delta;          /* [mu; log sigma^2] and the loss's derivative by them */
};

static void widths(const struct shape *s, int inputs, int outputs, int *linear, int *width) {
    *linear = s->layers + 1;
    width[0] = inputs;
    for (int k = 1; k <= s->layers; k++) width[k] = s->hidden;
    width[*linear] = 2 * outputs;
}

/* Place a network's weights and gradients (either may be null) and its tiles. */
static void place(struct network *net, const struct shape *s, int inputs, int outputs,
                  const real **weights, real **gradient, real **memory) {
    net->kind = (enum activation)s->activation;
    widths(s, inputs, outputs, &net->linear, net->width);
    for (int k = 0; k < net->linear; k++) {
        const long size = (long)net->width[k + 1] * net->width[k];
        net->weight[k] = *weights;
        net->bias[k] = *weights + size;
        *weights += size + net->width[k + 1];
        if (*gradient) {
            net->weight_grad[k] = *gradient;
            net->bias_grad[k] = *gradient + size;
            *gradient += size + net->width[k + 1];
        }
        net->seen[k] = *memory;
        net->slope[k] = *memory + (long)net->width[k] * STRIDE;
        *memory += 2L * net->width[k] * STRIDE;
    }
    const long last = (long)net->width[net->linear] * STRIDE;
    net->outputs = *memory;
    net->delta = *memory + last;
    *memory += 2 * last;
}

static void forward(const struct network *net, int width) {
    const int last = net->linear - 1;
    for (int k = 0; k <= last; k++) {
        const int inputs = net->width[k], outputs = net->width[k + 1];
        real *to = k < last ? net->seen[k + 1] : net->outputs;
        product(outputs, inputs, width, net->weight[k], inputs, 1, net->seen[k], net->bias[k], 0,
                to);
        if (k < last) activate(net->kind, outputs, width, to, net->slope[k + 1]);
    }
}

/* Add to the gradient of every weight; dloss/dinputs into delta_inputs unless null. */
static void backward(const struct network *net, int width, real *delta_inputs) {
    const real *delta = net->delta;
    for (int k = net->linear - 1; k >= 0; k--) {
        const int inputs = net->width[k], outputs = net->width[k + 1];
        add_outer(outputs, inputs, width, delta, net->seen[k], net->weight_grad[k]);
        add_row_sums(outputs, width, delta, net->bias_grad[k]);
        if (k) /* delta_k = f'(a_k) * W^T delta_{k+1} */
            product(inputs, outputs, width, net->weight[k], 1, inputs, delta, 0, net->slope[k],
                    net->slope[k]);
        else if (delta_inputs)
            product(inputs, outputs, width, net->weight[0], 1, inputs, delta, 0, 0, delta_inputs);
        delta = net->slope[k];
    }
}

/* The sum of the first n of `terms` [STRIDE] in double precision, as eight sums side by side. */
static double sum_of_terms(real *terms, int n) {
    double sums[8] = {0}, sum = 0;
    const int whole = (n + 7) / 8 * 8;
    for (int c = n; c < whole; c++) terms[c] = 0;
    for (int c = 0; c < whole; c += 8)
        for (int i = 0; i < 8; i++) sums[i] += terms[c + i];
    for (int i = 0; i < 8; i++) sum += sums[i];
    return sum;
}

static void clear(real *tile, int rows, int from, int to) {
    for (int i = 0; i < rows; i++)
        for (int c = from; c < to; c++) tile[(long)i * STRIDE + c] = 0;
}

/* Numbers of work memory that the functions below need, [reals], for tiles of this shape. */
EXPORT long NAME(vae_memory)(const struct shape *s) {
    const long hidden = 2L * s->layers * s->hidden;
    const long encoder = 2L * DATA_DIM + hidden + 4L * s->latent;
    const long decoder = 2L * s->latent + hidden + 4L * DATA_DIM;
    return (encoder + decoder + 3L * s->latent) * STRIDE;
}

/* The two networks of one call, and the tiles between them. */
struct vae {
    const struct shape *shape;
    struct network encoder, decoder;
    real *sigma, *scaled_noise, *delta_z; /* [Z, STRIDE] */
};

static void place_both(struct vae *v, const struct shape *s, const real *weights, real *gradient,
                       real *memory) {
    v->shape = s;
    place(&v->encoder, s, DATA_DIM, s->latent, &weights, &gradient, &memory);
    place(&v->decoder, s, s->latent, DATA_DIM, &weights, &gradient, &memory);
    v->sigma = memory;
    v->scaled_noise = v->sigma + (long)s->latent * STRIDE;
    v->delta_z = v->scaled_noise + (long)s->latent * STRIDE;
}

/* Encode examples x [n, D] into mu, log sigma^2 and sigma of q(z|x).
 * Leaves the KL term's derivatives in the encoder's delta; returns the sum of 2 KL. */
static double encode(const struct vae *v, const real *x, int n, int width, real kl_rate) {
    const int latents = v->shape->latent;
    const struct network *e = &v->encoder;
    /* the last example again in the columns beyond: what is finite for it is finite there, and
     * times a delta of 0 it is 0 */
    for (int i = 0; i < DATA_DIM; i++)
        for (int c = 0; c < width; c++)
            e->seen[0][i * STRIDE + c] = x[DATA_DIM * (c < n ? c : n - 1) + i];
    forward(e, width);
    double sum = 0;
    for (int j = 0; j < latents; j++) {
        const real *restrict mu = e->outputs + (long)j * STRIDE;
        const real *restrict log_var = mu + (long)latents * STRIDE;
        real *restrict sigma = v->sigma + (long)j * STRIDE;
        real *restrict delta_mu = e->delta + (long)j * STRIDE;
        real *restrict delta_log_var = delta_mu + (long)latents * STRIDE;
        real terms[STRIDE];
        for (int c = 0; c < width; c++) {
            sigma[c] = exponential(log_var[c] / 2);
            const real above = sigma[c] * sigma[c] - 1;
            delta_mu[c] = kl_rate * mu[c];
            delta_log_var[c] = kl_rate * above / 2;
            terms[c] = mu[c] * mu[c] + above - log_var[c];
        }
        sum += sum_of_terms(terms, n);
    }
    return sum;
}

/* Decode z = mu_z + sigma_z eps, eps [n, Z], and compare with x.
 * Leaves the derivatives in the decoder's delta; returns the sum of d^2 e^{-l_x} + l_x. */
static double decode(const struct vae *v, const real *eps, int n, int width, real rate) {
    const int latents = v->shape->latent;
    const struct network *e = &v->encoder, *d = &v->decoder;
    for (int j = 0; j < latents; j++) {
        const long row = (long)j * STRIDE;
        for (int c = 0; c < width; c++) {
            const real noise = c < n ? eps[(long)latents * c + j] : 0;
            v->scaled_noise[row + c] = v->sigma[row + c] * noise;
            d->seen[0][row + c] = e->outputs[row + c] + v->scaled_noise[row + c];
        }
    }
    forward(d, width);
    double sum = 0;
    for (int i = 0; i < DATA_DIM; i++) {
        const real *restrict x = e->seen[0] + i * STRIDE;
        const real *restrict mu = d->outputs + i * STRIDE;
        const real *restrict log_var = mu + DATA_DIM * STRIDE;
        real *restrict delta_mu = d->delta + i * STRIDE;
        real *restrict delta_log_var = delta_mu + DATA_DIM * STRIDE;
        real terms[STRIDE];
        for (int c = 0; c < width; c++) {
            const real off = mu[c] - x[c];
            const real weighted = off * exponential(-log_var[c]);
            const real square = off * weighted;
            delta_mu[c] = weighted * rate;
            delta_log_var[c] = (1 - square) * (rate / 2);
            terms[c] = square + log_var[c];
        }
        sum += sum_of_terms(terms, n);
    }
    clear(d->delta, 2 * DATA_DIM, n, width);
    return sum;
}

/* From the decoder's delta to its weights' gradient and on to the encoder's delta. */
static void backward_through_latents(const struct vae *v, int width) {
    const int latents = v->shape->latent;
    backward(&v->decoder, width, v->delta_z);
    for (int j = 0; j < latents; j++) {
        const long row = (long)j * STRIDE;
        real *restrict delta_mu = v->encoder.delta + row;
        real *restrict delta_log_var = delta_mu + (long)latents * STRIDE;
        const real *restrict delta_z = v->delta_z + row, *restrict scaled = v->scaled_noise + row;
        for (int c = 0; c < width; c++) {
            delta_mu[c] += delta_z[c];
            delta_log_var[c] += delta_z[c] * scaled[c] / 2;
        }
    }
}

/* Examples x [rows, D] of a batch of `examples`, with noise [N, rows, Z] whose samples lie
 * `noise_step` numbers apart.
 *
 * Adds the gradient of the loss to `gradient` [P], unless that is null, and to sums[2]:
 * the sums of 2 R - log 2 pi over examples, noise samples and D, and of 2 KL over examples. */
EXPORT void NAME(vae_part)(const struct shape *s, const real *weights, const real *x, long rows,
                           const real *noise, long noise_step, long samples, long examples,
                           double beta, real *gradient, double *sums, real *memory) {
    struct vae v;
    place_both(&v, s, weights, gradient, memory);
    for (long from = 0; from < rows; from += STRIDE) {
        const int n = rows - from < STRIDE ? (int)(rows - from) : STRIDE, width = padded(n);
        sums[1] += encode(&v, x + DATA_DIM * from, n, width, (real)(beta / examples));
        for (long i = 0; i < samples; i++) {
            const real *eps = noise + i * noise_step + from * s->latent;
            sums[0] += decode(&v, eps, n, width, (real)(1.0 / ((double)samples * examples)));
            if (gradient) backward_through_latents(&v, width);
        }
        if (!gradient) continue;
        clear(v.encoder.delta, 2 * s->latent, n, width);
        backward(&v.encoder, width, 0);
    }
}

/* Update number t of Adam (Kingma & Ba 2015, algorithm 1 and the end of section 2). */
EXPORT void NAME(vae_adam)(long size, real *weights, real *m, real *v, const real *gradient,
                           long t, double learning_rate) {
    const double beta1 = 0.9, beta2 = 0.999;
    const double correction = sqrt(1 - pow(beta2, (double)t));
    const real rate = (real)(learning_rate * correction / (1 - pow(beta1, (double)t)));
    const real epsilon = (real)(1e-8 * correction);
    const real keep1 = (real)beta1, keep2 = (real)beta2;
    const real add1 = (real)(1 - beta1), add2 = (real)(1 - beta2);
    real *restrict w = weights, *restrict m1 = m, *restrict m2 = v;
    const real *restrict g = gradient;
    for (long i = 0; i < size; i++) {
        m1[i] = keep1 * m1[i] + add1 * g[i];
        m2[i] = keep2 * m2[i] + add2 * g[i] * g[i];
#ifdef IN_DOUBLE
        w[i] -= rate * m1[i] / (sqrt(m2[i]) + epsilon);
#else
        w[i] -= rate * m1[i] / (sqrtf(m2[i]) + epsilon);
#endif
    }
}

/* What several steps are made of; see `Drawn` in vae_gui/core/feed.py. */
struct stride {
    const real *x, *noise;           /* batch after batch: [sum of B, D] and [sum of N B Z] */
    const int64_t *sizes;            /* B of each step */
    const unsigned char *ends;       /* whether a test follows it */
    const real *test_x, *test_noise; /* [m, D], [N, m, Z] */
    int64_t steps, samples, tested;  /* N, m */
};

/* The total loss from the sums of vae_part. */
static double total_loss(const double *sums, long samples, long examples, double beta) {
    const double reconstruction = sums[0] / (2.0 * samples * examples) + DATA_DIM * LOG_2PI / 2;
    return reconstruction + beta * sums[1] / (2.0 * examples);
}

/* Make steps up to the first whose loss, or whose test loss after it, is not finite.
 *
 * values [2, 3, P] are weights and moments now, then before the last update; counts [2] Adam's
 * updates likewise. Returns the number of steps made; of one more that failed, the weights
 * and moments now know nothing, but its sums can be read. losses and tests [steps, 2] receive
 * the sums of vae_part, trail [steps, P], unless null, the weights after each step. */
EXPORT long NAME(vae_stride)(const struct shape *s, long size, real *values, int64_t *counts,
                             const struct stride *w, double beta, double learning_rate,
                             double *losses, double *tests, real *trail, real *gradient,
                             real *memory) {
    const size_t bytes = 3 * (size_t)size * sizeof(real);
    const real *x = w->x, *noise = w->noise;
    for (long i = 0; i < w->steps; i++) {
        const long examples = (long)w->sizes[i], samples = (long)w->samples;
        double *sums = losses + 2 * i, *tested = tests + 2 * i;
        sums[0] = sums[1] = tested[0] = tested[1] = 0;
        memset(gradient, 0, bytes / 3);
        NAME(vae_part)(s, values, x, examples, noise, examples * s->latent, samples, examples,
                       beta, gradient, sums, memory);
        const double loss = total_loss(sums, samples, examples, beta);
        if (!(fabs(loss) <= LARGEST)) return i; /* nor NaN */
        memcpy(values + 3 * size, values, bytes);
        counts[1] = counts[0];
        NAME(vae_adam)(size, values, values + size, values + 2 * size, gradient, ++counts[0],
                       learning_rate);
        if (w->ends[i]) {
            const long m = (long)w->tested;
            NAME(vae_part)(s, values, w->test_x, m, w->test_noise, m * s->latent, samples, m,
                           beta, 0, tested, memory);
            if (!isfinite(total_loss(tested, samples, m, beta))) {
                memcpy(values, values + 3 * size, bytes);
                counts[0] = counts[1];
                return i;
            }
        }
        if (trail) memcpy(trail + i * size, values, bytes / 3);
        x += examples * DATA_DIM;
        noise += samples * examples * s->latent;
    }
    return w->steps;
}

/* [mu; log sigma^2] [2 D_out, n] of inputs [D_in, n] through the encoder (part 0) or the
 * decoder (part 1); inputs[i, c] is inputs[i * down + c * along]. */
EXPORT void NAME(vae_forward)(const struct shape *s, int part, const real *weights,
                              const real *inputs, long down, long along, long n, real *outputs,
                              real *memory) {
    struct vae v;
    place_both(&v, s, weights, 0, memory);
    const struct network *net = part ? &v.decoder : &v.encoder;
    for (long from = 0; from < n; from += STRIDE) {
        const int here = n - from < STRIDE ? (int)(n - from) : STRIDE, width = padded(here);
        for (int i = 0; i < net->width[0]; i++)
            for (int c = 0; c < width; c++)
                net->seen[0][i * STRIDE + c] = c < here ? inputs[i * down + (from + c) * along] : 0;
        forward(net, width);
        for (int i = 0; i < net->width[net->linear]; i++)
            memcpy(outputs + i * n + from, net->outputs + (long)i * STRIDE,
                   (size_t)here * sizeof(real));
    }
}

/* Samples and means [n, D] of outputs [2 D, STRIDE]; `sigma` [D, STRIDE] is work memory. */
INLINE void write_points(const real *outputs, real *restrict sigma, int n, int width,
                         const real *noise, real *restrict samples, real *restrict means) {
    const real *restrict log_var = outputs + DATA_DIM * STRIDE;
    for (int i = 0; i < DATA_DIM; i++)
        for (int c = 0; c < width; c++)
            sigma[i * STRIDE + c] = exponential(log_var[i * STRIDE + c] / 2);
    for (int c = 0; c < n; c++)
        for (int i = 0; i < DATA_DIM; i++) {
            const real mean = outputs[i * STRIDE + c];
            means[DATA_DIM * c + i] = mean;
            samples[DATA_DIM * c + i] = mean + sigma[i * STRIDE + c] * noise[DATA_DIM * c + i];
        }
}

/* Points generated by each of so many weights [steps, P] from latents [n, Z] and the decoder's
 * noise [n, D]: samples mu + sigma noise and means mu, both [steps, n, D]. */
EXPORT void NAME(vae_generate)(const struct shape *s, const real *weights, long steps, long size,
                               const real *latents, const real *noise, long n, real *samples,
                               real *means, real *memory) {
    for (long step = 0; step < steps; step++) {
        struct vae v;
        place_both(&v, s, weights + step * size, 0, memory);
        const struct network *d = &v.decoder;
        for (long from = 0; from < n; from += STRIDE) {
            const int here = n - from < STRIDE ? (int)(n - from) : STRIDE, width = padded(here);
            const real *z = latents + from * s->latent;
            for (int j = 0; j < s->latent; j++)
                for (int c = 0; c < width; c++)
                    d->seen[0][(long)j * STRIDE + c] = c < here ? z[(long)s->latent * c + j] : 0;
            forward(d, width);
            const long first = (step * n + from) * DATA_DIM;
            write_points(d->outputs, d->delta, here, width, noise + from * DATA_DIM,
                         samples + first, means + first);
        }
    }
}
