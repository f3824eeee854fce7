#include "edge/sip_branch.h"

#include <algorithm>
#include <iterator>

#include "base/hex.h"
#include "base/text.h"
#include "edge/sip_admission.h"
#include "sip/forward.h"
#include "sip/hash.h"
#include "sip/headers.h"

namespace edge {
namespace {

constexpr std::size_t kMacBytes = 16;
constexpr std::size_t kPartChars = 2 * kMacBytes;

// As many of the hash as tell branches apart.
std::string hex_of(const sip::Hash& hash) {
  return base::encode_hex(hash.text().substr(0, kMacBytes));
}

void append_part(std::string& out, std::string_view part) {
  out.append(sip::length_prefix(part)).append(part);
}

// Methods that belong to a dialog, or never begin one. The others could be meant for anybody.
constexpr std::string_view kInDialog[] = {"ACK",    "BYE",   "CANCEL", "INFO",  "INVITE",
                                          "NOTIFY", "PRACK", "REFER",  "UPDATE"};

std::string tag_of(const sip::Message& message, sip::FieldId id) {
  const base::Result<sip::NameAddr> address = sip::parse_name_addr(message.value(id));
  return std::string(address ? address->param("tag").value_or("") : std::string_view());
}

// What no user at a host can be read from counts as it is written.
std::string address_of(const sip::Message& message, sip::FieldId id) {
  std::string record = address_of_record(message, id);
  if (!record.empty()) return record;
  const base::Result<sip::NameAddr> address = sip::parse_name_addr(message.value(id));
  return std::string(address ? address->uri : std::string_view());
}

}  // namespace

std::string core_token(std::string_view instance) {
  return hex_of(sip::hash_of(sip::HashKind::Sha256, {instance}));
}

std::string BranchKey::mac(const sip::Message& message, std::string_view next_via, Toward toward,
                           const sip::FlowId& flow, std::string_view core) const {
  std::string text(1, static_cast<char>(toward));
  text.append(reinterpret_cast<const char*>(flow.data()), flow.size());
  append_part(text, core);
  const base::Result<sip::Via> via = sip::parse_via(next_via);
  if (via) {
    append_part(text, via->branch());
    append_part(text, base::to_lower(via->host));
    append_part(text, via->port ? std::to_string(*via->port) : std::string());
  }
  append_part(text, message.value(sip::FieldId::CallId));
  append_part(text, tag_of(message, sip::FieldId::From));
  const base::Result<sip::CSeq> cseq = sip::parse_cseq(message.value(sip::FieldId::CSeq));
  append_part(text, cseq ? std::to_string(cseq->number) : std::string());
  return hex_of(key_.mac({text}));
}

std::string BranchKey::make(const sip::Message& request, Toward toward, const sip::FlowId& flow,
                            std::string_view core) const {
  const std::string_view next = request.first_value(sip::FieldId::Via).value_or("");
  return mac(request, next, toward, flow, core) + "." + std::string(core);
}

std::optional<std::string> BranchKey::judge(const sip::Message& response, Toward toward,
                                            const sip::FlowId& flow) const {
  const std::vector<std::string_view> vias = response.values(sip::FieldId::Via);
  if (vias.empty()) return std::nullopt;
  const base::Result<sip::Via> own = sip::parse_via(vias[0]);
  if (!own) return std::nullopt;
  std::string_view branch = own->branch();
  if (!branch.starts_with(sip::kMagicCookie)) return std::nullopt;
  branch.remove_prefix(sip::kMagicCookie.size());
  if (branch.size() != 2 * kPartChars + 1 || branch[kPartChars] != '.') return std::nullopt;
  const std::string_view core = branch.substr(kPartChars + 1);
  const std::string_view next = vias.size() > 1 ? vias[1] : std::string_view();
  const std::string wanted = mac(response, next, toward, flow, core);
  if (!sip::equal_secrets(wanted, branch.substr(0, kPartChars))) return std::nullopt;
  return std::string(core);
}

std::string BranchKey::mark(const sip::Message& message, sip::FieldId called, sip::FieldId caller,
                            const sip::FlowId& flow) const {
  std::string text(1, 'd');  // as no Toward
  text.append(reinterpret_cast<const char*>(flow.data()), flow.size());
  append_part(text, message.value(sip::FieldId::CallId));
  append_part(text, tag_of(message, caller));
  append_part(text, address_of(message, called));
  return hex_of(key_.mac({text}));
}

std::string BranchKey::mark_called(const sip::Message& request, const sip::FlowId& flow) const {
  return mark(request, sip::FieldId::To, sip::FieldId::From, flow);
}

bool BranchKey::is_called(const sip::Message& request, std::string_view mark_of_route,
                          const sip::FlowId& flow) const {
  const bool may = std::ranges::find(kInDialog, request.method()) != std::end(kInDialog);
  return may && !tag_of(request, sip::FieldId::To).empty() &&
         sip::equal_secrets(mark(request, sip::FieldId::From, sip::FieldId::To, flow),
                            mark_of_route);
}

}  // namespace edge
