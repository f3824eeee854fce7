#include "xmpp/condition.h"

namespace xmpp {

std::string_view to_string(Condition condition) {
  switch (condition) {
    case Condition::BadFormat:
      return "bad-format";
    case Condition::BadNamespacePrefix:
      return "bad-namespace-prefix";
    case Condition::Conflict:
      return "conflict";
    case Condition::ConnectionTimeout:
      return "connection-timeout";
    case Condition::HostGone:
      return "host-gone";
    case Condition::HostUnknown:
      return "host-unknown";
    case Condition::ImproperAddressing:
      return "improper-addressing";
    case Condition::InternalServerError:
      return "internal-server-error";
    case Condition::InvalidFrom:
      return "invalid-from";
    case Condition::InvalidNamespace:
      return "invalid-namespace";
    case Condition::InvalidXml:
      return "invalid-xml";
    case Condition::NotAuthorized:
      return "not-authorized";
    case Condition::NotWellFormed:
      return "not-well-formed";
    case Condition::PolicyViolation:
      return "policy-violation";
    case Condition::RemoteConnectionFailed:
      return "remote-connection-failed";
    case Condition::Reset:
      return "reset";
    case Condition::ResourceConstraint:
      return "resource-constraint";
    case Condition::RestrictedXml:
      return "restricted-xml";
    case Condition::SeeOtherHost:
      return "see-other-host";
    case Condition::SystemShutdown:
      return "system-shutdown";
    case Condition::UndefinedCondition:
      return "undefined-condition";
    case Condition::UnsupportedEncoding:
      return "unsupported-encoding";
    case Condition::UnsupportedFeature:
      return "unsupported-feature";
    case Condition::UnsupportedStanzaType:
      return "unsupported-stanza-type";
    case Condition::UnsupportedVersion:
      return "unsupported-version";
  }
  return {};
}

}  // namespace xmpp
