#include "harness.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <sstream>
#include <stdexcept>

#include "temporary_folder.h"

namespace decoders {
namespace {

struct Pictures {
  TemporaryFolder folder;

  Pictures() {
    const std::string command =
        "/usr/bin/python3 '" KALON_SOURCE_DIR "/tests/conformance/decoders/make_pictures.py' '" + folder.path() + "'";
    if (std::system(command.c_str()) != 0) throw std::runtime_error("make_pictures.py failed");
  }
};

const kalon_entry &load(const std::string &plugin) {
  const std::string path = KALON_PLUGIN_DIR "/kalon-" + plugin + ".so";
  void *library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) throw std::runtime_error(dlerror());
  const auto *entry = static_cast<const kalon_entry *>(dlsym(library, "kalon_plugin_entry"));
  if (!entry || entry->magic != KALON_ENTRY_MAGIC || entry->size < sizeof *entry || entry->abi_major != KALON_ABI_MAJOR)
    throw std::runtime_error(path + " has no entry of this contract");
  static const kalon_host host{sizeof(kalon_host), KALON_ABI_MAJOR, KALON_ABI_MINOR, "test", "1", nullptr, nullptr};
  char text[256] = "";
  kalon_text error{text, sizeof text};
  if (entry->init(&host, &error) != KALON_OK) throw std::runtime_error(path + ": " + text);
  return *entry;
}

Bytes metadata(const kalon_decoder_factory &decoder, kalon_decode *decode, int32_t kind) {
  const uint8_t *data = nullptr;
  uint64_t size = 0;
  const kalon_status status = decoder.metadata(decode, kind, &data, &size);
  if (status == KALON_NOT_FOUND) return {};
  if (status != KALON_OK || !data || size == 0) throw std::runtime_error("metadata() returned nonsense");
  return Bytes(data, data + size);
}

uint32_t width_of(int32_t sample) {
  return sample == KALON_SAMPLE_U8 ? 1 : sample == KALON_SAMPLE_U16 ? 2 : 4;
}

double value(const Bytes &bytes, size_t index, int32_t sample) {
  if (sample == KALON_SAMPLE_U8) return bytes[index];
  if (sample == KALON_SAMPLE_U16) {
    uint16_t number;
    std::memcpy(&number, bytes.data() + 2 * index, 2);
    return number;
  }
  float number;
  std::memcpy(&number, bytes.data() + 4 * index, 4);
  return number;
}

}  // namespace

const std::string &picture_folder() {
  static const Pictures pictures;
  return pictures.folder.path();
}

Bytes read_file(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("no file " + path);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

Bytes picture(const std::string &name) {
  return read_file(picture_folder() + "/" + name);
}

std::string Result::property(const std::string &key) const {
  std::istringstream lines(std::string(properties.begin(), properties.end()));
  for (std::string line; std::getline(lines, line);)
    if (line.rfind(key + "=", 0) == 0) return line.substr(key.size() + 1);
  return {};
}

const kalon_decoder_factory &factory(const std::string &plugin) {
  static std::mutex mutex;
  static std::map<std::string, const kalon_decoder_factory *> loaded;
  const std::lock_guard lock(mutex);
  auto &found = loaded[plugin];
  if (!found) found = static_cast<const kalon_decoder_factory *>(load(plugin).get_factory(KALON_DECODER_FACTORY));
  if (!found) throw std::runtime_error(plugin + " has no decoder");
  return *found;
}

Result decode(const std::string &plugin, const Bytes &file, const Options &options) {
  const kalon_decoder_factory &decoder = factory(plugin);
  // A copy of exactly the file's size, so that a sanitizer sees every step beyond it.
  const Bytes own(file);
  const kalon_source source{sizeof(kalon_source), 0, own.data(), own.size(),
                            options.path.empty() ? nullptr : options.path.c_str()};
  const kalon_decode_limits limits{sizeof(kalon_decode_limits), 0, options.max_pixels};
  char text[512] = "";
  kalon_text error{text, sizeof text};
  Result result;
  kalon_decode *decode = nullptr;
  result.opened = decoder.open(&source, &limits, &decode, &error);
  result.error = text;
  if (result.opened != KALON_OK) return result;
  struct Close {
    const kalon_decoder_factory &decoder;
    kalon_decode *decode;
    ~Close() { decoder.close(decode); }
  } close{decoder, decode};
  if (options.scale_width > 0 && decoder.scale &&
      decoder.scale(decode, options.scale_width, options.scale_height) != KALON_OK)
    throw std::runtime_error("scale() failed");
  kalon_picture_info &info = result.info;
  info.size = sizeof info;
  if (decoder.info(decode, &info) != KALON_OK) throw std::runtime_error("info() failed");
  if (options.metadata) {
    result.icc = metadata(decoder, decode, KALON_METADATA_ICC);
    result.exif = metadata(decoder, decode, KALON_METADATA_EXIF);
    result.xmp = metadata(decoder, decode, KALON_METADATA_XMP);
    result.properties = metadata(decoder, decode, KALON_METADATA_PROPERTIES);
  }
  // Rows with a gap, whose bytes must stay as they are.
  const size_t row = size_t{info.decoded_width} * info.channels * width_of(info.sample), gap = 8;
  Bytes rows((row + gap) * info.decoded_height, 0xa5);
  const kalon_pixels pixels{
      sizeof(kalon_pixels), info.decoded_width, info.decoded_height, info.channels, info.sample, 0, row + gap,
      rows.data()};
  result.read = decoder.read(decode, &pixels, &error);
  result.error = text;
  result.pixels.reserve(row * info.decoded_height);
  for (size_t y = 0; y < info.decoded_height; ++y) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(y * (row + gap));
    result.pixels.insert(result.pixels.end(), begin, begin + static_cast<std::ptrdiff_t>(row));
    for (size_t i = 0; i < gap; ++i)
      if (begin[static_cast<std::ptrdiff_t>(row + i)] != 0xa5) throw std::runtime_error("read() wrote beyond a row");
  }
  return result;
}

Result decode(const std::string &plugin, const std::string &name, Options options) {
  if (options.path.empty()) options.path = picture_folder() + "/" + name;
  return decode(plugin, picture(name), options);
}

Reference reference(const std::string &name) {
  const Bytes file = picture(name + ".ref");
  const auto end = std::find(file.begin(), file.end(), '\n');
  std::istringstream header(std::string(file.begin(), end));
  Reference expected;
  std::string kind;
  header >> expected.width >> expected.height >> expected.channels >> kind;
  expected.sample = kind == "u8" ? KALON_SAMPLE_U8 : kind == "u16" ? KALON_SAMPLE_U16 : KALON_SAMPLE_F32;
  expected.pixels.assign(end + 1, file.end());
  return expected;
}

Difference compare(const Result &result, const Reference &expected) {
  const kalon_picture_info &info = result.info;
  if (!result.ok()) throw std::runtime_error("not decoded: " + result.error);
  if (info.decoded_width != expected.width || info.decoded_height != expected.height ||
      info.channels != expected.channels || info.sample != expected.sample)
    throw std::runtime_error("another form: " + std::to_string(info.decoded_width) + " x " +
                             std::to_string(info.decoded_height) + " x " + std::to_string(info.channels) +
                             " of sample " + std::to_string(info.sample));
  Difference difference;
  const size_t count = size_t{expected.width} * expected.height * expected.channels;
  for (size_t i = 0; i < count; ++i) {
    const double step = std::fabs(value(result.pixels, i, info.sample) - value(expected.pixels, i, info.sample));
    difference.largest = std::max(difference.largest, step);
    difference.mean += step / static_cast<double>(count);
  }
  return difference;
}

std::string output_of(void (*function)()) {
  char name[] = "/tmp/kalon-output-XXXXXX";
  const int file = mkstemp(name);
  std::fflush(nullptr);
  const int out = dup(STDOUT_FILENO), err = dup(STDERR_FILENO);
  dup2(file, STDOUT_FILENO);
  dup2(file, STDERR_FILENO);
  function();
  std::fflush(nullptr);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  close(out);
  close(err);
  close(file);
  const Bytes bytes = read_file(name);
  unlink(name);
  return std::string(bytes.begin(), bytes.end());
}

QuietErrors::QuietErrors() : kept_(dup(STDERR_FILENO)) {
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(nowhere, STDERR_FILENO);
  close(nowhere);
}

QuietErrors::~QuietErrors() {
  dup2(kept_, STDERR_FILENO);
  close(kept_);
}

}  // namespace decoders
