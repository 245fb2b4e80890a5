// What a damaged, hostile or merely unsupported ONNX file may hold: each is refused with a sentence that says where.
#include <catch2/catch.hpp>

#include <sys/stat.h>

#include <functional>

#include "hostile.h"
#include "onnx_file.h"
#include "temporary_folder.h"

using namespace onednn;
using namespace onednn::hostile;

namespace {

struct Change {
  const char *what;
  std::function<void(ModelBuilder &)> apply;
  kalon_status status;
  const char *says;  // a part of the message
};

template <size_t Count>
void check_refused(const Change (&changes)[Count]) {
  for (const Change &change : changes) {
    ModelBuilder builder = small();
    change.apply(builder);
    Refusal refusal = load(builder.bytes());
    INFO(change.what << ": " << refusal.text);
    CHECK(refusal.status == change.status);
    CHECK(refusal.text.find(change.says) != refusal.text.npos);
  }
}

// Puts the last node in front of all others: what it makes may then be used anywhere.
onnx::NodeProto &make_first(ModelBuilder &builder) {
  auto *nodes = builder.model.mutable_graph()->mutable_node();
  for (int i = nodes->size() - 1; i > 0; --i) nodes->SwapElements(i, i - 1);
  return *nodes->Mutable(0);
}

}  // namespace

TEST_CASE("the file that is changed below loads and runs", "[hostile]") {
  Refusal refusal = load(small().bytes());
  INFO(refusal.text);
  CHECK(refusal.status == KALON_OK);
}

TEST_CASE("a wrong graph is refused by name", "[hostile]") {
  const Change changes[] = {
      {"an operator that is not supported",
       [](auto &b) {
         b.node("Resize", {"sum"}, "resized");
         b.node("Einsum", {"sum"}, "e");
         b.node("Einsum", {"sum"}, "f");
       },
       KALON_UNSUPPORTED, "Einsum (2 times, first in the node \"Einsum of e\"), Resize (1 times"},
      {"thirty operators that are not supported",
       [](auto &b) {
         for (int i = 0; i < 30; ++i) b.node("Unknown" + std::to_string(i), {"sum"}, "u" + std::to_string(i));
       },
       KALON_UNSUPPORTED, ") and 10 others. Supported are Abs"},
      {"an operator of another domain", [](auto &b) { node(b, "Add").set_domain("com.example"); }, KALON_UNSUPPORTED,
       "com.example.Add"},
      {"a circle", [](auto &b) { node(b, "Clip").set_input(0, "sum"); }, KALON_CORRUPT_DATA,
       "the node \"Clip of r1\" (Clip): uses \"sum\", which nothing before it makes"},
      {"a node that takes in itself", [](auto &b) { node(b, "Clip").set_input(0, "r1"); }, KALON_CORRUPT_DATA,
       "\"r1\""},
      {"a missing input", [](auto &b) { node(b, "Add").set_input(1, "nothing"); }, KALON_CORRUPT_DATA, "\"nothing\""},
      {"too few inputs", [](auto &b) { node(b, "Add").mutable_input()->RemoveLast(); }, KALON_CORRUPT_DATA,
       "lacks its input 2"},
      {"two values of one name", [](auto &b) { node(b, "Add").set_output(0, "r1"); }, KALON_CORRUPT_DATA,
       "exists already"},
      {"no output", [](auto &b) { node(b, "Add").clear_output(); }, KALON_CORRUPT_DATA, "has no output"},
      {"an output that nothing makes", [](auto &b) { node(b, "Flatten").set_output(0, "other"); }, KALON_CORRUPT_DATA,
       "\"features\""},
      {"an unknown attribute", [](auto &b) { set_number(node(b, "Conv"), "sparsity", 1); }, KALON_UNSUPPORTED,
       "\"sparsity\" is not supported"},
      {"an attribute of the wrong type", [](auto &b) { set_number(node(b, "Conv"), "pads", 1); }, KALON_CORRUPT_DATA,
       "\"pads\" is of the wrong type"},
      {"a subgraph",
       [](auto &b) {
         auto &branch = b.node("If", {"sum"}, "chosen");
         auto *attribute = branch.add_attribute();
         attribute->set_name("then_branch");
         attribute->set_type(onnx::AttributeProto::GRAPH);
         *attribute->mutable_g() = b.model.graph();
       },
       KALON_UNSUPPORTED, "If (1 times"},
      {"no operator set", [](auto &b) { b.model.clear_opset_import(); }, KALON_UNSUPPORTED, "operator set 0"},
      {"an operator set of the future", [](auto &b) { b.model.mutable_opset_import(0)->set_version(99); },
       KALON_UNSUPPORTED, "operator set 99"},
      {"no graph", [](auto &b) { b.model.clear_graph(); }, KALON_CORRUPT_DATA, "has no graph"},
      {"sparse weights", [](auto &b) { b.model.mutable_graph()->add_sparse_initializer(); }, KALON_UNSUPPORTED,
       "sparse"},
      {"another input's name", [](auto &b) { b.model.mutable_graph()->mutable_input(0)->set_name("image"); },
       KALON_CORRUPT_DATA, "\"input\""},
      {"two inputs",
       [](auto &b) {
         b.input("second", {1});
         node(b, "Add").set_input(1, "second");
       },
       KALON_UNSUPPORTED, "one input"},
      {"an input of whole numbers",
       [](auto &b) {
         b.model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type()->set_elem_type(
             onnx::TensorProto::UINT8);
       },
       KALON_UNSUPPORTED, "the input \"input\" is no tensor of the type FLOAT"},
      {"an input of another size", [](auto &b) { b = picture_network(16, 4); }, KALON_UNSUPPORTED,
       "any x 3 x 16 x 16; the model's manifest asks for 2 x 3 x 8 x 8"},
      {"a fixed batch", [](auto &b) { b = picture_network(8, 4, false, 5); }, KALON_UNSUPPORTED,
       "a batch of any size, or of one"},
      {"an input of negative size",
       [](auto &b) {
         b.model.mutable_graph()
             ->mutable_input(0)
             ->mutable_type()
             ->mutable_tensor_type()
             ->mutable_shape()
             ->mutable_dim(2)
             ->set_dim_value(-8);
       },
       KALON_CORRUPT_DATA, "impossible shape"},
      {"an output that mixes the pictures",
       [](auto &b) {
         node(b, "Flatten").set_output(0, "flat");
         auto &mean = b.node("ReduceMean", {"flat"}, "features");
         ModelBuilder::set(mean, "axes", std::vector<int64_t>{0});
         b.model.mutable_graph()->mutable_node()->SwapElements(6, 7);
         b.model.mutable_graph()->mutable_node()->RemoveLast();
         b.model.mutable_graph()->mutable_output()->RemoveLast();
       },
       KALON_UNSUPPORTED, "one row for each picture"},
  };
  check_refused(changes);
}

TEST_CASE("wrong shapes, sizes and parameters are refused by name", "[hostile]") {
  constexpr int64_t huge = int64_t{1} << 40;
  const Change changes[] = {
      {"weights of negative size", [](auto &b) { weights(b, "w1").set_dims(0, -4); }, KALON_CORRUPT_DATA, "\"w1\""},
      {"weights of a size beyond all memory",
       [](auto &b) {
         for (int i = 0; i < 4; ++i) weights(b, "w1").set_dims(i, int64_t{1} << 31);
       },
       KALON_LIMIT_EXCEEDED, "\"w1\""},
      {"weights that claim 2 GiB", [](auto &b) { weights(b, "w1").set_dims(0, (1 << 29) / 27); }, KALON_CORRUPT_DATA,
       "\"w1\" has 432 bytes of numbers; its shape asks for"},
      {"weights with too few bytes", [](auto &b) { weights(b, "w1").mutable_raw_data()->pop_back(); },
       KALON_CORRUPT_DATA, "has 431 bytes"},
      {"weights without numbers", [](auto &b) { weights(b, "w1").clear_raw_data(); }, KALON_CORRUPT_DATA,
       "has 0 numbers"},
      {"weights of too many axes",
       [](auto &b) {
         for (int i = 0; i < 1000; ++i) weights(b, "w1").add_dims(1);
       },
       KALON_UNSUPPORTED, "1004 dimensions"},
      {"weights of another type", [](auto &b) { weights(b, "w1").set_data_type(onnx::TensorProto::FLOAT16); },
       KALON_UNSUPPORTED, "\"w1\" is of the type FLOAT16"},
      {"weights of no type", [](auto &b) { weights(b, "w1").set_data_type(12345); }, KALON_UNSUPPORTED, "12345"},
      {"weights in another file",
       [](auto &b) {
         auto &tensor = weights(b, "w1");
         tensor.clear_raw_data();
         tensor.set_data_location(onnx::TensorProto::EXTERNAL);
         auto *entry = tensor.add_external_data();
         entry->set_key("location");
         entry->set_value("../../etc/passwd");
       },
       KALON_UNSUPPORTED, "lie in the file \"../../etc/passwd\""},
      {"weights that are listed twice", [](auto &b) { b.weights("w1", {1}); }, KALON_CORRUPT_DATA, "occur twice"},
      {"weights that are whole numbers", [](auto &b) { weights(b, "b1").set_data_type(onnx::TensorProto::INT32); },
       KALON_UNSUPPORTED, "(Conv): its input 3 is of whole numbers"},
      {"weights for other channels",
       [](auto &b) {
         b.weights("wx", {4, 2, 3, 3}), node(b, "Conv").set_input(1, "wx");
       },
       KALON_CORRUPT_DATA, "2 x 3 x 8 x 8 does not fit weights of 4 x 2 x 3 x 3"},
      {"weights that are computed",
       [](auto &b) {
         b.weights("wx", {4, 4, 1, 1});
         node(b, "Conv").set_input(1, "input");
       },
       KALON_CORRUPT_DATA, "(Conv)"},
      {"a bias of another size", [](auto &b) { b.weights("bx", {5}), node(b, "Conv").set_input(2, "bx"); },
       KALON_CORRUPT_DATA, "its bias must have 4 values"},
      {"no groups", [](auto &b) { set_number(node(b, "Conv"), "group", 0); }, KALON_CORRUPT_DATA, "0 groups"},
      {"negative groups", [](auto &b) { set_number(node(b, "Conv"), "group", -3); }, KALON_CORRUPT_DATA, "-3 groups"},
      {"no stride",
       [](auto &b) {
         set_list(node(b, "Conv"), "strides", {0, 1});
       },
       KALON_CORRUPT_DATA, "\"strides\""},
      {"a huge stride",
       [](auto &b) {
         set_list(node(b, "Conv"), "strides", {huge, huge});
       },
       KALON_CORRUPT_DATA, "\"strides\""},
      {"strides of another rank",
       [](auto &b) {
         set_list(node(b, "Conv"), "strides", {1, 1, 1});
       },
       KALON_CORRUPT_DATA, "(Conv)"},
      {"huge pads",
       [](auto &b) {
         set_list(node(b, "Conv"), "pads", {huge, 0, 0, 0});
       },
       KALON_CORRUPT_DATA, "\"pads\""},
      {"negative pads",
       [](auto &b) {
         set_list(node(b, "Conv"), "pads", {-1, 0, 0, 0});
       },
       KALON_CORRUPT_DATA, "\"pads\""},
      {"an odd number of pads",
       [](auto &b) {
         set_list(node(b, "Conv"), "pads", {1, 1, 1});
       },
       KALON_CORRUPT_DATA, "\"pads\""},
      {"pads that need more memory than is allowed",
       [](auto &b) {
         set_list(node(b, "Conv"), "pads", {60000, 60000, 60000, 60000});
       },
       KALON_LIMIT_EXCEEDED, "(Conv)"},
      {"dilations beyond the picture",
       [](auto &b) {
         set_list(node(b, "Conv"), "dilations", {60000, 60000});
       },
       KALON_CORRUPT_DATA, "a window of 120001 is larger than its data of 8"},
      {"a kernel that is not the weights'",
       [](auto &b) {
         set_list(node(b, "Conv"), "kernel_shape", {5, 5});
       },
       KALON_CORRUPT_DATA, "kernel_shape"},
      {"an axis outside", [](auto &b) { set_number(node(b, "Flatten"), "axis", 9); }, KALON_CORRUPT_DATA, "(Flatten)"},
      {"matrices that do not fit",
       [](auto &b) {
         b.weights("fx", {5, 7}), node(b, "Gemm").set_input(1, "fx");
       },
       KALON_OK, ""},  // what only the unused logits need is not judged
      {"shapes that do not fit",
       [](auto &b) {
         b.weights("ax", {3, 1, 1}), node(b, "Add").set_input(1, "ax");
       },
       KALON_CORRUPT_DATA, "(Add): the shapes 2 x 4 x 4 x 4 and 3 x 1 x 1 do not fit"},
      {"a reshape that does not fit",
       [](auto &b) {
         b.whole_numbers("shape", {-1, 7});
         node(b, "Flatten").set_op_type("Reshape");
         node(b, "Reshape").add_input("shape");
       },
       KALON_CORRUPT_DATA, "does not fit the new shape"},
      {"a reshape with two free sizes",
       [](auto &b) {
         b.whole_numbers("shape", {-1, -1});
         node(b, "Flatten").set_op_type("Reshape");
         node(b, "Reshape").add_input("shape");
       },
       KALON_CORRUPT_DATA, "two sizes free"},
      {"a reshape to absurd sizes",
       [](auto &b) {
         b.whole_numbers("shape", {huge, huge, huge});
         node(b, "Flatten").set_op_type("Reshape");
         node(b, "Reshape").add_input("shape");
       },
       KALON_LIMIT_EXCEEDED, "(Reshape)"},
      {"a padding to absurd sizes",
       [](auto &b) {
         b.whole_numbers("pads", {0, 0, 1 << 20, 1 << 20, 0, 0, 0, 0});
         node(b, "Add").set_input(1, "padded");
         auto &pad = b.node("Pad", {"r1", "pads"}, "padded");
         auto *nodes = b.model.mutable_graph()->mutable_node();
         (void)pad;
         for (int i = nodes->size() - 1; i > 2; --i) nodes->SwapElements(i, i - 1);
       },
       KALON_LIMIT_EXCEEDED, "(Pad)"},
      {"constants that grow when they are computed",
       [](auto &b) {
         b.whole_numbers("pads", {0, 0, 0, 1 << 28});
         b.weights("seed", {1, 1});
         ModelBuilder::set(b.node("ReduceMean", {"grown"}, "mean"), "axes", std::vector<int64_t>{1});
         make_first(b);
         b.node("Pad", {"seed", "pads"}, "grown");
         make_first(b);
         node(b, "Add").set_input(1, "mean");
       },
       KALON_LIMIT_EXCEEDED, "grow too large"},
      {"an axis that is repeated too often",
       [](auto &b) {
         b.whole_numbers("pads", {0, 0, 0, 1 << 21});
         b.weights("seed", {1, 1});
         ModelBuilder::set(b.node("ReduceMean", {"grown"}, "mean"), "axes", std::vector<int64_t>{1});
         make_first(b);
         auto &pad = b.node("Pad", {"seed", "pads"}, "grown");
         auto &mode = *pad.add_attribute();
         mode.set_name("mode");
         mode.set_type(onnx::AttributeProto::STRING);
         mode.set_s("edge");
         make_first(b);
         node(b, "Add").set_input(1, "mean");
       },
       KALON_UNSUPPORTED, "padding to more than 1048576 along one axis"},
      {"a shape of a million sizes",
       [](auto &b) {
         b.whole_numbers("shape", std::vector<int64_t>(1'000'000, 1));
         node(b, "Flatten").set_op_type("Reshape");
         node(b, "Reshape").add_input("shape");
       },
       KALON_UNSUPPORTED, "the new shape must be at most 16 numbers; here they are 1000000"},
  };
  check_refused(changes);
}

TEST_CASE("damaged bytes are refused before they cost memory", "[hostile]") {
  std::string whole = small().bytes();
  // Cut off at every length: never taken with a part missing.
  for (size_t length = 0; length < whole.size(); ++length) {
    INFO("cut to " << length << " of " << whole.size());
    CHECK(load(whole.substr(0, length)).status != KALON_OK);
  }
  CHECK(load("").status == KALON_CORRUPT_DATA);
  CHECK(load("hello, this is no ONNX file").status == KALON_CORRUPT_DATA);
  CHECK(load(std::string(1000, '\0')).status == KALON_CORRUPT_DATA);
  // A field that claims 2 GiB and 4 GiB.
  CHECK(load(std::string("\x3a\xff\xff\xff\xff\x07", 6)).status == KALON_CORRUPT_DATA);
  CHECK(load(std::string("\x3a\xff\xff\xff\xff\x0f", 6) + "abc").status == KALON_CORRUPT_DATA);
  // Twenty million empty nodes: 40 MB here, gigabytes when parsed.
  std::string nodes;
  for (int i = 0; i < 20'000'000; ++i) nodes += std::string("\x0a\x00", 2);
  std::string bomb = "\x3a";
  for (size_t length = nodes.size(); length > 0; length >>= 7)
    bomb += static_cast<char>((length & 0x7f) | (length > 0x7f ? 0x80 : 0));
  CHECK(load(bomb + nodes).status == KALON_LIMIT_EXCEEDED);
  // Graphs in graphs in graphs.
  onnx::GraphProto nested;
  for (int depth = 0; depth < 200; ++depth) {
    onnx::GraphProto outer;
    auto *attribute = outer.add_node()->add_attribute();
    *attribute->mutable_g() = nested;
    nested = outer;
  }
  onnx::ModelProto model;
  *model.mutable_graph() = nested;
  CHECK(load(model.SerializeAsString()).status == KALON_CORRUPT_DATA);
}

TEST_CASE("small files that would grow without end are refused before they do", "[hostile]") {
  ModelBuilder builder;
  const char *says = "";
  SECTION("one computed constant under many shapes") {
    builder.input("input", {-1, 3, 8, 8});
    builder.weights("seed", {1, 1});
    builder.whole_numbers("pads", {0, 0, 0, (1 << 24) - 1});
    builder.whole_numbers("axes", {0, 1});
    builder.node("Pad", {"seed", "pads"}, "grown");  // 64 MiB
    std::string last = "input";
    for (int i = 0; i < 8; ++i) {
      std::string number = std::to_string(i);
      builder.node("Unsqueeze", {"grown", "axes"}, "view" + number);
      auto &mean = builder.node("ReduceMean", {last}, "mean" + number);
      ModelBuilder::set(mean, "axes", std::vector<int64_t>{1, 2, 3});
      builder.node("Add", {"mean" + number, "view" + number}, last = "sum" + number);
    }
    builder.node("GlobalAveragePool", {last}, "features");
    says = "constants take too much memory";
  }
  SECTION("one weight that many nodes scale for themselves") {
    builder = small();
    builder.weights("wide", {1024, 1024});  // 4 MiB
    for (int i = 0; i < 100; ++i) {
      auto &alpha = *builder.node("Gemm", {"features", "wide"}, "scaled" + std::to_string(i)).add_attribute();
      alpha.set_name("alpha");
      alpha.set_type(onnx::AttributeProto::FLOAT);
      alpha.set_f(0.5f);
    }
    says = "constants take too much memory";
  }
  SECTION("one node of very many inputs") {
    builder = small();
    builder.node("Sum", std::vector<std::string>(60'000, "features"), "more");
    says = "inputs; at most 50000 are supported";
  }
  Refusal refusal = load(builder.bytes());
  INFO(refusal.text);
  CHECK(refusal.status == KALON_LIMIT_EXCEEDED);
  CHECK(refusal.text.find(says) != refusal.text.npos);
}

TEST_CASE("what is no file is not read", "[hostile]") {
  TemporaryFolder folder;
  auto status_of = [](const std::string &path) {
    try {
      read_onnx_file(path);
      return static_cast<kalon_status>(KALON_OK);
    } catch (const Failure &failure) {
      return failure.status();
    }
  };
  CHECK(status_of(folder / "missing.onnx") == KALON_IO);
  CHECK(status_of(folder.path()) == KALON_IO);
  CHECK(status_of(folder.write("empty.onnx", "")) == KALON_CORRUPT_DATA);
  std::string pipe = folder / "pipe.onnx";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(status_of(pipe) == KALON_IO);
  CHECK_THROWS_AS(read_declared_shapes(pipe), Failure);
}

TEST_CASE("declared shapes are read without the weights", "[hostile]") {
  TemporaryFolder folder;
  auto shapes = read_declared_shapes(folder.write("good.onnx", small().bytes()));
  REQUIRE(shapes.count("features") == 1);
  CHECK(shapes["features"] == Shape{-1, 4});
  CHECK(shapes.count("logits") == 0);
  std::string whole = small().bytes();
  for (size_t length = 0; length < whole.size(); length += 7) {
    try {
      read_declared_shapes(folder.write("cut.onnx", whole.substr(0, length)));
    } catch (const Failure &) {
    }
  }
}
