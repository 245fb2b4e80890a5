#include "plugin/packets.h"

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/error.h"

namespace kalon {
namespace {

// Room for one descriptor beside a packet, aligned as the system wants it.
union Beside {
  cmsghdr header;
  std::array<char, CMSG_SPACE(sizeof(int))> bytes;
};

}  // namespace

void send_packet(int socket, const nlohmann::json &message, int descriptor) {
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
  while (::sendmsg(socket, &packet, MSG_NOSIGNAL) < 0)
    if (errno != EINTR) throw system_error(errno, "cannot send to the other process", "");
}

std::optional<nlohmann::json> receive_packet(int socket, int *descriptor) {
  std::array<char, max_packet_bytes + 1> buffer;
  iovec part{buffer.data(), buffer.size()};
  Beside beside{};
  msghdr packet{};
  packet.msg_iov = &part;
  packet.msg_iovlen = 1;
  packet.msg_control = beside.bytes.data();
  packet.msg_controllen = beside.bytes.size();
  ssize_t size;
  while ((size = ::recvmsg(socket, &packet, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno == ECONNRESET) return std::nullopt;
    if (errno != EINTR) throw system_error(errno, "cannot hear the other process", "");
  }
  int came = -1;
  for (cmsghdr *header = CMSG_FIRSTHDR(&packet); header; header = CMSG_NXTHDR(&packet, header))
    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
      std::memcpy(&came, CMSG_DATA(header), sizeof came);
  if (descriptor)
    *descriptor = came;
  else if (came >= 0)
    ::close(came);
  if (size == 0) return std::nullopt;
  auto message = nlohmann::json::parse(buffer.data(), buffer.data() + size, nullptr, /*allow_exceptions=*/false);
  if (!message.is_object()) {
    if (descriptor && came >= 0) {
      ::close(came);
      *descriptor = -1;
    }
    throw Error(Status::invalid_argument, "a packet that is no JSON object");
  }
  return message;
}

}  // namespace kalon
