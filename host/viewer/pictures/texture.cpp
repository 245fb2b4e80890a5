#include "pictures/texture.h"

#define GLFW_INCLUDE_GLEXT
#include <GLFW/glfw3.h>

#include <utility>

namespace kalon::viewer {
namespace {

// What came after OpenGL 1.1 is asked of the driver.
PFNGLGENERATEMIPMAPPROC generate_mipmaps() {
  static auto function = reinterpret_cast<PFNGLGENERATEMIPMAPPROC>(glfwGetProcAddress("glGenerateMipmap"));
  return function;
}

}  // namespace

Texture::Texture(int width, int height, std::span<const uint8_t> rgba, bool mipmaps)
    : width_(width), height_(height), bytes_(rgba.size() + (mipmaps ? rgba.size() / 3 : 0)), mipmaps_(mipmaps) {
  glGenTextures(1, &id_);
  glBindTexture(GL_TEXTURE_2D, id_);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 4);
  glPixelStorei(GL_UNPACK_ROW_LENGTH, 0);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, rgba.data());
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, mipmaps ? GL_LINEAR_MIPMAP_LINEAR : GL_LINEAR);
  if (mipmaps && generate_mipmaps()) generate_mipmaps()(GL_TEXTURE_2D);
}

Texture::~Texture() {
  if (id_ != 0) glDeleteTextures(1, &id_);
}

Texture::Texture(Texture &&other) noexcept
    : id_(std::exchange(other.id_, 0)),
      width_(other.width_),
      height_(other.height_),
      bytes_(std::exchange(other.bytes_, 0)),
      mipmaps_(other.mipmaps_),
      nearest_(other.nearest_) {}

Texture &Texture::operator=(Texture &&other) noexcept {
  if (this != &other) {
    if (id_ != 0) glDeleteTextures(1, &id_);
    id_ = std::exchange(other.id_, 0);
    width_ = other.width_;
    height_ = other.height_;
    bytes_ = std::exchange(other.bytes_, 0);
    mipmaps_ = other.mipmaps_;
    nearest_ = other.nearest_;
  }
  return *this;
}

void Texture::sample_nearest(bool nearest) const {
  if (id_ == 0 || nearest == nearest_) return;
  nearest_ = nearest;
  glBindTexture(GL_TEXTURE_2D, id_);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, nearest ? GL_NEAREST : GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER,
                  nearest    ? GL_NEAREST
                  : mipmaps_ ? GL_LINEAR_MIPMAP_LINEAR
                             : GL_LINEAR);
}

}  // namespace kalon::viewer
