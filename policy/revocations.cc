#include "policy/revocations.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "base/hex.h"
#include "base/text.h"
#include "policy/user.h"

namespace policy {
namespace {

constexpr std::uint64_t kMaxSeconds = 9'000'000'000;  // as in session tokens
constexpr std::size_t kMaxLine = 512;

std::string seconds_text(std::chrono::sys_seconds time) {
  return std::to_string(time.time_since_epoch().count());
}

std::optional<std::chrono::sys_seconds> parse_seconds(std::string_view text) {
  const auto count = base::parse_decimal(text, kMaxSeconds);
  if (!count || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  return std::chrono::sys_seconds(std::chrono::seconds(static_cast<std::int64_t>(*count)));
}

std::optional<SessionId> parse_id(std::string_view text) {
  const auto bytes = base::decode_hex(text);
  SessionId id{};
  if (!bytes || bytes->size() != id.size()) return std::nullopt;
  std::memcpy(id.data(), bytes->data(), id.size());
  return id;
}

std::optional<Revocation> parse_words(const std::vector<std::string_view>& words) {
  Revocation revocation;
  if (words.size() == 3 && words[0] == "session") {
    const auto id = parse_id(words[1]);
    const auto expires = parse_seconds(words[2]);
    if (!id || !expires) return std::nullopt;
    revocation.id = *id;
    revocation.expires = *expires;
    return revocation;
  }
  if (words.size() != 4 || words[0] != "user") return std::nullopt;
  const std::size_t at = words[1].find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const auto before = parse_seconds(words[2]);
  const auto expires = parse_seconds(words[3]);
  revocation.kind = Revocation::Kind::User;
  revocation.user = words[1].substr(0, at);
  revocation.domain = words[1].substr(at + 1);
  if (!before || !expires || !is_user_name(revocation.user) ||
      !base::is_host_name(revocation.domain)) {
    return std::nullopt;
  }
  revocation.before = *before;
  revocation.expires = *expires;
  return revocation;
}

}  // namespace

Revocation Revocation::of_session(const SessionToken& token) {
  Revocation revocation;
  revocation.id = token.id;
  revocation.expires = token.expires;
  return revocation;
}

Revocation Revocation::of_user(std::string user, std::string domain,
                               std::chrono::sys_seconds before, std::chrono::seconds lifetime) {
  Revocation revocation;
  revocation.kind = Kind::User;
  revocation.user = std::move(user);
  revocation.domain = std::move(domain);
  revocation.before = before;
  revocation.expires = before + lifetime;
  return revocation;
}

std::string to_string(const Revocation& revocation) {
  if (revocation.kind == Revocation::Kind::Session) {
    return "session " + to_string(revocation.id) + ' ' + seconds_text(revocation.expires);
  }
  return "user " + revocation.user + '@' + revocation.domain + ' ' +
         seconds_text(revocation.before) + ' ' + seconds_text(revocation.expires);
}

base::Result<Revocation> parse_revocation(std::string_view line) {
  if (line.size() <= kMaxLine) {
    auto revocation = parse_words(base::split(line, ' '));
    // One spelling only: upper-case digits of an id, say, are not what to_string writes.
    if (revocation && to_string(*revocation) == line) return std::move(*revocation);
  }
  return base::Error{base::Errc::Malformed, "not a revocation"};
}

Revocations::Revocations(std::size_t max_count) : max_count_(max_count) {}

void Revocations::add(const Revocation& revocation, WallTime now) {
  while (!by_expiry_.empty() && by_expiry_.begin()->expires <= now)
    drop(by_expiry_.begin());
  if (revocation.expires <= now || max_count_ == 0) return;
  Due due{revocation.expires, {}, {}};
  if (revocation.kind == Revocation::Kind::Session) {
    if (sessions_.contains(revocation.id)) return;
    due.id = revocation.id;
  } else {
    due.user = {revocation.user, revocation.domain};
    if (const auto known = users_.find(due.user); known != users_.end()) {
      const Span old = known->second;
      if (old.before >= revocation.before && old.expires >= revocation.expires) return;
      due.expires = std::max(old.expires, revocation.expires);
      by_expiry_.erase({old.expires, {}, due.user});
      known->second = {std::max(old.before, revocation.before), due.expires};
      by_expiry_.insert(due);
      return;
    }
  }
  if (by_expiry_.size() >= max_count_) drop(by_expiry_.begin());
  if (revocation.kind == Revocation::Kind::Session) {
    sessions_.emplace(revocation.id, revocation.expires);
  } else {
    users_.emplace(due.user, Span{revocation.before, revocation.expires});
  }
  by_expiry_.insert(std::move(due));
}

bool Revocations::is_revoked(const SessionToken& token) const {
  if (by_expiry_.empty()) return false;  // the usual case
  if (sessions_.contains(token.id)) return true;
  if (users_.empty()) return false;
  const auto user = users_.find(UserView{token.user, token.domain});
  return user != users_.end() && token.issued <= user->second.before;
}

std::vector<Revocation> Revocations::list() const {
  std::vector<Revocation> all;
  all.reserve(by_expiry_.size());
  for (const auto& [id, expires] : sessions_) {
    Revocation revocation;
    revocation.id = id;
    revocation.expires = expires;
    all.push_back(std::move(revocation));
  }
  for (const auto& [user, span] : users_) {
    Revocation revocation;
    revocation.kind = Revocation::Kind::User;
    std::tie(revocation.user, revocation.domain) = user;
    revocation.before = span.before;
    revocation.expires = span.expires;
    all.push_back(std::move(revocation));
  }
  return all;
}

void Revocations::drop(std::set<Due>::iterator due) {
  if (due->user.first.empty()) {
    sessions_.erase(due->id);
  } else {
    users_.erase(due->user);
  }
  by_expiry_.erase(due);
}

}  // namespace policy
