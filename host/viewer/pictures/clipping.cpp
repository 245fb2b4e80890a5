#include "pictures/clipping.h"

#define GLFW_INCLUDE_GLEXT
#include <GLFW/glfw3.h>

#include <initializer_list>

namespace kalon::viewer {
namespace {

constexpr const char *vertex_source = R"(#version 330 core
in vec2 Position;
in vec2 UV;
uniform mat4 ProjMtx;
out vec2 place;
void main() {
  place = UV;
  gl_Position = ProjMtx * vec4(Position, 0, 1);
})";

// Half a step inside, for what interpolation between equal texels may lose.
constexpr const char *fragment_source = R"(#version 330 core
in vec2 place;
uniform sampler2D Texture;
out vec4 colour;
void main() {
  vec3 pixel = texture(Texture, place).rgb;
  float highest = max(pixel.r, max(pixel.g, pixel.b));
  if (highest >= 254.5 / 255.0) colour = vec4(0.93, 0.17, 0.13, 1);
  else if (highest <= 0.5 / 255.0) colour = vec4(0.16, 0.42, 0.95, 1);
  else discard;
})";

// What came after OpenGL 1.1 is asked of the driver.
template <class Function>
Function driver(const char *name) {
  return reinterpret_cast<Function>(glfwGetProcAddress(name));
}

// The program that draws marks in place of ImGui's: same attributes at the same places, same matrix.
class Marks {
 public:
  void use() {
    GLint before = 0;
    glGetIntegerv(GL_CURRENT_PROGRAM, &before);
    auto usual = static_cast<GLuint>(before);
    if (program_ == 0 && !refused_) build(usual);
    if (program_ == 0) return;
    GLfloat matrix[16];
    get_uniform_(usual, uniform_(usual, "ProjMtx"), matrix);
    use_(program_);
    set_matrix_(uniform_(program_, "ProjMtx"), 1, GL_FALSE, matrix);
    set_integer_(uniform_(program_, "Texture"), 0);
  }

 private:
  void build(GLuint usual) {
    auto make_shader = driver<PFNGLCREATESHADERPROC>("glCreateShader");
    auto set_source = driver<PFNGLSHADERSOURCEPROC>("glShaderSource");
    auto compile = driver<PFNGLCOMPILESHADERPROC>("glCompileShader");
    auto make_program = driver<PFNGLCREATEPROGRAMPROC>("glCreateProgram");
    auto attach = driver<PFNGLATTACHSHADERPROC>("glAttachShader");
    auto place = driver<PFNGLGETATTRIBLOCATIONPROC>("glGetAttribLocation");
    auto set_place = driver<PFNGLBINDATTRIBLOCATIONPROC>("glBindAttribLocation");
    auto link = driver<PFNGLLINKPROGRAMPROC>("glLinkProgram");
    auto state = driver<PFNGLGETPROGRAMIVPROC>("glGetProgramiv");
    auto shader = [&](GLenum kind, const char *source) {
      auto made = make_shader(kind);
      set_source(made, 1, &source, nullptr);
      compile(made);
      return made;
    };
    auto program = make_program();
    attach(program, shader(GL_VERTEX_SHADER, vertex_source));
    attach(program, shader(GL_FRAGMENT_SHADER, fragment_source));
    for (const char *name : {"Position", "UV"}) set_place(program, static_cast<GLuint>(place(usual, name)), name);
    link(program);
    GLint linked = GL_FALSE;
    state(program, GL_LINK_STATUS, &linked);
    refused_ = linked == GL_FALSE;
    if (!refused_) program_ = program;
  }

  GLuint program_ = 0;
  bool refused_ = false;
  PFNGLUSEPROGRAMPROC use_ = driver<PFNGLUSEPROGRAMPROC>("glUseProgram");
  PFNGLGETUNIFORMLOCATIONPROC uniform_ = driver<PFNGLGETUNIFORMLOCATIONPROC>("glGetUniformLocation");
  PFNGLGETUNIFORMFVPROC get_uniform_ = driver<PFNGLGETUNIFORMFVPROC>("glGetUniformfv");
  PFNGLUNIFORMMATRIX4FVPROC set_matrix_ = driver<PFNGLUNIFORMMATRIX4FVPROC>("glUniformMatrix4fv");
  PFNGLUNIFORM1IPROC set_integer_ = driver<PFNGLUNIFORM1IPROC>("glUniform1i");
};

void use_marks(const ImDrawList *, const ImDrawCmd *) {
  static Marks marks;
  marks.use();
}

}  // namespace

void begin_clipping_marks(ImDrawList *list) {
  list->AddCallback(use_marks, nullptr);
}

void end_clipping_marks(ImDrawList *list) {
  list->AddCallback(ImDrawCallback_ResetRenderState, nullptr);
}

}  // namespace kalon::viewer
