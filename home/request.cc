#include "home/request.h"

#include <algorithm>
#include <utility>

#include "base/hex.h"
#include "base/text.h"
#include "home/xml_writer.h"

namespace home {
namespace {

base::Error malformed(std::string_view what) {
  return {base::Errc::Malformed, std::string(what)};
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

base::Result<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto byte = base::decode_hex(text.substr(i + 1, 2));
      if (!byte || byte->size() != 1) return malformed("'%' without two hex digits");
      decoded += *byte;
      i += 2;
    } else {
      decoded += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  if (!is_xml_text(decoded) || has_control(decoded)) {
    return malformed("control characters or ill-formed UTF-8");
  }
  return decoded;
}

base::Result<std::vector<std::string>> parse_path(std::string_view path) {
  if (!path.starts_with('/')) return malformed("the target does not begin with '/'");
  const auto parts = base::split(path.substr(1), '/');
  if (parts.size() > kMaxSegments) {
    return base::Error{base::Errc::TooLarge, "more than 8 path segments"};
  }
  std::vector<std::string> segments;
  for (const std::string_view part : parts) {
    auto segment = percent_decode(part, false);
    if (!segment) return segment.error();
    if (segment->empty() || *segment == "." || *segment == "..") {
      return malformed("an empty or dot segment");
    }
    if (segment->find_first_of("/\\") != std::string::npos) {
      return malformed("an encoded slash");
    }
    segments.push_back(*std::move(segment));
  }
  return segments;
}

base::Result<Parameter> parse_parameter(std::string_view text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  auto name = percent_decode(text.substr(0, equals), true);
  if (!name) return name.error();
  if (name->empty()) return malformed("a parameter without a name");
  auto value = percent_decode(text.substr(std::min(equals + 1, text.size())), true);
  if (!value) return value.error();
  return Parameter{*std::move(name), *std::move(value)};
}

base::Result<> parse_query(std::string_view text, Resource& into) {
  const auto parts = base::split(text, '&');
  if (parts.size() > kMaxParameters) {
    return base::Error{base::Errc::TooLarge, "more than 32 parameters"};
  }
  for (const std::string_view part : parts) {
    auto parameter = parse_parameter(part);
    if (!parameter) return parameter.error();
    if (into.parameter(parameter->name)) return malformed("a parameter given twice");
    into.query.push_back(*std::move(parameter));
  }
  return {};
}

}  // namespace

std::optional<std::string_view> Resource::parameter(std::string_view name) const {
  for (const Parameter& parameter : query) {
    if (parameter.name == name) return parameter.value;
  }
  return std::nullopt;
}

base::Result<Resource> parse_target(std::string_view target) {
  Resource resource;
  const std::size_t mark = target.find('?');
  auto segments = parse_path(target.substr(0, mark));
  if (!segments) return segments.error();
  resource.segments = *std::move(segments);
  if (mark == std::string_view::npos) return resource;
  if (const auto read = parse_query(target.substr(mark + 1), resource); !read) return read.error();
  return resource;
}

std::string encode_segment(std::string_view text) {
  constexpr std::string_view kPlain = "-._~@+";
  std::string encoded;
  for (const char c : text) {
    if (base::is_alnum(c) || kPlain.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view kDigits = "0123456789ABCDEF";  // RFC 3986 section 2.1 asks for them
    encoded += '%';
    encoded += kDigits[byte >> 4];
    encoded += kDigits[byte & 0x0f];
  }
  return encoded;
}

base::Result<policy::BasicCredentials> parse_basic(std::string_view field) {
  auto credentials = policy::parse_basic(field);
  if (credentials && (credentials->user.size() > kMaxAccountBytes ||
                      credentials->password.size() > kMaxPasswordBytes)) {
    return base::Error{base::Errc::TooLarge, "credentials nobody can have"};
  }
  return credentials;
}

}  // namespace home
