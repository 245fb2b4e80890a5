// ONNX's own test cases, from Debian's libonnx-testdata, and random networks against python3-torch.
#include <catch2/catch.hpp>

#include <onnx/onnx_pb.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "cases.h"
#include "operators.h"
#include "temporary_folder.h"

namespace {

namespace fs = std::filesystem;
using onednn::InputOrder;
using onednn::cases::Outcome;
using onednn::cases::Variant;

// The bound for f32; see relative_error.
constexpr double tolerance = 1e-4;

std::vector<std::string> listed_cases() {
  std::vector<std::string> names;
  std::ifstream file(KALON_SOURCE_DIR "/tests/conformance/onednn/onnx_cases.txt");
  for (std::string line; std::getline(file, line);) names.push_back(line);
  return names;
}

std::vector<Variant> suite_variants(bool several_inputs) {
  std::vector<Variant> variants;
  for (bool constant_rest : {false, true})
    for (bool optimised : {false, true})
      for (auto order : {InputOrder::row_major, InputOrder::channels_last})
        if (!constant_rest || several_inputs) variants.push_back({constant_rest, optimised, {order}});
  return variants;
}

bool all_supported(const fs::path &folder) {
  auto names = onednn::cases::operators_of(folder);
  return std::all_of(names.begin(), names.end(), [](const auto &name) { return onednn::find_operator(name); });
}

// Why a case of supported operators may be refused: it is about something else than inference on f32 numbers.
bool outside_the_claim(const std::string &reason) {
  for (const char *phrase :
       {"of the type FLOAT", "is in training mode", "(Dropout): its output 2 is used", "(Cast): this conversion",
        "(MaxPool): its output 2 is used", "(MaxPool): its attribute \"storage_order\"", "has no elements"})
    if (reason.find(phrase) != reason.npos) return true;
  return false;
}

}  // namespace

TEST_CASE("ONNX's cases for every supported operator", "[suite]") {
  // data/node, data/pytorch-converted, data/pytorch-operator, data/simple
  const fs::path data = "/usr/share/libonnx-testdata/data";
  if (!fs::exists(data)) FAIL("the cases are not installed: Debian's package libonnx-testdata");
  std::vector<std::string> passed;
  std::set<std::string> operators;
  double worst = 0;
  size_t folders = 0;
  for (const auto &group : fs::directory_iterator(data))
    for (const auto &entry : fs::directory_iterator(group)) {
      const fs::path &folder = entry.path();
      if (!fs::exists(folder / "model.onnx")) continue;
      ++folders;
      if (!all_supported(folder)) continue;
      std::string name = group.path().filename().native() + "/" + folder.filename().native();
      bool all = true;
      for (const auto &variant : suite_variants(onednn::cases::has_several_inputs(folder))) {
        INFO(name << ", constant rest " << variant.constant_rest << ", optimised " << variant.optimised
                  << ", channels last " << (variant.plan.input_order == InputOrder::channels_last));
        Outcome outcome = onednn::cases::run(folder, variant, tolerance);
        INFO(outcome.reason);
        CHECK(outcome.kind != Outcome::Kind::failed);
        if (outcome.kind == Outcome::Kind::refused) CHECK(outside_the_claim(outcome.reason));
        all = all && outcome.kind == Outcome::Kind::passed;
        worst = std::max(worst, outcome.error);
      }
      if (!all) continue;
      passed.push_back(name);
      for (const auto &used : onednn::cases::operators_of(folder)) operators.insert(used);
    }
  std::sort(passed.begin(), passed.end());
  WARN(passed.size() << " of " << folders << " cases passed in every variant, of " << operators.size()
                     << " operators; largest relative error " << worst);
  // The list is committed, so that no case drops out unseen. A newer suite may bring more.
  for (const auto &name : listed_cases()) {
    INFO(name);
    CHECK(std::binary_search(passed.begin(), passed.end(), name));
  }
  REQUIRE(listed_cases().size() > 300);
}

TEST_CASE("every supported operator has a case", "[suite]") {
  std::set<std::string> seen;
  for (const auto &name : listed_cases())
    for (const auto &used : onednn::cases::operators_of(fs::path("/usr/share/libonnx-testdata/data") / name))
      seen.insert(used);
  std::string missing, list = onednn::supported_operators() + ", ";
  for (size_t begin = 0, end; (end = list.find(", ", begin)) != list.npos; begin = end + 2) {
    std::string name = list.substr(begin, end - begin);
    if (!seen.count(name)) missing += name + ' ';
  }
  // Its cases are about types that are not supported; see plan_test.cpp.
  CHECK(missing == "Cast ");
}

TEST_CASE("random networks agree with torch, in every way to run them and every size of batch", "[networks]") {
  const char *asked = std::getenv("KALON_ONEDNN_NETWORKS");
  std::string count = asked && *asked ? asked : "120";
  TemporaryFolder folder;
  std::string command = KALON_RANDOM_NETWORKS " '" + folder.path() + "' " + count;
  REQUIRE(std::system(command.c_str()) == 0);
  size_t networks = 0;
  double worst = 0;
  for (const auto &entry : fs::directory_iterator(folder.path())) {
    ++networks;
    std::vector<Variant> variants = {{false, true, {}},
                                     {false, false, {}},
                                     {false, true, {InputOrder::channels_last}},
                                     // Picture by picture as far as it goes, and half of the way.
                                     {false, true, {InputOrder::channels_last, true, 0}},
                                     {false, true, {InputOrder::channels_last, true, 8192}}};
    for (size_t i = 0; i < variants.size(); ++i) {
      Outcome outcome = onednn::cases::run(entry.path(), variants[i], tolerance);
      INFO(entry.path().filename().native() << ", variant " << i << ": " << outcome.reason);
      CHECK(outcome.kind == Outcome::Kind::passed);
      worst = std::max(worst, outcome.error);
    }
  }
  WARN(networks << " networks, largest relative error " << worst);
  CHECK(networks == std::stoul(count));
}
