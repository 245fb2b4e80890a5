#include "exchange/parquet_codec.h"

#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <memory>

namespace kalon::parquet {
namespace {

bool from_snappy(ByteView bytes, Bytes &target) {
  auto text = text_of(bytes);
  size_t size = 0;
  return snappy::GetUncompressedLength(text.data(), text.size(), &size) && size == target.size() &&
         snappy::RawUncompress(text.data(), text.size(), reinterpret_cast<char *>(target.data()));
}

// One or several gzip members, or a zlib stream.
bool from_gzip(ByteView bytes, Bytes &target) {
  z_stream stream{};
  constexpr int any_header = 15 + 32;
  if (inflateInit2(&stream, any_header) != Z_OK) throw std::bad_alloc();
  std::unique_ptr<z_stream, decltype(&inflateEnd)> end(&stream, inflateEnd);
  stream.next_in = const_cast<Bytef *>(bytes.data());
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = target.data();
  stream.avail_out = static_cast<uInt>(target.size());
  for (;;) {
    if (inflate(&stream, Z_FINISH) != Z_STREAM_END) return false;
    if (stream.avail_in == 0) return stream.avail_out == 0;
    if (inflateReset(&stream) != Z_OK) return false;
  }
}

bool from_zstandard(ByteView bytes, Bytes &target) {
  size_t size = ZSTD_decompress(target.data(), target.size(), bytes.data(), bytes.size());
  return !ZSTD_isError(size) && size == target.size();
}

constexpr std::array<const char *, 8> names{"none", "Snappy", "gzip", "LZO", "Brotli", "LZ4", "Zstandard", "LZ4"};

}  // namespace

bool decompress(Codec codec, ByteView bytes, Bytes &target) {
  switch (codec) {
    case Codec::none:
      if (bytes.size() != target.size()) return false;
      std::copy(bytes.begin(), bytes.end(), target.begin());
      return true;
    case Codec::snappy:
      return from_snappy(bytes, target);
    case Codec::gzip:
      return from_gzip(bytes, target);
    case Codec::zstandard:
      return from_zstandard(bytes, target);
  }
  return false;
}

bool codec_known(Codec codec) {
  return codec == Codec::none || codec == Codec::snappy || codec == Codec::gzip || codec == Codec::zstandard;
}

std::string codec_name(Codec codec) {
  auto number = static_cast<size_t>(codec);
  return number < names.size() ? names[number] : "number " + std::to_string(static_cast<int>(codec));
}

}  // namespace kalon::parquet
