// Whatever a peer seals, and however what it sends is cut, the same data comes out of it and the
// same end; bytes that are no records end the connection.
//
// Input: records, each a byte for the number of changes (0: raw bytes follow, else sealed ones), a
// byte for the length, and as many bytes: content and type.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "net/tls_records.h"

namespace {

using net::TlsRecords;
using net::TrafficKey;

constexpr std::uint16_t kSuite = 0x1301;
const std::string kClientSecret(32, 'c');
const std::string kServerSecret(32, 's');

std::string seal(TrafficKey& key, std::string_view inner) {
  const std::size_t size = inner.size() + TrafficKey::kTagBytes;
  std::string record = {23, 3, 3, static_cast<char>(size >> 8), static_cast<char>(size)};
  record += std::string(inner) + std::string(TrafficKey::kTagBytes, '\0');
  assert(key.seal(record));
  return record;
}

// The bytes on the wire. A message that changes the key changes the peer's too.
std::string write_wire(std::string_view input, TrafficKey& key) {
  std::string wire;
  while (input.size() > 2) {
    const bool sealed = input[0] != 0;
    const std::size_t size = static_cast<unsigned char>(input[1]);
    const std::string_view part = input.substr(2, size);
    input.remove_prefix(2 + part.size());
    if (!sealed || part.empty()) {
      wire += part;
    } else {
      wire += seal(key, part);
      if (part.starts_with(std::string_view("\x18\0\0\1", 4)) && part.ends_with('\x16')) {
        assert(key.advance());
      }
    }
  }
  return wire;
}

struct Outcome {
  std::string data;
  std::string output;
  TlsRecords::Status status = TlsRecords::Status::Open;
  int reason = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome read(std::string_view wire, TlsRecords::Side side, std::size_t step) {
  const TlsRecords::Agreement agreed{side, kSuite, kClientSecret, kServerSecret, 0};
  net::ByteQueue output;
  const auto tls = TlsRecords::start(agreed, output);
  Outcome outcome;
  std::string waiting;
  while (!wire.empty() && outcome.status == TlsRecords::Status::Open) {
    const std::string_view next = wire.substr(0, step);
    wire.remove_prefix(next.size());
    waiting += next;
    const TlsRecords::Opened opened = tls->open(waiting);
    assert(opened.plain <= opened.taken && opened.taken <= waiting.size());
    outcome.data += waiting.substr(0, opened.plain);
    waiting.erase(0, opened.taken);
    outcome.status = opened.status;
  }
  outcome.output = output.view();
  outcome.reason = tls->reason();
  assert((outcome.status == TlsRecords::Status::Failed) == (outcome.reason != 0));
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  for (const TlsRecords::Side side : {TlsRecords::Side::Client, TlsRecords::Side::Server}) {
    TrafficKey key;
    const bool server = side == TlsRecords::Side::Server;
    assert(key.start(TrafficKey::Use::Seal, kSuite, server ? kClientSecret : kServerSecret, 0));
    const std::string wire = write_wire(input, key);
    const Outcome whole = read(wire, side, wire.size() + 1);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}}) {
      assert(read(wire, side, step) == whole);
    }
  }
  return 0;
}
