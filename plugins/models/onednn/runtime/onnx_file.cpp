#include "onnx_file.h"

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <onnx/onnx_pb.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <system_error>

#include "failure.h"

namespace onednn {
namespace {

using google::protobuf::io::CodedInputStream;

constexpr uint64_t max_structure_bytes = 16 << 20;
constexpr size_t max_declared_values = 100'000;

[[noreturn]] void cannot_read(const char *what, int error) {
  throw Failure(KALON_IO, std::string(what) + ": " + std::generic_category().message(error));
}

class File {
 public:
  // Non-blocking, so that a named pipe does not hang the caller; it is refused below.
  explicit File(const std::string &path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (descriptor_ < 0) cannot_read("the ONNX file cannot be opened", errno);
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
      ::close(descriptor_);
      throw Failure(KALON_IO, "the ONNX file is not a regular file");
    }
    size_ = static_cast<uint64_t>(status.st_size);
  }
  ~File() { ::close(descriptor_); }
  File(const File &) = delete;
  File &operator=(const File &) = delete;

  int descriptor() const { return descriptor_; }
  uint64_t size() const { return size_; }

 private:
  int descriptor_;
  uint64_t size_ = 0;
};

// ---- counting ----

// The messages of onnx.proto that may hold weights.
enum class Message { model, graph, node, attribute, tensor, other };

Message message_of(Message parent, uint32_t field) {
  switch (parent) {
    case Message::model:
      return field == 7 ? Message::graph : Message::other;
    case Message::graph:
      return field == 1 ? Message::node : field == 5 ? Message::tensor : Message::other;
    case Message::node:
      return field == 5 ? Message::attribute : Message::other;
    case Message::attribute:
      return field == 5 || field == 10 ? Message::tensor : Message::other;
    default:
      return Message::other;
  }
}

// float_data, raw_data, double_data: as large in memory as in the file.
bool holds_numbers(Message message, uint32_t field) {
  return message == Message::tensor && (field == 4 || field == 9 || field == 10);
}

enum WireType : uint32_t { varint = 0, eight_bytes = 1, length_delimited = 2, four_bytes = 5 };

// Reads the head of a field; what remains of it is `length` bytes for a length-delimited one and nothing for others.
// False at the end of the enclosing message.
bool next_field(CodedInputStream &stream, int end, uint32_t &field, uint32_t &type, uint32_t &length) {
  if (stream.CurrentPosition() >= end) return false;
  uint32_t tag = stream.ReadTag();
  field = tag >> 3;
  type = tag & 7;
  length = 0;
  uint64_t ignored;
  bool good = field != 0;
  if (type == varint)
    good = good && stream.ReadVarint64(&ignored);
  else if (type == eight_bytes)
    good = good && stream.Skip(8);
  else if (type == four_bytes)
    good = good && stream.Skip(4);
  else
    good = good && type == length_delimited && stream.ReadVarint32(&length);
  int position = stream.CurrentPosition();
  if (!good || position > end || length > static_cast<uint32_t>(end - position))
    corrupt("the ONNX file is damaged or cut off");
  return true;
}

// Bytes of the message at the stream's place that are no numbers of weights.
uint64_t structure_bytes(CodedInputStream &stream, int end, Message message) {
  uint64_t count = 0;
  uint32_t field, type, length;
  for (int begin = stream.CurrentPosition(); next_field(stream, end, field, type, length);
       begin = stream.CurrentPosition()) {
    count += static_cast<uint64_t>(stream.CurrentPosition() - begin);
    if (type != length_delimited) continue;
    int part_end = stream.CurrentPosition() + static_cast<int>(length);
    Message part = message_of(message, field);
    if (part != Message::other)
      count += structure_bytes(stream, part_end, part);
    else if (!stream.Skip(static_cast<int>(length)))
      corrupt("the ONNX file is damaged or cut off");
    else if (!holds_numbers(message, field))
      count += length;
  }
  return count;
}

// ---- declared shapes ----

// room: bytes that declarations may still take; this one's are taken off.
void note_declared_shape(CodedInputStream &stream, uint32_t length, uint64_t &room,
                         std::map<std::string, Shape> &shapes) {
  std::string bytes;
  onnx::ValueInfoProto info;
  if (shapes.size() >= max_declared_values || length > room) too_large("the ONNX file declares too many values");
  room -= length;
  if (!stream.ReadString(&bytes, static_cast<int>(length)) || !info.ParseFromString(bytes))
    corrupt("the ONNX file is damaged or cut off");
  if (!info.type().tensor_type().has_shape()) return;
  Shape shape;
  for (const auto &size : info.type().tensor_type().shape().dim()) {
    shape.push_back(size.has_dim_value() && size.dim_value() >= 0 ? size.dim_value() : -1);
    if (shape.size() > max_rank) return;
  }
  shapes[info.name()] = shape;
}

}  // namespace

std::string read_onnx_file(const std::string &path) {
  File file(path);
  if (file.size() == 0) corrupt("the ONNX file is empty");
  if (file.size() >= INT_MAX) too_large("the ONNX file is larger than 2 GiB");
  std::string bytes(file.size(), '\0');
  for (size_t done = 0; done < bytes.size();) {
    ssize_t count = ::read(file.descriptor(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) cannot_read("the ONNX file cannot be read", errno);
    if (count == 0) throw Failure(KALON_IO, "the ONNX file became shorter while it was read");
    done += static_cast<size_t>(count);
  }
  return bytes;
}

std::shared_ptr<const onnx::ModelProto> parse_onnx(std::string_view bytes) {
  if (bytes.empty()) corrupt("the ONNX file is empty");
  if (bytes.size() >= INT_MAX) too_large("the ONNX file is larger than 2 GiB");
  int size = static_cast<int>(bytes.size());
  CodedInputStream stream(reinterpret_cast<const uint8_t *>(bytes.data()), size);
  if (structure_bytes(stream, size, Message::model) > max_structure_bytes)
    too_large("the ONNX file holds more than " + std::to_string(max_structure_bytes >> 20) +
              " MiB besides its weights' numbers");
  auto model = std::make_shared<onnx::ModelProto>();
  if (!model->ParseFromArray(bytes.data(), size)) corrupt("the ONNX file is damaged, or no ONNX file");
  return model;
}

std::map<std::string, Shape> read_declared_shapes(const std::string &path) {
  File file(path);
  if (file.size() >= INT_MAX) too_large("the ONNX file is larger than 2 GiB");
  google::protobuf::io::FileInputStream input(file.descriptor());
  CodedInputStream stream(&input);
  std::map<std::string, Shape> shapes;
  auto size = static_cast<int>(file.size());
  uint64_t room = max_structure_bytes;
  uint32_t field, type, length;
  while (next_field(stream, size, field, type, length)) {
    if (type != length_delimited) continue;
    if (field != 7) {
      if (!stream.Skip(static_cast<int>(length))) corrupt("the ONNX file is damaged or cut off");
      continue;
    }
    int graph_end = stream.CurrentPosition() + static_cast<int>(length);
    while (next_field(stream, graph_end, field, type, length)) {
      if (type == length_delimited && (field == 12 || field == 13))
        note_declared_shape(stream, length, room, shapes);
      else if (!stream.Skip(static_cast<int>(length)))
        corrupt("the ONNX file is damaged or cut off");
    }
  }
  return shapes;
}

}  // namespace onednn
