#pragma once
// Routing state that travels in messages and comes back: Via branch, Path and Contact of the core
// (RFC 3261 section 16.11). Sealed with AES-SIV (RFC 5297), so that nobody can make or change one,
// and the same state always has the same text, as a stateless proxy's branch must.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sip {

using FlowId = std::array<std::uint8_t, 16>;
// 32 lower-case hex digits, as logs and Sallyport-Flow have it.
std::string to_string(const FlowId& flow);
std::optional<FlowId> parse_flow(std::string_view text);

// Where a registered client, or the sender of a request, is to be found.
struct RouteState {
  enum class Kind : std::uint8_t {
    Binding = 1,     // in Contact or Path of a REGISTER: how to reach the client
    ToClient = 2,    // in our Via of a request that came from an edge: where its answer goes
    ToUpstream = 3,  // in our Via of a request from inside: by which connection its answer goes
    Dialog = 4,      // in our Record-Route
  };
  Kind kind = Kind::Binding;
  std::uint64_t edge = 0;  // name_hash() of the edge's name
  std::uint16_t edge_worker = 0;
  FlowId flow{};
  std::uint64_t transaction = 0;  // of Via: makes the branch of each transaction its own
  std::uint64_t connection = 0;   // ToUpstream: core worker and connection, as the core numbers
  bool operator==(const RouteState&) const = default;
};

// The first 8 bytes of SHA-256 over the lower-case name.
std::uint64_t name_hash(std::string_view name);

class Sealer final {
 public:
  // Any 32 bytes or more of secret; the same secret opens what it sealed after a restart. One per
  // worker: it keeps its cipher contexts.
  explicit Sealer(std::string_view secret);
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  // base64url without padding: letters, digits, '-' and '_', some 80 of them. Fit for a branch
  // (behind the magic cookie), a user part and a parameter.
  std::string seal(const RouteState& state) const;
  // Nothing for anything that seal() of the same secret did not make.
  std::optional<RouteState> open(std::string_view text) const;

 private:
  class Siv;
  std::unique_ptr<Siv> siv_;
};

}  // namespace sip
