// A request is judged the same whole and in pieces, what is accepted holds no forbidden byte, and
// written again it reads back as the same.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/http/h1_head.h"
#include "net/http/h1_writer.h"

namespace {

using net::http::H1Request;
using net::http::H1RequestParser;

struct Verdict {
  int status = 0;  // 0: accepted or unfinished
  std::size_t taken = 0;
  std::optional<H1Request> request;
};

Verdict judge(std::string_view raw, std::size_t step) {
  H1RequestParser parser;
  Verdict verdict;
  for (std::size_t end = 0; end < raw.size() && !parser.done();) {
    end = std::min(end + step, raw.size());
    const auto taken = parser.feed(raw.substr(verdict.taken, end - verdict.taken));
    if (!taken) {
      verdict.status = parser.status_for(taken.error());
      return verdict;
    }
    verdict.taken += *taken;
  }
  if (parser.done()) verdict.request = std::move(parser.request());
  return verdict;
}

void check_same(const H1Request& a, const H1Request& b) {
  assert(a.head.method == b.head.method);
  assert(a.head.target == b.head.target);
  assert(a.head.authority == b.head.authority);
  assert(a.head.content_length == b.head.content_length);
  assert(a.head.fields.size() == b.head.fields.size());
  for (std::size_t i = 0; i < a.head.fields.size(); ++i) {
    assert(a.head.fields[i].name == b.head.fields[i].name);
    assert(a.head.fields[i].value == b.head.fields[i].value);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  const Verdict whole = judge(raw, size + 1);
  for (const std::size_t step : {std::size_t{1}, std::size_t{5}}) {
    const Verdict pieces = judge(raw, step);
    assert(pieces.status == whole.status);
    assert(pieces.request.has_value() == whole.request.has_value());
    if (!whole.request) continue;
    assert(pieces.taken == whole.taken);
    check_same(*pieces.request, *whole.request);
  }
  if (!whole.request || whole.request->head.method == "CONNECT") return 0;

  for (const net::http::Field field : whole.request->head.fields) {
    assert(net::http::is_token(field.name));
    assert(net::http::is_field_value(field.value));
    assert(!net::http::is_hop_by_hop(field.name));
  }
  const auto written = net::http::write_request_head(whole.request->head);
  assert(written);
  // What the writer adds may lift a head that is just within the limits over them.
  if (whole.request->head.fields.size() + 3 > net::http::kMaxFieldCount) return 0;
  if (written->size() > net::http::kMaxHeadBytes) return 0;
  const Verdict again = judge(*written, written->size());
  assert(again.request && again.taken == written->size());
  check_same(*again.request, *whole.request);
  return 0;
}
