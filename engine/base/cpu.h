#pragma once
// Function multiversioning: KALON_MULTIVERSION before a function compiles it for several x86-64 levels, chosen at load
// by what the processor can do (levels, because GCC takes the name of a model, "haswell", to mean that model alone).

#if defined(__x86_64__) && defined(__linux__) && !defined(KALON_NO_MULTIVERSION)
#define KALON_MULTIVERSION __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KALON_MULTIVERSION
#endif
