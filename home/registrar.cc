#include "home/registrar.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <memory>
#include <utility>

#include "base/text.h"
#include "sip/check.h"
#include "sip/headers.h"
#include "sip/response.h"
#include "sip/uri.h"

namespace home {
namespace {

using sip::FieldId;

constexpr std::string_view kAllow = "REGISTER, OPTIONS";
// As the call manager of wire.md 6 says it, and what we know beyond that.
constexpr std::string_view kSupported = "X-cisco-srtp-fallback,X-cisco-sis-6.0.0,path,outbound";
constexpr std::string_view kRemoteCcType = "application/x-cisco-remotecc-response+xml";
constexpr std::string_view kRemoteCc =
    "<x-cisco-remotecc-response> <response> <code>200</code> <optionsind> <combine max=\"6\">"
    " <remotecc><status/></remotecc> <service-control/> </combine>"
    " <dialog usage=\"hook status\"><unot/></dialog>"
    " <dialog usage=\"shared line\"><unot/></dialog>"
    " <presence usage=\"blf speed dial\"><unot/></presence>"
    " <joinreq></joinreq> <joinreq></joinreq> <ix/> <bfcp/> </optionsind> </response>"
    " </x-cisco-remotecc-response>";

RegistrarAnswer refuse(const sip::Message& request, const Refusal& refusal) {
  std::string phrase(sip::reason_phrase(refusal.status));
  if (!refusal.text.empty()) phrase += ": " + refusal.text;
  RegistrarAnswer answer;
  answer.reason = phrase;
  if (!refusal.detail.empty()) answer.reason += " (" + refusal.detail + ")";
  answer.response = sip::make_response(request, refusal.status, phrase);
  if (refusal.status == 405) answer.response->add(FieldId::Allow, kAllow);
  return answer;
}

// The bindings of a line while a REGISTER changes them: nothing is written before all of it fits.
class Draft final {
 public:
  // `from`: who sent the message.
  Draft(const RegisterRequest& asked, const base::IpAddress& from, std::vector<Binding> bindings)
      : asked_(asked), proxy_(asked.proxied ? to_string(from) : std::string()) {
    for (Binding& binding : bindings) {
      ComparableUri uri(binding.contact);
      rows_.push_back({std::move(binding), std::move(uri)});
    }
  }

  // Takes one Contact, for `expires` as the moment it ends; 0 removes.
  std::optional<Refusal> put(const Contact& contact, std::int64_t now, std::int64_t expires) {
    Row* row = find(contact);
    if (row != nullptr) {
      if (row->touched) return Refusal{400, "the same Contact twice"};
      if (is_old(row->binding)) return Refusal{400, "CSeq is not above the last of this Call-ID"};
    } else {
      if (expires == 0) return std::nullopt;
      rows_.push_back({Binding{}, ComparableUri(contact.uri)});
      row = &rows_.back();
      row->binding.line = asked_.line;
      row->binding.registered = now;
    }
    row->touched = true;
    row->gone = expires == 0;
    row->uri = ComparableUri(contact.uri);
    Binding& binding = row->binding;
    binding.contact = contact.uri;
    binding.params = contact.params;
    binding.instance = contact.instance;
    binding.reg_id = contact.reg_id;
    binding.path = asked_.path;
    binding.proxy = proxy_;
    binding.call_id = asked_.call_id;
    binding.cseq = asked_.cseq;
    binding.expires = expires;
    return std::nullopt;
  }

  // Contact: * with Expires: 0 (RFC 3261 section 10.3, step 6).
  std::optional<Refusal> remove_all() {
    for (Row& row : rows_) {
      if (is_old(row.binding)) return Refusal{400, "CSeq is not above the last of this Call-ID"};
      row.touched = row.gone = true;
    }
    return std::nullopt;
  }

  std::size_t count() const {
    return static_cast<std::size_t>(
        std::count_if(rows_.begin(), rows_.end(), [](const Row& row) { return !row.gone; }));
  }

  BindingChanges changes() && {
    BindingChanges changes;
    for (Row& row : rows_) {
      if (!row.touched) continue;
      if (!row.gone) {
        changes.stored.push_back(std::move(row.binding));
      } else if (row.binding.id != 0) {
        changes.removed.push_back(row.binding.id);
      }
    }
    return changes;
  }

 private:
  struct Row {
    Binding binding;
    ComparableUri uri;
    bool touched = false;
    bool gone = false;
  };

  bool is_old(const Binding& binding) const {
    return binding.call_id == asked_.call_id && asked_.cseq <= binding.cseq;
  }

  // RFC 5626 section 6: the instance, and its reg-id where there is one, tell phones apart; without
  // an instance the URI does.
  Row* find(const Contact& contact) {
    const ComparableUri uri(contact.uri);
    for (Row& row : rows_) {
      const bool same =
          contact.instance.empty() || row.binding.instance.empty()
              ? row.uri.matches(uri)
              : row.binding.instance == contact.instance && row.binding.reg_id == contact.reg_id;
      if (same) return &row;
    }
    return nullptr;
  }

  const RegisterRequest& asked_;
  const std::string proxy_;
  std::vector<Row> rows_;
};

}  // namespace

std::int64_t Registrar::now() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count();
}

bool Registrar::is_ours(std::string_view host, const Arrival& arrival) const {
  const auto ip = base::parse_ip(host);
  if (ip && *ip == arrival.local.address) return true;
  return std::any_of(policy_.domains.begin(), policy_.domains.end(), [&](const std::string& name) {
    if (!ip) return base::iequals(name, host);
    const auto ours = base::parse_ip(name);
    return ours && *ours == *ip;
  });
}

RegistrarAnswer Registrar::answer(const sip::Message& request, const Arrival& arrival) {
  if (request.method() == "ACK") return {};
  return judge(request, arrival);
}

RegistrarAnswer Registrar::judge(const sip::Message& request, const Arrival& arrival) {
  if (const auto fault = sip::check_request(request)) {
    RegistrarAnswer answer;
    answer.response = sip::make_response(request, fault->status, fault->phrase);
    answer.reason = fault->phrase + " (" + fault->detail + ")";
    return answer;
  }
  const auto uri = sip::parse_uri(request.uri());
  if (!uri) return refuse(request, {416, "no SIP address", uri.error().detail});
  if (uri->is_sips()) return refuse(request, {416, "there is no TLS here"});
  if (!is_ours(uri->host, arrival)) return refuse(request, {404, "not a domain of this cluster"});
  const std::string unknown =
      request.method() == "CANCEL"
          ? std::string()
          : sip::unknown_options(request, FieldId::Require, {"path", "outbound"});
  if (!unknown.empty()) {
    RegistrarAnswer answer = refuse(request, {420, "", unknown});
    answer.response->add(FieldId::Unsupported, unknown);
    return answer;
  }
  if (request.method() == "REGISTER") return register_line(request, arrival);
  if (request.method() == "CANCEL") return refuse(request, {481, ""});
  if (uri->has_user) return refuse(request, {404, "calls are not connected here"});
  if (request.method() == "OPTIONS") return answer_options(request);
  return refuse(request, {405, ""});
}

RegistrarAnswer Registrar::answer_options(const sip::Message& request) const {
  RegistrarAnswer answer;
  answer.response = sip::make_response(request, 200);
  answer.response->add(FieldId::Allow, kAllow);
  answer.response->add(FieldId::Supported, kSupported);
  return answer;
}

RegistrarAnswer Registrar::register_line(const sip::Message& request, const Arrival& arrival) {
  const auto read = read_register(request);
  if (const auto* refusal = std::get_if<Refusal>(&read)) return refuse(request, *refusal);
  const auto& asked = std::get<RegisterRequest>(read);
  if (const auto refusal = judge_line(asked, arrival)) return refuse(request, *refusal);
  if (const auto refusal = judge_expiry(asked)) {
    RegistrarAnswer answer = refuse(request, *refusal);
    answer.response->add(FieldId::MinExpires, std::to_string(policy_.min_seconds));
    return answer;
  }
  auto bindings = bindings_.of_line(asked.line, now());
  if (!bindings) return refuse(request, {500, "", bindings.error().detail});
  Draft draft(asked, arrival.from, *std::move(bindings));
  if (asked.star) {
    if (const auto refusal = draft.remove_all()) return refuse(request, *refusal);
  }
  for (const Contact& contact : asked.contacts) {
    const std::int64_t seconds = seconds_for(asked, contact);
    const auto refusal = draft.put(contact, now(), seconds == 0 ? 0 : now() + seconds);
    if (refusal) return refuse(request, *refusal);
  }
  if (draft.count() > kMaxBindings) {
    return refuse(request, {403, "the line has 16 phones already"});
  }
  return accept(request, asked, std::move(draft).changes());
}

std::optional<Refusal> Registrar::judge_line(const RegisterRequest& asked, const Arrival& arrival) {
  if (!is_ours(asked.host, arrival)) return Refusal{404, "To is of another domain", asked.host};
  const auto known = store_.has_line(asked.line);
  if (!known) return Refusal{500, "", known.error().detail};
  if (!*known) return Refusal{404, "no such line", asked.line};
  return std::nullopt;
}

// RFC 3261 section 10.3, step 7: an hour and more is never too brief, whatever the minimum.
std::optional<Refusal> Registrar::judge_expiry(const RegisterRequest& asked) const {
  for (const Contact& contact : asked.contacts) {
    const auto seconds = contact.expires ? contact.expires : asked.expires;
    if (seconds && *seconds > 0 && *seconds < 3600 && *seconds < policy_.min_seconds) {
      return Refusal{423, "", std::to_string(*seconds) + " s"};
    }
  }
  return std::nullopt;
}

std::int64_t Registrar::seconds_for(const RegisterRequest& asked, const Contact& contact) const {
  const auto seconds = contact.expires ? contact.expires : asked.expires;
  return std::min<std::int64_t>(seconds.value_or(kMalformedExpires), policy_.max_seconds);
}

RegistrarAnswer Registrar::accept(const sip::Message& request, const RegisterRequest& asked,
                                  BindingChanges changes) {
  const auto is_new = [](const Binding& binding) { return binding.id == 0; };
  std::vector<bool> fresh;
  std::transform(changes.stored.begin(), changes.stored.end(), std::back_inserter(fresh), is_new);
  if (!changes.stored.empty() || !changes.removed.empty()) {
    if (const auto done = bindings_.apply(changes); !done) {
      return refuse(request, {500, "", done.error().detail});
    }
  }
  const auto bindings = bindings_.of_line(asked.line, now());
  if (!bindings) return refuse(request, {500, "", bindings.error().detail});
  RegistrarAnswer answer;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    if (fresh[i]) answer.fresh.push_back(changes.stored[i].id);
  }
  answer.response = success(request, asked, *bindings, answer.fresh);
  answer.changes = std::move(changes);
  return answer;
}

sip::Message Registrar::success(const sip::Message& request, const RegisterRequest& asked,
                                const std::vector<Binding>& bindings,
                                const std::vector<std::int64_t>& fresh) const {
  sip::Message response = sip::make_response(request, 200);
  for (const Binding& binding : bindings) {
    std::string value = "<" + binding.contact + ">";
    if (!binding.params.empty()) value += ";" + binding.params;
    value += ";expires=" + std::to_string(binding.expires - now());
    const bool is_fresh = std::find(fresh.begin(), fresh.end(), binding.id) != fresh.end();
    if (is_fresh) value += ";x-cisco-newreg";
    response.add(FieldId::Contact, value);
  }
  std::int64_t seconds = 0;
  for (const Contact& contact : asked.contacts)
    seconds = std::max(seconds, seconds_for(asked, contact));
  if (!asked.contacts.empty() || asked.star) {
    response.add(FieldId::Expires, std::to_string(seconds));
  }
  response.add(FieldId::Date, sip::format_date(now()));
  response.add(FieldId::Supported, kSupported);
  const bool uses_outbound =
      std::any_of(asked.contacts.begin(), asked.contacts.end(),
                  [](const Contact& contact) { return contact.reg_id != 0; });
  if (uses_outbound && asked.supports_outbound) response.add(FieldId::Require, "outbound");
  if (asked.supports_path && !asked.path.empty() && seconds > 0) {
    response.add(FieldId::Path, asked.path);
  }
  if (!fresh.empty()) response.set_body(kRemoteCcType, kRemoteCc);
  return response;
}

}  // namespace home
