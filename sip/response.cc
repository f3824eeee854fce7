#include "sip/response.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <string>

#include "base/hex.h"
#include "sip/hash.h"
#include "sip/headers.h"

namespace sip {
namespace {

constexpr std::size_t kTagBytes = 8;

struct Phrase {
  int status;
  std::string_view text;
};

// The IANA registry of SIP response codes; sorted.
constexpr Phrase kPhrases[] = {
    {100, "Trying"},
    {180, "Ringing"},
    {181, "Call Is Being Forwarded"},
    {182, "Queued"},
    {183, "Session Progress"},
    {199, "Early Dialog Terminated"},
    {200, "OK"},
    {202, "Accepted"},
    {204, "No Notification"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Moved Temporarily"},
    {305, "Use Proxy"},
    {380, "Alternative Service"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {410, "Gone"},
    {412, "Conditional Request Failed"},
    {413, "Request Entity Too Large"},
    {414, "Request-URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Unsupported URI Scheme"},
    {417, "Unknown Resource-Priority"},
    {420, "Bad Extension"},
    {421, "Extension Required"},
    {422, "Session Interval Too Small"},
    {423, "Interval Too Brief"},
    {424, "Bad Location Information"},
    {428, "Use Identity Header"},
    {429, "Provide Referrer Identity"},
    {430, "Flow Failed"},
    {433, "Anonymity Disallowed"},
    {436, "Bad Identity-Info"},
    {437, "Unsupported Certificate"},
    {438, "Invalid Identity Header"},
    {439, "First Hop Lacks Outbound Support"},
    {440, "Max-Breadth Exceeded"},
    {469, "Bad Info Package"},
    {470, "Consent Needed"},
    {480, "Temporarily Unavailable"},
    {481, "Call/Transaction Does Not Exist"},
    {482, "Loop Detected"},
    {483, "Too Many Hops"},
    {484, "Address Incomplete"},
    {485, "Ambiguous"},
    {486, "Busy Here"},
    {487, "Request Terminated"},
    {488, "Not Acceptable Here"},
    {489, "Bad Event"},
    {491, "Request Pending"},
    {493, "Undecipherable"},
    {494, "Security Agreement Required"},
    {500, "Server Internal Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Server Time-out"},
    {505, "Version Not Supported"},
    {513, "Message Too Large"},
    {555, "Push Notification Service Not Supported"},
    {580, "Precondition Failure"},
    {600, "Busy Everywhere"},
    {603, "Decline"},
    {604, "Does Not Exist Anywhere"},
    {606, "Not Acceptable"},
    {607, "Unwanted"},
};

// One line, whatever was in it.
std::string clean(std::string_view phrase) {
  std::string text(phrase);
  std::ranges::replace_if(
      text, [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }, ' ');
  return text;
}

// A repetition of the request has the same, as a stateless server's tag must (RFC 3261 8.2.7).
std::string tag_for(const Message& request, std::string_view seed) {
  const std::string_view pieces[] = {seed, request.value(FieldId::CallId),
                                     request.value(FieldId::From), request.value(FieldId::To),
                                     request.value(FieldId::CSeq)};
  std::string text;
  for (const std::string_view piece : pieces) {
    text += length_prefix(piece);
    text += piece;
  }
  return base::encode_hex(hash_of(HashKind::Sha256, {text}).text().substr(0, kTagBytes));
}

}  // namespace

std::string_view reason_phrase(int status) {
  const auto* const found = std::ranges::lower_bound(kPhrases, status, {}, &Phrase::status);
  return found != std::end(kPhrases) && found->status == status ? found->text : "Unknown";
}

Message make_response(const Message& request, int status, std::string_view phrase,
                      std::string_view tag_seed) {
  assert(status >= 100 && status <= 699);
  Message response = Message::response(
      status, phrase.empty() ? std::string(reason_phrase(status)) : clean(phrase));
  for (const Field& field : request.fields()) {
    if (field.id == FieldId::Via) response.add(FieldId::Via, field.value);
  }
  for (const FieldId id : {FieldId::From, FieldId::To, FieldId::CallId, FieldId::CSeq}) {
    const Field* const field = request.find(id);
    if (field == nullptr) continue;
    std::string value(field->value);
    if (id == FieldId::To && status > 100) {
      const auto to = parse_name_addr(value);
      if (to && !to->param("tag")) value += ";tag=" + tag_for(request, tag_seed);
    }
    response.add(id, value);
  }
  return response;
}

}  // namespace sip
