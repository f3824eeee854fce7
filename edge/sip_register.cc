// REGISTER at the edge: challenge, association, digest, and what belongs to whom (wire.md 6.1 to
// 6.5).

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "edge/network.h"
#include "edge/sip_challenge.h"
#include "edge/sip_gateway.h"
#include "policy/user.h"
#include "sip/forward.h"

namespace edge {

struct SipGateway::Proof {
  sip::DigestCredentials credentials;
  sip::NonceKey::Judged nonce;
  std::string user;  // canonical
  std::string domain;
  Associations::Key key() const { return {user, domain, credentials.username}; }
};

void SipGateway::challenge(SipClient& client, const sip::Message& request, bool stale,
                           std::string_view reason) {
  Counters::add(context_.counters.sip_challenged);
  if (!reason.empty()) {
    note(client, base::Level::Info, "Challenge", fmt::format("407 REGISTER: {}", reason));
  }
  send(client,
       make_challenge(request, *settings_, nonces_, client.flow_id(), seconds_now(), stale));
}

// What can be judged before anything is known of the user. Nothing: it was answered.
std::optional<SipGateway::Proof> SipGateway::read_proof(SipClient& client,
                                                        const sip::Message& request) {
  auto found = find_credentials(request, settings_->name);
  if (!found) {
    refuse(client, request, {400, "Proxy-Authorization: " + found.error().detail});
    return std::nullopt;
  }
  if (!*found) {
    challenge(client, request, false, {});
    return std::nullopt;
  }
  Proof proof;
  proof.credentials = std::move(**found);
  proof.nonce =
      nonces_.judge(proof.credentials.nonce, seconds_now(), client.flow_id(), settings_->name);
  const auto& algorithms = settings_->algorithms;
  if (std::find(algorithms.begin(), algorithms.end(), proof.credentials.algorithm) ==
      algorithms.end()) {
    challenge(client, request, false, "an algorithm that was not offered");
    return std::nullopt;
  }
  switch (proof.nonce.verdict) {
    case sip::NonceKey::Verdict::Foreign:
      challenge(client, request, false, "the nonce is not of this connection");
      return std::nullopt;
    case sip::NonceKey::Verdict::Stale:
      challenge(client, request, true, "the nonce is stale");
      return std::nullopt;
    case sip::NonceKey::Verdict::Fresh:
      break;
  }
  if (!same_uri(proof.credentials.uri, request.uri())) {
    refuse(client, request, {400, "the digest is for another URI: " + proof.credentials.uri});
    return std::nullopt;
  }
  auto domain = domain_of(proof.credentials.username, request, settings_->domains);
  if (!domain) {
    refuse(client, request, {403, domain.error().detail});
    return std::nullopt;
  }
  auto user = policy::canonical_user(proof.credentials.username, *domain);
  if (!user) {
    refuse(client, request, {403, "user name: " + user.error().detail});
    return std::nullopt;
  }
  proof.domain = std::move(*domain);
  proof.user = std::move(*user);
  return proof;
}

// `asked`: a core was asked on behalf of this very request.
void SipGateway::on_register(SipClient& client, sip::Message request, bool asked) {
  const std::optional<Proof> proof = read_proof(client, request);
  if (!proof) return;
  const Associations::Found found = associations_.find(proof->key(), context_.clock.now());
  if (!found.association) {
    if (asked) return unavailable(client, request, "the association ended at once");
    return ask(client, std::move(request), *proof);
  }
  const bool lately = context_.clock.steady() - found.fetched < kFetchedLately;
  const auto fits = [&] {
    for (const sip::Ha1& ha1 : found.association->ha1) {
      if (sip::parse_algorithm(ha1.algorithm) == proof->credentials.algorithm) {
        return sip::digest_matches(proof->credentials, ha1.value, request.method());
      }
    }
    return false;
  };
  const std::string who = proof->user + "@" + proof->domain;
  const std::string guesser = who + " " + network_of(client.info().remote.address);
  const policy::RateVerdict guess = guesses_.take(guesser, context_.clock.steady());
  if (!guess.allowed) {
    return refuse(client, request,
                  {403, "too many wrong passwords for " + who + " from its network"});
  }
  if (!fits()) {
    if (asked || lately) return on_wrong_digest(client, request, *proof);
    // The password may be a new one that only the core knows yet.
    guesses_.refund(guesser, guess.ticket);
    return ask(client, std::move(request), *proof);
  }
  guesses_.refund(guesser, guess.ticket);
  if (!client.nonces.take(proof->nonce, proof->credentials.nonce_count, seconds_now())) {
    return challenge(client, request, true, "the nonce count was used before");
  }
  deadlines_.no_later_than(client, context_.clock.steady() + kNonceMemory);
  if (const auto refusal = check_registrant(request, *found.association, settings_->domains)) {
    return refuse(client, request, *refusal);
  }
  forward_register(client, std::move(request), found.association);
}

void SipGateway::on_wrong_digest(SipClient& client, const sip::Message& request,
                                 const Proof& proof) {
  Counters::add(context_.counters.sip_wrong_digests);
  std::string reason =
      fmt::format("the digest of {}@{} does not fit the password", proof.user, proof.domain);
  if (++client.wrong_digests < kMaxWrongDigests) return challenge(client, request, false, reason);
  refuse(client, request, {403, reason + ", too often on one connection"});
  end(client);
}

// Looked at only, as nothing is known of this user yet.
bool SipGateway::is_doubtful(const SipClient& client) {
  const std::string network = network_of(client.info().remote.address);
  const policy::RateVerdict verdict = strangers_.take(network, context_.clock.steady());
  if (verdict.allowed) strangers_.refund(network, verdict.ticket);
  return !verdict.allowed;
}

void SipGateway::ask(SipClient& client, sip::Message request, const Proof& proof) {
  if (client.waiting >= kMaxWaiting) {
    return unavailable(client, request, "too many REGISTERs of one connection wait for a check");
  }
  if (is_doubtful(client)) {
    return unavailable(client, request, "too many users that nobody knows came from its address");
  }
  const SipQuestions::Subject subject{proof.credentials.username, proof.user, proof.domain,
                                      sip_domain_of(request, proof.domain, settings_->domains)};
  SipWaiter waiter{client.flow(), std::move(request)};
  const std::optional<SipAnswer> known = questions_.ask(subject, waiter, settings_);
  ++client.waiting;
  if (known) on_answer(std::move(waiter), *known);
}

void SipGateway::on_answer(SipWaiter waiter, const SipAnswer& answer) {
  SipClient* client = find(waiter.flow);
  if (!client) return;  // it did not wait
  --client->waiting;
  switch (answer.outcome) {
    case SipAnswer::Outcome::Known:
      return on_register(*client, std::move(waiter.request), true);
    case SipAnswer::Outcome::Unavailable:
      return unavailable(*client, waiter.request, answer.reason);
    case SipAnswer::Outcome::Refused:
      refuse(*client, waiter.request, {403, answer.reason, {}, {}, answer.status});
      if (answer.remembered) return;
      strangers_.take(network_of(client->info().remote.address), context_.clock.steady());
      if (++client->unknown_users >= kMaxUnknownUsers) end(*client);
      return;
  }
}

void SipGateway::forward_register(SipClient& client, sip::Message request,
                                  const AssociationPtr& association) {
  SipCore* core = choose(client, request, *association);
  if (!core) return;
  SipHops between = hops(client, core);
  between.account = association->user + "@" + association->domain;
  std::string branch = branches_.make(request, BranchKey::Toward::Core, client.flow(), core->token);
  const auto now = context_.clock.steady();
  client.registrations.begin(branch, request, association, now);
  deadlines_.no_later_than(client, now + SipRegistrations::kPendingLimit);
  sip::lower_max_forwards(request);
  dress_for_core(request, between, sip::FieldId::To);
  add_via(request, between.link, kTunnelZone, branch);
  Counters::add(context_.counters.sip_forwarded);
  send_inside(client, *core, request);
}

}  // namespace edge
