// The documents inside SERVICE and its answer; declared in delegation.h.

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <pugixml.hpp>

#include "base/text.h"
#include "sip/delegation.h"
#include "sip/limits.h"

namespace sip {
namespace {

constexpr std::string_view kReqType = "collab-edge";
constexpr std::string_view kMethodName = "DigestSA";
constexpr std::string_view kVersion = "1.0";
constexpr std::int64_t kMaxSeconds = 253402300799;  // the end of the year 9999
constexpr std::size_t kPeerIdBytes = 8;

base::Error malformed(std::string_view what) {
  return {base::Errc::Malformed, "delegation: " + std::string(what)};
}

// -- writing

void append_text(std::string& out, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // A reader changes bare line ends, and XML has no bare controls.
        if (static_cast<unsigned char>(c) < 0x20) {
          out += "&#" + std::to_string(static_cast<int>(c)) + ';';
        } else {
          out += c;
        }
    }
  }
}

void append_element(std::string& out, std::string_view name, std::string_view text) {
  out += '<';
  out += name;
  out += '>';
  append_text(out, text);
  out += "</";
  out += name;
  out += '>';
}

void append_list(std::string& out, std::string_view list, std::string_view name,
                 const std::vector<std::string>& texts) {
  out += '<' + std::string(list) + '>';
  for (const std::string& text : texts)
    append_element(out, name, text);
  out += "</" + std::string(list) + '>';
}

void append_head(std::string& out, std::string_view root, const CredentialRequest& request) {
  out += "<?xml version=\"1.0\" encoding=\"utf-8\"?> <";
  out += root;
  out += "><params>";
  append_element(out, "peerid", request.peer_id);
  append_element(out, "id", request.id);
  append_element(out, "username", request.username);
  append_element(out, "realm", request.realm);
  append_element(out, "reqtype", kReqType);
  out += "</params>";
}

void append_tail(std::string& out, std::string_view root, const CredentialRequest& request) {
  append_element(out, "methodName", kMethodName);
  append_element(out, "version", kVersion);
  append_element(out, "msgid", std::to_string(request.msg_id));
  append_element(out, "sipdomain", request.sip_domain);
  out += "</" + std::string(root) + '>';
}

std::string seconds_text(std::chrono::sys_seconds time) {
  return std::to_string(time.time_since_epoch().count());
}

// -- reading

// Entities and processing instructions are not needed and a DTD is refused, so a document can only
// be as large as its bytes.
base::Result<pugi::xml_node> parse(pugi::xml_document& document, std::string_view text,
                                   const char* root) {
  if (text.size() > kMaxMessageBytes) {
    return base::Error{base::Errc::TooLarge, "delegation: document too large"};
  }
  const auto parsed =
      document.load_buffer(text.data(), text.size(),
                           pugi::parse_default | pugi::parse_doctype | pugi::parse_ws_pcdata_single,
                           pugi::encoding_utf8);
  if (!parsed) return malformed(std::string("not XML: ") + parsed.description());
  for (const pugi::xml_node node : document.children()) {
    if (node.type() == pugi::node_doctype) return malformed("a DTD is not accepted");
  }
  const pugi::xml_node found = document.child(root);
  if (!found || found.next_sibling(root)) return malformed(std::string("no single ") + root);
  return found;
}

base::Result<pugi::xml_node> single(const pugi::xml_node& parent, const char* name) {
  const pugi::xml_node found = parent.child(name);
  if (!found || found.next_sibling(name)) return malformed(std::string("no single ") + name);
  return found;
}

base::Result<std::string> text_in(const pugi::xml_node& node) {
  const std::string name = node.name();
  const pugi::xml_node child = node.first_child();
  // Text in pieces would be one thing to us and another to the next reader.
  if (child && (child.next_sibling() || child.type() != pugi::node_pcdata)) {
    return malformed(name + " is not plain text");
  }
  std::string text = child.value();
  if (text.empty()) return malformed(name + " is empty");
  if (text.size() > kMaxDelegatedBytes) {
    return base::Error{base::Errc::TooLarge, "delegation: " + name};
  }
  return text;
}

base::Result<> read(const pugi::xml_node& parent, const char* name, std::string& out) {
  const auto node = single(parent, name);
  if (!node) return node.error();
  auto text = text_in(*node);
  if (!text) return text.error();
  out = std::move(*text);
  return {};
}

base::Result<std::int64_t> read_seconds(const pugi::xml_node& parent, const char* name) {
  std::string text;
  if (const auto done = read(parent, name, text); !done) return done.error();
  const auto number = base::parse_decimal(text, static_cast<std::uint64_t>(kMaxSeconds));
  if (!number) return malformed(std::string(name) + " is no number of seconds");
  return static_cast<std::int64_t>(*number);
}

base::Result<> expect(const pugi::xml_node& parent, const char* name, std::string_view wanted) {
  std::string text;
  if (const auto done = read(parent, name, text); !done) return done.error();
  if (text != wanted) return malformed(std::string(name) + " is another");
  return {};
}

struct Field {
  const char* name;
  std::string* out;
};

base::Result<> read_all(const pugi::xml_node& parent, std::initializer_list<Field> fields) {
  for (const Field& field : fields) {
    if (auto done = read(parent, field.name, *field.out); !done) return done;
  }
  return {};
}

base::Result<CredentialRequest> read_request(const pugi::xml_node& root) {
  CredentialRequest request;
  const auto params = single(root, "params");
  if (!params) return params.error();
  const auto texts = read_all(*params, {{"peerid", &request.peer_id},
                                        {"id", &request.id},
                                        {"username", &request.username},
                                        {"realm", &request.realm}});
  if (!texts) return texts.error();
  if (const auto done = expect(*params, "reqtype", kReqType); !done) return done.error();
  if (const auto done = expect(root, "methodName", kMethodName); !done) return done.error();
  if (const auto done = expect(root, "version", kVersion); !done) return done.error();
  const auto id = read_seconds(root, "msgid");
  if (!id) return id.error();
  request.msg_id = *id;
  const auto domain = read_all(root, {{"sipdomain", &request.sip_domain}});
  if (!domain) return domain.error();
  if (request.peer_id.size() != kPeerIdBytes ||
      !std::ranges::all_of(request.peer_id, base::is_hex_digit)) {
    return malformed("peerid is not 8 hex digits");
  }
  if (!std::ranges::all_of(request.id, base::is_digit)) return malformed("id is no number");
  return request;
}

base::Result<std::vector<std::string>> read_list(const pugi::xml_node& parent, const char* list,
                                                 const char* name) {
  const auto node = single(parent, list);
  if (!node) return node.error();
  std::vector<std::string> texts;
  for (const pugi::xml_node child : node->children(name)) {
    if (texts.size() == kMaxDelegatedNames) {
      return base::Error{base::Errc::TooLarge, std::string("delegation: ") + list};
    }
    auto text = text_in(child);
    if (!text) return text.error();
    texts.push_back(std::move(*text));
  }
  return texts;
}

base::Result<std::vector<Ha1>> read_ha1(const pugi::xml_node& parent) {
  std::vector<Ha1> all;
  for (const pugi::xml_node child : parent.children("ha1")) {
    auto value = text_in(child);
    if (!value) return value.error();
    Ha1 ha1{child.attribute("algorithm").value(), std::move(*value)};
    const bool is_md5 = ha1.algorithm == "MD5";
    if (!is_md5 && ha1.algorithm != "SHA-256") return malformed("ha1 of an unknown algorithm");
    const auto is_hex = [](char c) { return base::is_digit(c) || (c >= 'a' && c <= 'f'); };
    if (ha1.value.size() != (is_md5 ? 32u : 64u) || !std::ranges::all_of(ha1.value, is_hex)) {
      return malformed("ha1 is no hash of its algorithm");
    }
    for (const Ha1& other : all) {
      if (other.algorithm == ha1.algorithm) return malformed("ha1 twice");
    }
    all.push_back(std::move(ha1));
  }
  if (all.empty()) return malformed("no ha1");
  return all;
}

}  // namespace

std::string to_xml(const CredentialRequest& request) {
  std::string out;
  append_head(out, "methodCall", request);
  append_tail(out, "methodCall", request);
  return out;
}

std::string to_xml(const CredentialRequest& request, const Association& association) {
  std::string out;
  append_head(out, "methodResponse", request);
  out += "<digestSA>";
  for (const Ha1& ha1 : association.ha1) {
    out += "<ha1 algorithm=\"";
    append_text(out, ha1.algorithm);
    out += "\">";
    append_text(out, ha1.value);
    out += "</ha1>";
  }
  append_element(out, "user", association.user);
  append_element(out, "domain", association.domain);
  append_element(out, "issued", seconds_text(association.issued));
  append_element(out, "expires", seconds_text(association.expires));
  append_list(out, "lines", "line", association.lines);
  append_list(out, "devices", "device", association.devices);
  out += "</digestSA>";
  append_tail(out, "methodResponse", request);
  return out;
}

base::Result<CredentialRequest> parse_method_call(std::string_view text) {
  pugi::xml_document document;
  const auto root = parse(document, text, "methodCall");
  if (!root) return root.error();
  return read_request(*root);
}

base::Result<Association> parse_method_response(std::string_view text) {
  pugi::xml_document document;
  const auto root = parse(document, text, "methodResponse");
  if (!root) return root.error();
  auto request = read_request(*root);
  if (!request) return request.error();
  const auto answer = single(*root, "digestSA");
  if (!answer) return answer.error();
  Association association;
  association.username = std::move(request->username);
  association.realm = std::move(request->realm);
  const auto texts =
      read_all(*answer, {{"user", &association.user}, {"domain", &association.domain}});
  if (!texts) return texts.error();
  auto ha1 = read_ha1(*answer);
  if (!ha1) return ha1.error();
  association.ha1 = std::move(*ha1);
  const auto issued = read_seconds(*answer, "issued");
  if (!issued) return issued.error();
  const auto expires = read_seconds(*answer, "expires");
  if (!expires) return expires.error();
  association.issued = std::chrono::sys_seconds{std::chrono::seconds{*issued}};
  association.expires = std::chrono::sys_seconds{std::chrono::seconds{*expires}};
  auto lines = read_list(*answer, "lines", "line");
  if (!lines) return lines.error();
  association.lines = std::move(*lines);
  auto devices = read_list(*answer, "devices", "device");
  if (!devices) return devices.error();
  association.devices = std::move(*devices);
  return association;
}

}  // namespace sip
