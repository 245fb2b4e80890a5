// Texts as AUTOMATIC1111's web UI, ComfyUI, NovelAI and InvokeAI write them.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "unit/metadata/fixtures.h"

using namespace kalon;
using namespace kalon::testing;

namespace {

std::string property(const std::string &keyword, const std::string &text) {
  std::string line = "text:" + keyword + "=";
  for (char c : text) line += c == '\n' ? "\\n" : c == '\\' ? "\\\\" : std::string(1, c);
  return line + "\n";
}

}  // namespace

TEST_CASE("the web UI's parameters") {
  std::string text =
      "a castle, (dawn:1.2), <lora:x:1>\nsecond line\nNegative prompt: blurry,\nugly\nSteps: 20, Sampler: DPM++ 2M, "
      "CFG scale: 7, Seed: 3735928559, Size: 512x768, Model hash: abc123, Model: dream_v8, "
      "Lora hashes: \"x: 1, Seed: 5\", Version: v1.7.0";
  auto check = [&](const Metadata &metadata) {
    CHECK(value(metadata, "prompt") == "a castle, (dawn:1.2), <lora:x:1>\nsecond line");
    CHECK(value(metadata, "negative_prompt") == "blurry,\nugly");
    CHECK(value(metadata, "seed") == "3735928559");
    CHECK(value(metadata, "generator") == "dream_v8");
  };
  auto metadata = from_properties(property("parameters", text));
  check(metadata);
  CHECK(value(metadata, "text:parameters") == text);

  TemporaryFolder folder;
  MetadataSources beside;
  beside.sidecars = {folder.write("a.txt", text)};
  check(read_metadata(beside));
  CHECK(value(read_metadata(beside), "caption").empty());

  CHECK(value(from_properties(property("parameters", "only a prompt")), "prompt") == "only a prompt");
  auto bare =
      from_properties(property("parameters", "Negative prompt: no\nSteps: 5, Seed: 7, Model: \"a, \\\"b\\\"\""));
  CHECK(value(bare, "prompt").empty());
  CHECK(value(bare, "negative_prompt") == "no");
  CHECK(value(bare, "seed") == "7");
  CHECK(value(bare, "generator") == "a, \"b\"");
  CHECK(value(from_properties(property("parameters", "x\nSteps: 5, Model: \"unclosed")), "prompt") == "x");
}

TEST_CASE("ComfyUI's graph: the text that reaches the sampler, through other nodes") {
  nlohmann::json graph = {
      {"10", {{"class_type", "CLIPTextEncode"}, {"inputs", {{"text", "not this"}, {"clip", {"4", 1}}}}}},
      {"3",
       {{"class_type", "KSampler"},
        {"inputs", {{"seed", 156680208700286u}, {"positive", {"8", 0}}, {"negative", {"7", 0}}, {"model", {"4", 0}}}}}},
      {"4", {{"class_type", "CheckpointLoaderSimple"}, {"inputs", {{"ckpt_name", "v1-5.ckpt"}}}}},
      {"6", {{"class_type", "CLIPTextEncode"}, {"inputs", {{"text", {"20", 0}}, {"clip", {"4", 1}}}}}},
      {"7", {{"class_type", "CLIPTextEncode"}, {"inputs", {{"text", "watermark"}}}}},
      {"8", {{"class_type", "ConditioningSetArea"}, {"inputs", {{"conditioning", {"6", 0}}}}}},
      {"20", {{"class_type", "PrimitiveString"}, {"inputs", {{"value", "a bottle with a galaxy"}}}}}};
  auto metadata = from_properties(property("prompt", graph.dump()) + property("workflow", "{\"nodes\":[]}"));
  CHECK(value(metadata, "prompt") == "a bottle with a galaxy");
  CHECK(value(metadata, "negative_prompt") == "watermark");
  CHECK(value(metadata, "seed") == "156680208700286");
  CHECK(value(metadata, "generator") == "v1-5.ckpt");
  CHECK(value(metadata, "text:prompt") == graph.dump());
  CHECK(value(metadata, "text:workflow") == "{\"nodes\":[]}");

  SECTION("without a sampler the first encoder by number counts") {
    graph.erase("3");
    CHECK(value(from_properties(property("prompt", graph.dump())), "prompt") == "a bottle with a galaxy");
  }
  SECTION("links in a circle end") {
    graph["6"]["inputs"]["text"] = {"8", 0};
    CHECK(value(from_properties(property("prompt", graph.dump())), "seed") == "156680208700286");
  }
  SECTION("other JSON and other text") {
    CHECK(value(from_properties(property("prompt", "{\"a\": 1}")), "prompt").empty());
    CHECK(value(from_properties(property("prompt", "just words")), "prompt") == "just words");
    CHECK(value(from_properties(property("prompt", "[cat|dog] running")), "prompt") == "[cat|dog] running");
    for (const char *odd : {"{", "{\"3\": 5}", "{\"3\":{\"class_type\":7}}", "{\"3\":{\"class_type\":\"KSampler\"}}",
                            "{\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"positive\":[]}}}",
                            "{\"3\":{\"class_type\":\"KSampler\",\"inputs\":{\"positive\":[\"99\",0],\"seed\":[3]}}}"})
      CHECK(value(from_properties(property("prompt", odd)), "prompt").empty());
  }
}

TEST_CASE("other generators and other texts of PNG files") {
  auto novel = from_properties(property("Comment", R"({"prompt": "a fox", "uc": "text", "seed": 42, "steps": 28})"));
  CHECK(value(novel, "prompt") == "a fox");
  CHECK(value(novel, "negative_prompt") == "text");
  CHECK(value(novel, "seed") == "42");
  auto invoke = from_properties(property(
      "invokeai_metadata", R"({"positive_prompt": "sea", "seed": 1, "model": {"name": "sdxl", "hash": "x"}})"));
  CHECK(value(invoke, "prompt") == "sea");
  CHECK(value(invoke, "generator") == "sdxl");

  auto texts = from_properties(property("Title", "T") + property("Description", "D") + property("Author", "A\xc3\xa9") +
                               property("Software", "S") + property("Comment", "C") +
                               property("XML:com.adobe.xmp", "<x/>") + property("Raw profile type exif", "00"));
  CHECK(value(texts, "title") == "T");
  CHECK(value(texts, "caption") == "D");
  CHECK(value(texts, "text:Author") == "Aé");
  CHECK(value(texts, "text:Software") == "S");
  CHECK(value(texts, "text:Comment") == "C");
  CHECK(texts.fields.size() == 5);
}
