#include "xmpp/stream.h"

#include <fmt/format.h>

#include "base/text.h"

namespace xmpp {

StreamHeader read_header(const Element& element) {
  return {std::string(element.attribute("to")), std::string(element.attribute("from")),
          std::string(element.attribute("id")), std::string(element.attribute("version")),
          std::string(element.attribute("lang", ns::kXml))};
}

bool is_version_1(std::string_view version) {
  constexpr std::uint64_t kMax = 1'000'000;
  const std::size_t dot = version.find('.');
  if (dot == version.npos) return false;
  const auto major = base::parse_decimal(version.substr(0, dot), kMax);
  const auto minor = base::parse_decimal(version.substr(dot + 1), kMax);
  return major && minor && *major >= 1;
}

base::Result<std::string> parse_domain(std::string_view to) {
  if (to.ends_with('.')) to.remove_suffix(1);
  if (!base::is_host_name(to)) return base::Error{base::Errc::Malformed, "to: not a host name"};
  return base::to_lower(to);
}

std::string write_header(const StreamHeader& header) {
  std::string out =
      "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
      "xmlns:stream='http://etherx.jabber.org/streams'";
  const auto put = [&out](std::string_view name, std::string_view value) {
    if (!value.empty()) out += fmt::format(" {}='{}'", name, escape(value));
  };
  put("id", header.id);
  put("from", header.from);
  put("to", header.to);
  put("version", header.version);
  put("xml:lang", header.lang);
  return out + ">";
}

std::string write_error(Condition condition, std::string_view root_name) {
  // Under another's header the prefix may mean nothing, or something else.
  const bool usual = root_name == "stream:stream";
  return fmt::format("<stream:error{}><{} xmlns='{}'/></stream:error></{}>",
                     usual ? "" : fmt::format(" xmlns:stream='{}'", ns::kStreams),
                     to_string(condition), ns::kStreamErrors, root_name);
}

std::string_view bound_jid(const Element& iq) {
  if (!iq.is("iq", ns::kClient) || iq.attribute("type") != "result") return {};
  const Element* bind = iq.child("bind", ns::kBind);
  const Element* jid = bind ? bind->child("jid", ns::kBind) : nullptr;
  return jid ? std::string_view(jid->text) : std::string_view{};
}

std::optional<std::string_view> granted_jid(const Element& element) {
  constexpr std::string_view kStreamManagement = "urn:xmpp:sm:";  // with its version
  const std::string_view jid = bound_jid(element);
  const bool resumed = element.name == "resumed" && element.ns.starts_with(kStreamManagement);
  if (jid.empty() && !resumed) return std::nullopt;
  return jid;
}

std::string write_sasl_failure(std::string_view condition) {
  return fmt::format("<failure xmlns='{}'><{}/></failure>", ns::kSasl, condition);
}

}  // namespace xmpp
