#pragma once
// A picture on the graphics card.

#include <cstddef>
#include <cstdint>
#include <span>

#include <imgui/imgui.h>

namespace kalon::viewer {

class Texture {
 public:
  Texture() = default;
  // rgba: height x width x 4, tightly packed. mipmaps: for pictures that may be drawn much smaller. [main, with the
  // window's context]
  Texture(int width, int height, std::span<const uint8_t> rgba, bool mipmaps);
  ~Texture();
  Texture(Texture &&other) noexcept;
  Texture &operator=(Texture &&other) noexcept;

  explicit operator bool() const { return id_ != 0; }
  int width() const { return width_; }
  int height() const { return height_; }
  size_t bytes() const { return bytes_; }
  ImTextureID handle() const { return reinterpret_cast<ImTextureID>(static_cast<uintptr_t>(id_)); }
  // nearest: each texel a sharp square when enlarged. The choice holds for the whole frame.
  void sample_nearest(bool nearest) const;

 private:
  unsigned id_ = 0;
  int width_ = 0, height_ = 0;
  size_t bytes_ = 0;
  bool mipmaps_ = false;
  mutable bool nearest_ = false;
};

}  // namespace kalon::viewer
