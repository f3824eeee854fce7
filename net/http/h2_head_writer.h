#pragma once
// Heads as HTTP/2 field blocks (RFC 9113 section 8): the counterpart of H2HeadReader. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/hpack.h"
#include "net/http/message.h"

namespace net::http {

// Whether a head is one we send: within the limits of message.h and what a hop adds to it.
bool fits_h2(const Fields& fields);

// Appends the fields of one block, whose begin() was called.
class H2HeadWriter final {
 public:
  // Both outlive the writer.
  H2HeadWriter(HpackEncoder& encoder, std::string& out) : encoder_(encoder), out_(out) {}

  void request(const RequestHead& head, bool body);
  void response(const ResponseHead& head);
  void status(int status);

 private:
  void put(std::string_view name, std::string_view value, HpackIndexing indexing) {
    encoder_.field(out_, name, value, indexing);
  }
  void fields(const Fields& fields);
  void length(std::optional<std::uint64_t> length);

  HpackEncoder& encoder_;
  std::string& out_;
};

}  // namespace net::http
