#include "support/explain_sip.h"

#include <fmt/core.h>

#include <initializer_list>

#include "base/text.h"
#include "sip/response.h"

namespace support {
namespace {

using base::Errc;
using sip::FieldId;

constexpr const char* kBothLogs =
    "the edge's log (Event=\"Request Refused\"), then the core's; they name the cause in words";

// The words of a refusal: the reason phrase, or a Warning beside a plain one.
std::string words_of(const sip::Message& answer) {
  return base::to_lower(fmt::format("{} {}", answer.reason(), answer.value(FieldId::Warning)));
}

bool says_any(const std::string& words, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (words.find(part) != std::string::npos) return true;
  }
  return false;
}

std::string with_retry_after(std::string problem, const sip::Message& answer) {
  const std::string_view after = answer.value(FieldId::RetryAfter);
  if (after.empty()) return problem;
  return fmt::format("{}; it asks to be tried again after {} s", problem, printable(after, 40));
}

Explanation bad_certificate() {
  return {
      "the core does not accept the edge's certificate, so it gives no credentials for SIP; "
      "HTTPS works all the same",
      "the certificate that the edge shows to clients, and the core's log (437, 438), which "
      "names the rule: signature, key, validity, issuer or name; sallyport cert verify "
      "repeats the judgement"};
}

// A 403 has many causes; its reason phrase or its Warning tells which.
Explanation explain_403(const sip::Message& answer, const RegisterPath& path, const Phone& phone) {
  const std::string words = words_of(answer);
  if (says_any(words, {"route <", "route sip"})) {
    return {fmt::format("the edge does not take the route {}", printable(path.route)),
            "sip.routes in the core's configuration: each must name a core of this domain"};
  }
  if (says_any(words, {"the answer of "})) {
    return {"the edge does not accept the core's proof of the credentials",
            "the certificate of the core, and the edge's log, which names the rule"};
  }
  if (says_any(words, {"certificate", "identity", "437", "438"})) return bad_certificate();
  if (says_any(words, {"password"})) {
    return {"wrong password, too often", "other clients of this user with an old password"};
  }
  if (says_any(words, {"signed in", "sign in", "sign-in", "login", "association"})) {
    return {fmt::format("{} counts as not signed in at the core", phone.user),
            "whether that core is the one that took the sign-in, whether the user was revoked "
            "since, and the core's log"};
  }
  if (says_any(words, {"device"})) {
    return {fmt::format("the device {} is not one of {}", printable(phone.device), phone.user),
            "which devices the call manager lists for the user, and the edge's log"};
  }
  if (says_any(words, {"line", "from ", "to "})) {
    return {fmt::format("the line {} is not one of {}", printable(phone.line), phone.user),
            "the lines of the user's devices at the call manager, and the edge's log"};
  }
  const std::string what = fmt::format("the registration of line {} on {} was refused",
                                       printable(phone.line), printable(phone.device));
  if (!answer.value(FieldId::Warning).empty()) {
    return {what + ": " + printable(answer.value(FieldId::Warning)), kBothLogs};
  }
  if (!answer.reason().empty() && answer.reason() != sip::reason_phrase(403)) {
    return {what, kBothLogs};
  }
  return {what +
              " without a reason: the core does not accept the edge's certificate (437), does not "
              "know the sign-in, or the line or device is somebody else's",
          kBothLogs};
}

Explanation explain_407(const RegisterResult& result) {
  if (result.bad_challenge) {
    return {fmt::format("the edge's challenge cannot be answered: {}",
                        printable(result.bad_challenge->detail)),
            "what answers at this address: our edge asks for MD5 or SHA-256"};
  }
  return {
      "wrong password: the edge asked again after credentials were sent, though the same password "
      "was taken for HTTPS",
      "whether the password was changed since the sign-in (sign in anew), and the clocks of edge "
      "and core"};
}

Explanation explain_trouble(const sip::Message& answer, const std::string& registrar) {
  switch (answer.status()) {
    case 430:
      return {"the edge says that this connection is not the one it knows (430 Flow Failed)",
              "the edge's log; a client connects anew and registers again"};
    case 503:
      return {with_retry_after("the edge has no link to a core, or the core reaches no call "
                               "manager for this",
                               answer),
              "the edge's log and port 7001 (does a core's link arrive?), then the core's log"};
    case 408:
    case 504:
      return {fmt::format("{} did not answer the core in time", registrar),
              "whether SIP runs there, and the way from the core to it"};
    default:
      return {with_retry_after(fmt::format("the registrar or a server on the way failed with {}",
                                           answer.status()),
                               answer),
              "the logs of the core and of the call manager behind it"};
  }
}

Explanation explain_status(const sip::Message& answer, const RegisterResult& result,
                           const RegisterPath& path, const Phone& phone) {
  const std::string registrar = printable(path.registrar.host);
  switch (answer.status()) {
    case 400:
      return {"the edge or the registrar refused the form of the REGISTER", kBothLogs};
    case 401:
      return {fmt::format("{} itself asks for credentials, which a call manager that trusts the "
                          "core does not",
                          registrar),
              "digest authentication in the security profile of the device at the call manager"};
    case 403:
      return explain_403(answer, path, phone);
    case 404:
      return {fmt::format("{} does not know the line {} or the device {}", registrar,
                          printable(phone.line), printable(phone.device)),
              "the device and its lines at the call manager"};
    case 405:
    case 501:
      return {fmt::format("no REGISTER is taken at {}", registrar),
              "whether the name of the call manager is the core's or an edge's by mistake"};
    case 407:
      return explain_407(result);
    case 423:
      return {fmt::format("{} wants a longer registration than {} s", registrar, kRegisterSeconds),
              "the minimum of registration at the registrar"};
    case 428:
    case 437:
    case 438:
      return bad_certificate();
    case 482:
    case 483:
      return {"the REGISTER went in circles", "the routes of edge and core"};
    case 408:
    case 430:
      return explain_trouble(answer, registrar);
    default:
      break;
  }
  if (answer.status() == 480 || answer.status() >= 500) return explain_trouble(answer, registrar);
  return {fmt::format("an answer that no registration gets: {}", answer.status()), kBothLogs};
}

}  // namespace

Explanation explain_register(const RegisterResult& result, const RegisterPath& path,
                             const Phone& phone) {
  if (!result.answer) return explain_no_sip_answer(result.answer.error());
  return explain_status(*result.answer, result, path, phone);
}

Explanation explain_no_sip_answer(const base::Error& why) {
  const std::string detail = printable(why.detail);
  if (why.code == Errc::Malformed) {
    return {detail, "what answers at this address"};
  }
  if (why.code == Errc::Closed) {
    return {fmt::format("the edge ended the connection without an answer ({})", detail),
            "the edge's log, and devices between that cut connections"};
  }
  return explain_no_answer(why);
}

std::string status_line(const sip::Message& answer) {
  std::string text = std::to_string(answer.status());
  if (!answer.reason().empty()) text += " " + printable(answer.reason());
  const std::string_view warning = answer.value(FieldId::Warning);
  if (!warning.empty()) text += fmt::format(" (Warning: {})", printable(warning));
  return text;
}

std::string summary_of(const RegisterResult& result) {
  std::string text;
  const std::size_t count = result.statuses.size();
  // The last is told in full.
  for (std::size_t i = 0; i + (result.answer ? 1 : 0) < count; ++i)
    text += fmt::format("{}, ", result.statuses[i]);
  return text + (result.answer ? status_line(*result.answer) : "no answer");
}

bool is_server_trouble(const RegisterResult& result) {
  if (!result.answer) return true;
  const int status = result.answer->status();
  return status == 408 || status == 430 || status == 480 || (status >= 500 && status <= 504);
}

}  // namespace support
