#pragma once
// Function multiversioning: KALON_MULTIVERSION before a function compiles it for several x86-64 levels, chosen at load.

#if defined(__x86_64__) && defined(__linux__) && !defined(KALON_NO_MULTIVERSION)
#define KALON_MULTIVERSION __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define KALON_MULTIVERSION
#endif
