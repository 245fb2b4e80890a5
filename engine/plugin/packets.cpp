#include "plugin/packets.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"

namespace kalon {
namespace {

// Room for a descriptor beside a packet, aligned as the system wants it, which leaves room for a second one.
union Beside {
  cmsghdr header;
  std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

void send(int socket, const nlohmann::json &message, int descriptor, int flags) {
  // Bytes that are no UTF-8 may come from anyone's texts.
  std::string text = message.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > max_packet_bytes)
    throw Error(Status::limit_exceeded, "a packet between the engine and a worker would have " +
                                            std::to_string(text.size()) + " bytes; at most " +
                                            std::to_string(max_packet_bytes) + " are allowed");
  iovec part{text.data(), text.size()};
  msghdr packet{};
  packet.msg_iov = &part;
  packet.msg_iovlen = 1;
  Beside beside{};
  if (descriptor >= 0) {
    packet.msg_control = beside.bytes.data();
    packet.msg_controllen = beside.bytes.size();
    cmsghdr *header = CMSG_FIRSTHDR(&packet);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof descriptor);
    std::memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
  }
  while (::sendmsg(socket, &packet, MSG_NOSIGNAL | flags) < 0) {
    if (errno == EAGAIN) throw Error(Status::busy, "the other process does not read what it is sent");
    if (errno != EINTR) throw system_error(errno, "cannot send to the other process", "");
  }
}

// All that came along; only the first can be of use.
void take_descriptors(msghdr &packet, int *first) {
  for (cmsghdr *header = CMSG_FIRSTHDR(&packet); header; header = CMSG_NXTHDR(&packet, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int came;
      std::memcpy(&came, CMSG_DATA(header) + i * sizeof came, sizeof came);
      if (*first < 0)
        *first = came;
      else
        ::close(came);
    }
  }
}

}  // namespace

void send_packet(int socket, const nlohmann::json &message, int descriptor) {
  send(socket, message, descriptor, 0);
}

void send_packet_at_once(int socket, const nlohmann::json &message, int descriptor) {
  send(socket, message, descriptor, MSG_DONTWAIT);
}

std::optional<nlohmann::json> receive_packet(int socket, int *descriptor) {
  std::array<char, max_packet_bytes + 1> buffer;
  iovec part{buffer.data(), buffer.size()};
  Beside beside{};
  msghdr packet{};
  packet.msg_iov = &part;
  packet.msg_iovlen = 1;
  if (descriptor) {
    *descriptor = -1;
    packet.msg_control = beside.bytes.data();
    packet.msg_controllen = beside.bytes.size();
  }
  ssize_t size;
  while ((size = ::recvmsg(socket, &packet, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno == ECONNRESET) return std::nullopt;
    if (errno != EINTR) throw system_error(errno, "cannot hear the other process", "");
  }
  if (descriptor) take_descriptors(packet, descriptor);
  if (size == 0) return std::nullopt;
  auto refuse = [&](const std::string &what) {
    if (descriptor && *descriptor >= 0) ::close(std::exchange(*descriptor, -1));
    throw Error(Status::invalid_argument, what);
  };
  if (static_cast<size_t>(size) > max_packet_bytes)
    refuse("a packet of more than " + std::to_string(max_packet_bytes) + " bytes");
  auto message = nlohmann::json::parse(buffer.data(), buffer.data() + size, nullptr, /*allow_exceptions=*/false);
  if (!message.is_object()) refuse("a packet that is no JSON object");
  return message;
}

}  // namespace kalon
