// Parsers of bytes: pictures as the engine itself reads them, metadata, arrays, manifests, records of the library.
#include "fuzz/campaign.h"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "exchange/npy.h"
#include "fuzz/guarded.h"
#include "image/codec.h"
#include "image/colour.h"
#include "image/exif_orientation.h"
#include "image/payload.h"
#include "metadata/metadata.h"
#include "plugin/manifest.h"
#include "store/records.h"
#include "temporary_folder.h"

using namespace kalon;

namespace {

// The files of seeds.py, made once.
class Seeds {
 public:
  Seeds() {
    auto command =
        std::string("'" KALON_PYTHON "' '" KALON_SOURCE_DIR "/tests/fuzz/seeds.py' '") + folder_.path() + "'";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("seeds.py failed");
  }
  std::vector<std::string> with(std::initializer_list<const char *> endings) const {
    std::vector<std::string> paths, files;
    for (const auto &entry : std::filesystem::directory_iterator(folder_.path()))
      paths.push_back(entry.path().native());
    std::sort(paths.begin(), paths.end());
    for (const auto &path : paths)
      for (const char *ending : endings)
        if (path.ends_with(ending)) files.emplace_back(text_of(read_file(path)));
    REQUIRE_FALSE(files.empty());
    return files;
  }

 private:
  TemporaryFolder folder_;
};

const Seeds &seeds() {
  static const Seeds made;
  return made;
}

ByteView exact(const std::string &input) {
  static Guarded memory;
  return memory.put(input);
}

// Fields that were found since it was last set to 0.
size_t fields_found = 0;

std::string check(const Metadata &metadata) {
  fields_found += metadata.fields.size();
  if (metadata.orientation < 0 || metadata.orientation > 8) return "an orientation that is none";
  if (metadata.fields.size() > 10000) return "fields without end";
  for (size_t i = 0; i < metadata.fields.size(); ++i) {
    const auto &[name, value] = metadata.fields[i];
    if (name.empty() || !valid_utf8(name) || !valid_utf8(value)) return "a field that is no UTF-8";
    if (!is_metadata_field(name)) return "a field that nobody was told of: " + name;
    if (value.empty() || value.size() > 70000)
      return "the field " + name + " has " + std::to_string(value.size()) + " bytes";
    if (name == "rating") {
      int rating = std::atoi(value.c_str());
      if (rating < -1 || rating > 5) return "a rating of " + value;
    }
    for (size_t j = 0; j < i; ++j)
      if (metadata.fields[j].name == name) return "the field " + name + " twice";
  }
  return {};
}

std::vector<std::string> marks() {
  return {std::string("\xff\xd8"),
          "\xff\xe1",
          "\xff\xda",
          "\xff\xd9",
          "Exif",
          std::string("Exif\0\0", 6),
          "II*",
          "MM",
          std::string("ICC_PROFILE\0\1\1", 14),
          "Adobe",
          "IHDR",
          "IDAT",
          "IEND",
          "eXIf",
          "iCCP",
          "acTL",
          "fdAT",
          "\xff\xff\xff"};
}

}  // namespace

TEST_CASE("what a picture is", "[fuzz]") {
  campaign(Mutator(seeds().with({".jpg", ".png"}), marks()), 30000, [](const std::string &input) -> std::string {
    ByteView bytes = exact(input);
    auto identity = identify(bytes);
    if (identity.file != hash_of(bytes)) return "another hash of the file";
    if (identity.picture.none()) return "no id";
    auto again = identify(bytes);
    if (again.picture != identity.picture || again.render != identity.render) return "identified once and not twice";
    return {};
  });
}

TEST_CASE("the orientation in an EXIF block", "[fuzz]") {
  campaign(Mutator(seeds().with({".exif"}), marks()), 40000, [](const std::string &input) -> std::string {
    int orientation = exif_orientation(exact(input));
    return orientation < 1 || orientation > 8 ? "orientation " + std::to_string(orientation) : "";
  });
}

TEST_CASE("cached thumbnails", "[fuzz]") {
  campaign(Mutator(seeds().with({".jpg"}), marks(), 8192), 4000, [](const std::string &input) -> std::string {
    auto image = decode_jpeg(exact(input));
    bool sound = image.width > 0 && image.height > 0 &&
                 image.data.size() == static_cast<size_t>(image.width) * static_cast<size_t>(image.height) * 3;
    return sound ? "" : "a picture of another size than its pixels";
  });
}

TEST_CASE("embedded profiles", "[fuzz]") {
  campaign(Mutator(seeds().with({".icc"}), {"acsp", "RGB ", "GRAY", "CMYK", "Lab ", "curv", "para", "mft2", "A2B0"}),
           3000, [](const std::string &input) -> std::string {
             for (auto [colour, channels] :
                  {std::pair{ColourModel::rgb, 3}, {ColourModel::grey, 1}, {ColourModel::cmyk, 4}}) {
               Raster raster;
               raster.width = raster.height = 2;
               raster.channels = channels;
               raster.colour = colour;
               raster.data.assign(static_cast<size_t>(4 * channels), 77);
               auto image = to_srgb(std::move(raster), exact(input), 1, {});
               if (image.data.size() != 12) return "a picture of another size";
             }
             return {};
           });
}

TEST_CASE("EXIF", "[fuzz]") {
  fields_found = 0;
  campaign(Mutator(seeds().with({".exif"}), marks()), 15000, [](const std::string &input) {
    ByteView bytes = exact(input);
    MetadataSources sources;
    sources.exif = bytes;
    return check(read_metadata(sources));
  });
  CHECK(fields_found > 0);
}

TEST_CASE("XMP packets", "[fuzz]") {
  fields_found = 0;
  Mutator mutator(seeds().with({".xmp"}), {"<",
                                           ">",
                                           "/>",
                                           "&",
                                           "&#x0;",
                                           "&lt;",
                                           "<!DOCTYPE a [",
                                           "<!ENTITY b \"c\">",
                                           "&b;",
                                           "<![CDATA[",
                                           "]]>",
                                           "<rdf:li>",
                                           "</rdf:li>",
                                           "<rdf:Bag>",
                                           "rdf:parseType=\"Resource\"",
                                           "xmlns:a=\"b\"",
                                           "xml:lang=\"\"",
                                           "rdf:resource=\"x\"",
                                           "<?xpacket",
                                           "?>",
                                           "\xef\xbb\xbf",
                                           "\xff\xfe"});
  campaign(mutator, 8000, [](const std::string &input) {
    ByteView bytes = exact(input);
    MetadataSources sources;
    sources.xmp = bytes;
    return check(read_metadata(sources));
  });
  CHECK(fields_found > 0);
}

TEST_CASE("XMP found inside a file", "[fuzz]") {
  fields_found = 0;
  campaign(Mutator(seeds().with({"full.jpg", "full.png", ".xmp"}), {"<?xpacket", "<x:xmpmeta", "</x:xmpmeta>", "?>"}),
           6000, [](const std::string &input) {
             ByteView bytes = exact(input);
             MetadataSources sources;
             sources.file = bytes;
             return check(read_metadata(sources));
           });
  CHECK(fields_found > 0);
}

TEST_CASE("a decoder's lines of properties", "[fuzz]") {
  fields_found = 0;
  Mutator mutator(
      {"DateTimeOriginal=2023:05:14 10:22:33\nMake=A\nModel=A B\nLensModel=C\nRating=4\nFNumber=2.8\n",
       "text:parameters=a lake\\nNegative prompt: people\\nSteps: 20, Sampler: Euler a, Seed: 7, Size: 512x512\n",
       "text:prompt={\"3\": {\"class_type\": \"KSampler\", \"inputs\": {\"seed\": 5, \"positive\": [\"6\", 0]}}, "
       "\"6\": "
       "{\"class_type\": \"CLIPTextEncode\", \"inputs\": {\"text\": \"a tree\"}}}\n",
       "text:Comment={\"prompt\": \"x\", \"seed\": 3, \"uc\": \"y\"}\ntext:Software=NovelAI\n",
       "text:invokeai_metadata={\"positive_prompt\": \"z\", \"seed\": 1e3}\n"},
      {"=", "\n", "\\", "\\n", "\"", "{", "[", "Steps: ", "Seed: ", "[\"3\", 0]", "1e999", "\\ud800", "text:", "null",
       "\xff"});
  campaign(mutator, 20000, [](const std::string &input) {
    ByteView bytes = exact(input);
    MetadataSources sources;
    sources.properties = bytes;
    return check(read_metadata(sources));
  });
  CHECK(fields_found > 0);
}

TEST_CASE("sidecars", "[fuzz]") {
  fields_found = 0;
  TemporaryFolder folder;
  auto samples = seeds().with({".xmp"});
  samples.push_back("a caption\nof two lines");
  samples.push_back(
      std::string("\xff\xfe"
                  "a\0b\0",
                  6));
  samples.push_back("a lake\nNegative prompt: people\nSteps: 20, Seed: 7");
  campaign(Mutator(samples, {"<", "\xff\xfe", "\xfe\xff", "Steps: ", "\r\n"}), 1500, [&](const std::string &input) {
    MetadataSources sources;
    sources.sidecars = {folder.write("x.jpg.xmp", input), folder.write("x.txt", input), folder / "missing.xmp",
                        folder.path()};
    return check(read_metadata(sources));
  });
  CHECK(fields_found > 0);
}

TEST_CASE("NumPy's arrays", "[fuzz]") {
  TemporaryFolder folder;
  Mutator mutator(seeds().with({".npy"}),
                  {"'<f4'", "'>f8'", "'|O'", "True", "(9223372036854775807, 2)", "(0, 0)", "(-1, 3)", "(3,)", "'shape'",
                   "{", "}", ",", std::string("\x93NUMPY\3\0", 8)});
  campaign(mutator, 3000, [&](const std::string &input) -> std::string {
    auto table = read_npy(folder.write("x.npy", input));
    if (table.rows < 0 || table.dimension < 0) return "a negative size";
    if (table.values.size() != static_cast<size_t>(table.rows) * static_cast<size_t>(table.dimension))
      return "values of another number";
    if (table.values.size() > input.size()) return "more values than bytes";
    for (float value : table.values)
      if (!std::isfinite(value)) return "a value that is not finite";
    return {};
  });
}

TEST_CASE("manifests of plugins", "[fuzz]") {
  TemporaryFolder folder;
  folder.write("p.so", "no library");
  auto path = folder / "p.json";
  Mutator mutator(
      {R"({"manifest":1,"id":"a.decoder","kind":"decoder","library":"p.so","abi":{"major":)" +
           std::to_string(KALON_ABI_MAJOR) + R"(,"minor":)" + std::to_string(KALON_ABI_MINOR) +
           R"(},"version":"1","licence":"MIT","summary":"s","concurrency":"parallel","capabilities":["scale"],)"
           R"("formats":[{"name":"jpeg","extensions":["jpg"],"magic":[{"offset":0,"hex":"ffd8ff"}],"extension_first":true}]})",
       R"({"manifest":1,"id":"a.model","kind":"model","library":"p.so","abi":{"major":)" +
           std::to_string(KALON_ABI_MAJOR) + R"(,"minor":)" + std::to_string(KALON_ABI_MINOR) +
           R"(},"version":"1","licence":"MIT","summary":"s","concurrency":"serial_per_process",)"
           R"("weights":{"m":"079a47eeb723337fbe9d139949566805"}})"},
      {"null", "[", "{", "-1", "64", "1e999", "4294967296", "\"ff\"", "\"../x.so\"", "\"\\u0000\"", "true", "\xff",
       "\"jpg\","});
  set_log_sink([](LogLevel, std::string_view) {});  // misspelt fields are told
  size_t accepted = 0;
  campaign(mutator, 3000, [&](const std::string &input) -> std::string {
    folder.write("p.json", input);
    auto manifest = read_manifest(path);
    const auto &info = manifest.info;
    if (info.id.empty()) return "no id";
    if (info.state == PluginState::rejected)
      return info.reason.empty() ? "rejected without a reason" : !info.formats.empty() ? "rejected with formats" : "";
    ++accepted;
    if (manifest.file != folder / "p.so") return "another library: " + manifest.file;
    for (const auto &format : info.formats)
      for (const auto &magic : format.magics)
        if (magic.offset + magic.bytes.size() > magic_window) return "a magic past the window";
    return {};
  });
  set_log_sink({});
  CHECK(accepted >= 2);  // the seeds at least, so that what comes after the checks is reached
}

TEST_CASE("records of a library", "[fuzz]") {
  FileRow row;
  row.id = 7;
  row.path = "/a/\xff.jpg";
  row.outcome = {Status::corrupt_data, "cut"};
  row.picture = row.photo = hash_of("a");
  row.format = "jpeg";
  row.attributes = {{"rating", "5"}, {"caption", "text"}};
  records::StoredSpace space;
  space.space.key = {"descriptor", "00", "features", "decode=full", "f32", 64, 1};
  space.rows_per_block = 16;
  Event vote, succeeds, undo;
  vote.id = vote.action = hash_of("b");
  vote.body = Vote{{hash_of("c"), hash_of("d")}, {1, 2}, VoteOutcome::ranks, true, "me", "beauty", 5};
  succeeds.body = Succeeds{hash_of("e"), hash_of("f"), "/p"};
  undo.body = Undo{hash_of("g")};
  Operation operation;
  operation.folder = "/to";
  operation.kind = "copy";
  std::vector<PlacedItem> items = {{"/from/a", "1_a"}, {"/from/b", "2_b"}};
  Mutator mutator({records::encode(row), records::encode(row.attributes), records::encode(space), records::encode(vote),
                   records::encode(succeeds), records::encode(undo), records::encode(operation),
                   records::encode(items.data(), items.size())},
                  {std::string("\0\0\0\0", 4), std::string("\4\0\0\0", 4), "\xff\xff\xff\xff"});
  size_t views = 0;
  // Every kind of record is read as every other: a table may hold whatever a damaged disk put there.
  campaign(mutator, 40000, [&](const std::string &input) -> std::string {
    auto record = text_of(exact(input));
    records::Aligned memory;
    FileView view;
    if (records::decode(record, memory, view)) {
      ++views;
      size_t total = view.path.size() + view.format.size() + view.status_text.size();
      for (size_t i = 0; i < view.attribute_count(); ++i) {
        auto [name, value] = view.attribute_at(i);
        view.attribute(name);
        total += static_cast<size_t>(std::count(value.begin(), value.end(), 'x'));
        if (name.size() + value.size() > input.size()) return "a text longer than its record";
      }
      if (total > input.size() * 1000) return "texts longer than their record";
      row_of(view);
    }
    std::vector<Attribute> attributes;
    records::decode(record, attributes);
    records::StoredSpace stored;
    records::decode(record, stored);
    Event event;
    if (records::decode(record, event)) {
      if (const auto *body = std::get_if<Vote>(&event.body); body && body->pictures.size() > input.size())
        return "a vote longer than its record";
    }
    Operation read;
    records::decode(record, read);
    std::vector<PlacedItem> placed;
    records::decode(record, placed);
    return placed.size() > input.size() ? "items without end" : "";
  });
  CHECK(views > 0);
}
