#pragma once
// Why a stream ends: the conditions of RFC 6120 section 4.9.3.

#include <string>
#include <string_view>

namespace xmpp {

enum class Condition {
  BadFormat,
  BadNamespacePrefix,
  Conflict,
  ConnectionTimeout,
  HostGone,
  HostUnknown,
  ImproperAddressing,
  InternalServerError,
  InvalidFrom,
  InvalidNamespace,
  InvalidXml,
  NotAuthorized,
  NotWellFormed,
  PolicyViolation,
  RemoteConnectionFailed,
  Reset,
  ResourceConstraint,
  RestrictedXml,
  SeeOtherHost,
  SystemShutdown,
  UndefinedCondition,
  UnsupportedEncoding,
  UnsupportedFeature,
  UnsupportedStanzaType,
  UnsupportedVersion,
};

// The element's name: "not-well-formed".
std::string_view to_string(Condition condition);

// The condition is for the peer, the detail for the log only.
struct StreamError {
  Condition condition = Condition::UndefinedCondition;
  std::string detail;
};

}  // namespace xmpp
