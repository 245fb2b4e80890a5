#pragma once
// The largest single request for memory by operator new, so that a parser that believes a hostile size is caught.

#include <cstddef>

// Begins to count anew. [any]
void forget_allocations();
// Bytes of the largest request since then; 0 where a sanitizer has the allocator for itself.
size_t largest_allocation();
