// What is understood of a SASL message is written the same again; an <auth/> that is read and
// written reads the same; a mechanism that is added to features is offered in them, beside all that
// was.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/reader.h"
#include "xmpp/sasl.h"

namespace {

// The element's tree, if it is one.
xmpp::Event read(std::string_view octets) {
  static xmpp::Parser parser;
  xmpp::Reader reader(parser, xmpp::kLimitsAfter);
  reader.set_detail(xmpp::Detail::Tree);
  const auto header = reader.next(xmpp::Parser::kUsualContext);
  assert(header.kind == xmpp::Event::Kind::Header);
  return reader.next(octets);
}

void check_messages(std::string_view raw) {
  if (const auto plain = xmpp::parse_plain(raw)) assert(xmpp::to_string(*plain) == raw);
  if (const auto token = xmpp::parse_vtg_token(raw)) assert(xmpp::to_string(*token) == raw);
}

void check_element(std::string_view raw) {
  const xmpp::Event event = read(raw);
  if (event.kind != xmpp::Event::Kind::Element) return;
  if (const auto auth = xmpp::parse_auth(event.element)) {
    check_messages(auth->message);
    const auto again = xmpp::parse_auth(read(xmpp::write_auth(*auth)).element);
    assert(again && again->mechanism == auth->mechanism && again->message == auth->message);
  }
  const std::string_view octets = raw.substr(0, event.octets);
  const std::string more = xmpp::add_mechanism(octets, xmpp::kVtgToken);
  if (more == octets) return;
  const xmpp::Event changed = read(more);
  assert(changed.kind == xmpp::Event::Kind::Element);
  assert(changed.element.name == event.element.name);
  assert(changed.element.children.size() <= event.element.children.size());  // a tree is bounded
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view raw(reinterpret_cast<const char*>(data), size);
  check_messages(raw);
  check_element(raw);
  return 0;
}
