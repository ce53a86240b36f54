/* What this library was built from, and which of its versions suits this processor. */
#define EXPORT __attribute__((visibility("default")))

/* SHA-256 of the sources. */
EXPORT const char *vae_source(void) { return SOURCE; }

/* The x86-64 level whose instructions may be used, 1 on other processors. */
EXPORT int vae_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return 1;
    if (!__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2")) return 1;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return 4;
    return 3;
#else
    return 1;
#endif
}
