// CPU time of one decode at cover 1x to a 224-pixel model input, against libjpeg-turbo's scaled decode followed by an
// area resize. Prints one JSON object for each file: medians of alternating runs.
#include <time.h>

#include <algorithm>
#include <cstdio>
// After cstdio, whose names it uses without including it.
#include <jpeglib.h>
#include <string>
#include <vector>

#include "base/file.h"
#include "embed/picture_file.h"
#include "image/crop.h"
#include "isolation.h"

using namespace kalon;

namespace {

constexpr int side = 224;
constexpr int runs = 15;

double cpu_milliseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

// Exact area average of an interleaved RGB picture.
void area_resize(const std::vector<uint8_t> &source, int width, int height, std::vector<uint8_t> &target, int out_width,
                 int out_height) {
  target.resize(static_cast<size_t>(out_width) * static_cast<size_t>(out_height) * 3);
  for (int y = 0; y < out_height; ++y)
    for (int x = 0; x < out_width; ++x) {
      float top = static_cast<float>(y) * static_cast<float>(height) / static_cast<float>(out_height);
      float bottom = static_cast<float>(y + 1) * static_cast<float>(height) / static_cast<float>(out_height);
      float left = static_cast<float>(x) * static_cast<float>(width) / static_cast<float>(out_width);
      float right = static_cast<float>(x + 1) * static_cast<float>(width) / static_cast<float>(out_width);
      float sum[3] = {0, 0, 0}, weight = 0;
      for (int v = static_cast<int>(top); v < height && static_cast<float>(v) < bottom; ++v) {
        float wy = std::min<float>(static_cast<float>(v + 1), bottom) - std::max<float>(static_cast<float>(v), top);
        for (int u = static_cast<int>(left); u < width && static_cast<float>(u) < right; ++u) {
          float w =
              wy * (std::min<float>(static_cast<float>(u + 1), right) - std::max<float>(static_cast<float>(u), left));
          const uint8_t *pixel =
              source.data() + (static_cast<size_t>(v) * static_cast<size_t>(width) + static_cast<size_t>(u)) * 3;
          for (int c = 0; c < 3; ++c) sum[c] += w * pixel[c];
          weight += w;
        }
      }
      for (int c = 0; c < 3; ++c)
        target[(static_cast<size_t>(y) * static_cast<size_t>(out_width) + static_cast<size_t>(x)) * 3 +
               static_cast<size_t>(c)] = static_cast<uint8_t>(sum[c] / weight + 0.5f);
    }
}

size_t peer(const Bytes &bytes) {
  jpeg_decompress_struct decoder;
  jpeg_error_mgr errors;
  decoder.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, bytes.data(), bytes.size());
  jpeg_read_header(&decoder, TRUE);
  int shorter = static_cast<int>(std::min(decoder.image_width, decoder.image_height));
  decoder.scale_denom = 8;
  for (decoder.scale_num = 1; decoder.scale_num < 8 && shorter * static_cast<int>(decoder.scale_num) < side * 8;)
    ++decoder.scale_num;
  decoder.out_color_space = JCS_RGB;
  jpeg_start_decompress(&decoder);
  std::vector<uint8_t> pixels(static_cast<size_t>(decoder.output_width) * decoder.output_height * 3);
  while (decoder.output_scanline < decoder.output_height) {
    JSAMPROW line = pixels.data() + static_cast<size_t>(decoder.output_scanline) * decoder.output_width * 3;
    jpeg_read_scanlines(&decoder, &line, 1);
  }
  int width = static_cast<int>(decoder.output_width), height = static_cast<int>(decoder.output_height);
  jpeg_finish_decompress(&decoder);
  jpeg_destroy_decompress(&decoder);
  std::vector<uint8_t> resized;
  int out_width = width < height ? side : width * side / height,
      out_height = width < height ? height * side / width : side;
  area_resize(pixels, width, height, resized, out_width, out_height);
  return resized.size();
}

size_t kalon_way(Registry &registry, const std::string &path, const Bytes &bytes) {
  auto picture = PictureFile::open(registry, path, bytes);
  picture.choose_scale({1.0f, side, side, 0});
  return model_inputs(picture.read(transparency_background), CropPolicy::centre, Filter::bicubic, side, side)[0]
      .data.size();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char **argv) {
  Registry registry({KALON_PLUGIN_DIR}, trusting(KALON_PLUGIN_DIR));
  for (int i = 1; i < argc; ++i) {
    Bytes bytes = read_file(argv[i]);
    std::vector<double> ours, theirs;
    size_t produced = 0;
    for (int run = 0; run < runs; ++run) {
      double start = cpu_milliseconds();
      produced += kalon_way(registry, argv[i], bytes);
      double middle = cpu_milliseconds();
      produced += peer(bytes);
      ours.push_back(middle - start);
      theirs.push_back(cpu_milliseconds() - middle);
    }
    if (produced == 0) return 1;
    std::printf("{\"kalon_ms\": %.3f, \"peer_ms\": %.3f}\n", median(ours), median(theirs));
  }
}
