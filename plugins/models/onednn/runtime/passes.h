#pragma once
// What makes a graph smaller or faster without changing what it computes.

#include "graph.h"

namespace onednn {

// All passes in order. inputs: complete shapes of an example, such as a batch of two. Failures as of infer_shapes and
// of make_plan. Under OneThread. [worker]
void optimise(Graph &graph, const std::vector<Shape> &inputs);

// Nodes that no output needs go. [any]
void remove_unused(Graph &graph);
// Nodes whose inputs are all constants become constants. Under OneThread. [worker]
void fold_constants(Graph &graph, const std::vector<Shape> &inputs);
// A scale and shift of channels behind a convolution becomes part of its weights and bias. [any]
void fold_channel_affines(Graph &graph);
// Elementwise functions, residual additions and biases behind a convolution or matrix product become part of it. [any]
void fuse_what_follows(Graph &graph, const std::vector<Shape> &inputs);

}  // namespace onednn
