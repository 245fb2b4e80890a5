#include "index/matrix_product.h"

#include <oneapi/dnnl/dnnl.hpp>

#include "base/error.h"

namespace kalon {
namespace {

using Memory = dnnl::memory;

dnnl::matmul::primitive_desc describe(const dnnl::engine &engine, const Memory::desc &left, const Memory::desc &right,
                                      const Memory::desc &out) {
#if DNNL_VERSION_MAJOR >= 3
  return dnnl::matmul::primitive_desc(engine, left, right, out);
#else
  return dnnl::matmul::primitive_desc(dnnl::matmul::desc(left, right, out), engine);
#endif
}

[[noreturn]] void rethrow(const dnnl::error &error) {
  Status status = error.status == dnnl_out_of_memory ? Status::out_of_memory : Status::internal;
  throw Error(status, std::string("the matrix product failed: ") + error.what());
}

}  // namespace

bool has_fast_bf16() {
  constexpr auto needed = static_cast<unsigned>(dnnl::cpu_isa::avx512_core_bf16);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & needed) == needed;
}

struct MatrixProduct::Parts {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  Memory::desc left_layout, plain_layout, out_layout;
  dnnl::matmul::primitive_desc description;
  dnnl::matmul product;
  Memory left, plain, packed, out;
  dnnl::reorder pack;
};

MatrixProduct::MatrixProduct(int64_t rows, int64_t columns, int64_t depth, bool bf16) try {
  auto type = bf16 ? Memory::data_type::bf16 : Memory::data_type::f32;
  parts_ = std::make_unique<Parts>();
  Parts &p = *parts_;
  p.left_layout = Memory::desc({rows, depth}, type, Memory::format_tag::ab);
  p.plain_layout = Memory::desc({depth, columns}, type, Memory::format_tag::ba);
  p.out_layout = Memory::desc({rows, columns}, Memory::data_type::f32, Memory::format_tag::ab);
  Memory::desc any_layout({depth, columns}, type, Memory::format_tag::any);
  p.description = describe(p.engine, p.left_layout, any_layout, p.out_layout);
  p.product = dnnl::matmul(p.description);
  p.left = Memory(p.left_layout, p.engine, nullptr);
  p.plain = Memory(p.plain_layout, p.engine, nullptr);
  p.packed = Memory(p.description.weights_desc(), p.engine);
  p.out = Memory(p.out_layout, p.engine, nullptr);
  p.pack = dnnl::reorder(p.plain, p.packed);
} catch (const dnnl::error &error) {
  rethrow(error);
}

MatrixProduct::~MatrixProduct() = default;

void MatrixProduct::load_right(const void *right) try {
  parts_->plain.set_data_handle(const_cast<void *>(right));
  parts_->pack.execute(parts_->stream, parts_->plain, parts_->packed);
  parts_->stream.wait();
} catch (const dnnl::error &error) {
  rethrow(error);
}

void MatrixProduct::multiply(const void *left, float *out) try {
  parts_->left.set_data_handle(const_cast<void *>(left));
  parts_->out.set_data_handle(out);
  parts_->product.execute(
      parts_->stream, {{DNNL_ARG_SRC, parts_->left}, {DNNL_ARG_WEIGHTS, parts_->packed}, {DNNL_ARG_DST, parts_->out}});
  parts_->stream.wait();
} catch (const dnnl::error &error) {
  rethrow(error);
}

}  // namespace kalon
