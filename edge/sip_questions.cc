#include "edge/sip_questions.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sip/delegation.h"
#include "sip/forward.h"
#include "sip/headers.h"
#include "sip/identity.h"
#include "sip/response.h"

namespace edge {

using sip::FieldId;
using sip::transport::Direction;

namespace {

std::string number_of(const sip::Message& message) {
  return fmt::format("{} {}", message.status(), sip::reason_phrase(message.status()));
}

}  // namespace

struct SipQuestions::Question {
  Subject subject;
  Steady asked;
  std::shared_ptr<const SipSettings> settings;
  std::vector<SipWaiter> waiting;
  std::string flow_id;          // of the first who waits: for the log
  std::set<std::string> tried;  // core_tokens
  // The SERVICE that is under way.
  const SipCore* core = nullptr;
  std::string branch;
  std::string call_id;
};

SipQuestions::SipQuestions(SipChannels& channels, Associations& associations,
                           base::TrafficLog& traffic, Counters& counters, const base::Clock& clock,
                           const SipSecrets& secrets, SipAnswerHandler& handler)
    : channels_(channels),
      associations_(associations),
      traffic_(traffic),
      counters_(counters),
      clock_(clock),
      secrets_(secrets),
      handler_(handler) {}

SipQuestions::~SipQuestions() = default;

std::optional<SipAnswer> SipQuestions::ask(const Subject& subject, SipWaiter& waiter,
                                           std::shared_ptr<const SipSettings> settings) {
  const Key key{subject.username, subject.domain};
  if (const auto found = questions_.find(key); found != questions_.end()) {
    std::vector<SipWaiter>& waiting = found->second->waiting;
    if (waiting.size() >= kMaxWaiting) {
      return SipAnswer{SipAnswer::Outcome::Unavailable, {}, "too many wait for this user's check"};
    }
    waiting.push_back(std::move(waiter));
    return std::nullopt;
  }
  if (const auto failed = failures_.find(key); failed != failures_.end()) {
    if (clock_.steady() < failed->second.until) {
      return SipAnswer{
          SipAnswer::Outcome::Refused, {}, failed->second.reason, failed->second.status, true};
    }
    failures_.erase(failed);
  }
  if (questions_.size() >= kMaxQuestions || line_.size() >= kMaxQuestions) {
    return SipAnswer{SipAnswer::Outcome::Unavailable, {}, "too many checks are under way"};
  }
  auto question = std::make_unique<Question>();
  question->subject = subject;
  question->asked = clock_.steady();
  question->settings = std::move(settings);
  question->flow_id = sip::to_string(waiter.flow);
  if (by_branch_.size() >= kMaxAtOnce) {
    line_.push_back(key);
  } else if (!send(*question)) {
    return SipAnswer{SipAnswer::Outcome::Unavailable, {}, "no core to ask is connected"};
  }
  question->waiting.push_back(std::move(waiter));
  questions_.emplace(key, std::move(question));
  return std::nullopt;
}

// To the core that the user belongs to, then to the others, once each.
bool SipQuestions::send(Question& question) {
  const Subject& subject = question.subject;
  SipCore* core = channels_.choose(subject.domain, subject.user, {});
  if (core && question.tried.contains(core->token)) {
    const std::vector<SipCore*> others = channels_.serving(subject.domain);
    const auto fresh = std::find_if(others.begin(), others.end(), [&](const SipCore* other) {
      return !question.tried.contains(other->token);
    });
    core = fresh == others.end() ? nullptr : *fresh;
  }
  if (!core || core->channel->is_congested()) return false;
  const std::int64_t now = std::chrono::system_clock::to_time_t(clock_.now());
  sip::CredentialRequest request;
  request.peer_id = secrets_.peer_id;
  request.id = std::to_string(base::random_below(100'000'000));
  request.username = subject.username;
  request.realm = question.settings->name;
  request.sip_domain = subject.sip_domain;
  request.msg_id = now;
  base::Result<sip::Message> made =
      sip::make_service(request, {*question.settings->credentials, now});
  if (!made) {
    log(question, base::Level::Error, "Credential Check Failed",
        "SERVICE cannot be made: " + made.error().detail);
    return false;
  }
  sip::Message& service = *made;
  by_branch_.erase(question.branch);
  question.branch = base::random_hex(16) + "." + core->token;
  question.call_id = std::string(service.value(FieldId::CallId));
  question.core = core;
  question.tried.insert(core->token);
  by_branch_.emplace(question.branch, &question);
  const std::string local = base::to_string(core->link.stream().local);
  const std::string call = base::random_uuid();
  service.add_first(FieldId::Via,
                    sip::to_string(sip::OwnVia{"TLS", local, "TZone", question.branch, call}));
  service.set(FieldId::XTaaTag, base::random_uuid());
  service.set(FieldId::SallyportFlow, question.flow_id);
  const std::string text = service.to_string();
  core->channel->send(text);
  Counters::add(counters_.sip_questions);
  log_message(traffic_, core->hop(Direction::Sent, question.flow_id), service, text);
  return true;
}

bool SipQuestions::on_response(SipCore& core, const sip::Message& response) {
  const base::Result<sip::Via> via =
      sip::parse_via(response.first_value(FieldId::Via).value_or(""));
  if (!via || !via->branch().starts_with(sip::kMagicCookie)) return false;
  const std::string branch(via->branch().substr(sip::kMagicCookie.size()));
  const auto found = by_branch_.find(branch);
  if (found == by_branch_.end()) {
    // Nothing else carries this CSeq: an answer that came too late.
    const base::Result<sip::CSeq> cseq = sip::parse_cseq(response.value(FieldId::CSeq));
    return cseq && cseq->method == "SERVICE";
  }
  Question& question = *found->second;
  if (question.core != &core || response.value(FieldId::CallId) != question.call_id) return true;
  const int status = response.status();
  if (status < 200) return true;
  if (status < 300) {
    end(question, judge(question, core, response));
  } else if (status == 404) {
    try_another(
        question,
        {SipAnswer::Outcome::Refused, {}, "no current login of " + question.subject.user, status});
  } else if (status >= 500) {
    try_another(question,
                {SipAnswer::Outcome::Unavailable, {}, core.name() + ": " + number_of(response)});
  } else {
    // The reason that the core gave is shown with the usual words: 437 says what is to be done.
    std::string reason = fmt::format("{} refused SERVICE: {}", core.name(), number_of(response));
    if (response.reason() != sip::reason_phrase(status)) {
      reason += fmt::format(" ({})", response.reason());
    }
    // The cause in the core's words: RFC 3261 section 20.43.
    const std::string_view warning = response.value(FieldId::Warning);
    if (!warning.empty()) reason += fmt::format(": {}", warning);
    end(question, {SipAnswer::Outcome::Refused, {}, std::move(reason), status});
  }
  return true;
}

SipAnswer SipQuestions::judge(const Question& question, const SipCore& core,
                              const sip::Message& response) {
  const auto refuse = [&](std::string_view why) {
    return SipAnswer{
        SipAnswer::Outcome::Refused, {}, fmt::format("the answer of {}: {}", core.name(), why)};
  };
  const base::Result<sip::Delegation> delegation = reader_.open(response);
  if (!delegation) return refuse(delegation.error().detail);
  const certs::Identity& peer = *core.link.stream().peer;
  const certs::Name name = certs::dns_name(core.name());
  // The core that proved itself on the link, and no other of the same authority.
  const std::vector<certs::Name> names =
      certs::holds(peer, name) ? std::vector<certs::Name>{name} : certs::names_of(peer);
  if (names.empty()) return refuse("the link's certificate holds no name");
  const certs::Verdict& verdict = verdicts_.verify(delegation->chain, question.settings->trust,
                                                   {certs::Role::Client, names, clock_.now()});
  if (!verdict.accepted) return refuse("certificate: " + verdict.reason);
  std::string why;
  if (sip::check_identity(response, delegation->chain->front().get(), why) !=
      sip::IdentityFault::None) {
    return refuse("Identity: " + why);
  }
  base::Result<sip::Association> association = sip::parse_method_response(delegation->document);
  if (!association) return refuse(association.error().detail);
  const Subject& subject = question.subject;
  if (association->username != subject.username || association->domain != subject.domain ||
      association->realm != question.settings->name || association->user != subject.user) {
    return refuse("it is about somebody else than was asked for");
  }
  base::Result<AssociationPtr> kept =
      associations_.add({subject.user, subject.domain, subject.username}, std::move(*association),
                        clock_.now(), clock_.steady());
  if (!kept) return refuse(kept.error().detail);
  return {SipAnswer::Outcome::Known, std::move(*kept), {}};
}

void SipQuestions::try_another(Question& question, const SipAnswer& otherwise) {
  if (!send(question)) end(question, otherwise);
}

void SipQuestions::end(Question& question, SipAnswer answer) {
  take_off(question, std::move(answer));
  send_next();
}

// A loop and no call of end(): a line of thousands may end at once.
void SipQuestions::send_next() {
  while (!line_.empty() && by_branch_.size() < kMaxAtOnce) {
    const auto found = questions_.find(line_.front());
    line_.pop_front();
    if (found == questions_.end() || found->second->core) continue;  // it ended, or was sent
    Question& next = *found->second;
    if (send(next)) continue;
    take_off(next, {SipAnswer::Outcome::Unavailable, {}, "no core to ask is connected"});
  }
}

void SipQuestions::take_off(Question& question, SipAnswer answer) {
  const Subject& subject = question.subject;
  const Key key{subject.username, subject.domain};
  if (answer.outcome != SipAnswer::Outcome::Known) Counters::add(counters_.sip_questions_failed);
  if (answer.outcome == SipAnswer::Outcome::Refused) {
    // What the core no longer vouches for does not serve here either.
    associations_.drop({subject.user, subject.domain, subject.username});
    if (failures_.size() >= kMaxFailures) failures_.erase(failures_.begin());
    failures_[key] = {clock_.steady() + kFailureMemory, answer.reason, answer.status};
  }
  by_branch_.erase(question.branch);
  auto node = questions_.extract(key);
  // From here on a waiter may ask anew.
  for (SipWaiter& waiter : node.mapped()->waiting)
    handler_.on_answer(std::move(waiter), answer);
}

void SipQuestions::on_core_lost(const SipCore& core) {
  std::vector<Question*> open;
  for (const auto& [key, question] : questions_) {
    if (question->core == &core) open.push_back(question.get());
  }
  for (Question* question : open) {
    try_another(*question, {SipAnswer::Outcome::Unavailable, {}, "the link to the core was lost"});
  }
}

// The next are sent when all that are late are gone: one that cannot be sent ends there, and might
// be one of them.
void SipQuestions::tick() {
  const Steady now = clock_.steady();
  std::erase_if(failures_, [&](const auto& failure) { return failure.second.until <= now; });
  std::vector<Question*> late;
  for (const auto& [key, question] : questions_) {
    if (now - question->asked >= kLimit) late.push_back(question.get());
  }
  for (Question* question : late) {
    take_off(*question, {SipAnswer::Outcome::Unavailable, {}, "no core answered SERVICE in time"});
  }
  send_next();
}

void SipQuestions::log(const Question& question, base::Level level, std::string_view event,
                       std::string_view reason) const {
  sip::transport::Hop hop;
  hop.flow_id = question.flow_id;
  sip::transport::log_event(traffic_, level, hop, event, reason);
}

}  // namespace edge
