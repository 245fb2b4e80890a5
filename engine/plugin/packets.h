#pragma once
// Packets of the worker protocol (sdk/docs/worker-protocol.md): one JSON object each, over a sequenced socket.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>

namespace kalon {

inline constexpr size_t max_packet_bytes = 65'536;
inline constexpr uint64_t worker_protocol = 1;
inline constexpr int worker_socket = 3;  // the worker's descriptor

// Control memory: what both sides change while a request runs.
inline constexpr size_t control_bytes = 64;
inline constexpr size_t cancelled_at = 0, signs_of_life_at = 8;

// Throws io when the other side is gone, limit_exceeded for too large a packet. descriptor: sent along, unless -1.
// [any]
void send_packet(int socket, const nlohmann::json &message, int descriptor = -1);
// As above, but throws busy where it would have to wait until the other side has read what it was sent before. [any]
void send_packet_at_once(int socket, const nlohmann::json &message, int descriptor);

// The next packet, waiting for it; nothing when the other side is gone. Throws invalid_argument when it is no JSON
// object, or too large. descriptor: what came along (to be closed by the caller) or -1; null: the system lets none in;
// none when it throws. [any]
std::optional<nlohmann::json> receive_packet(int socket, int *descriptor);

}  // namespace kalon
