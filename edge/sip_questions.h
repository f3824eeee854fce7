#pragma once
// The edge's delegated credential checks that are under way (wire.md 6.3 and 6.5): one SERVICE for
// each user however many REGISTERs wait for it, sent to another core when one does not know the
// user, its answer judged, and what came of it remembered.

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/traffic_log.h"
#include "certs/verdicts.h"
#include "edge/associations.h"
#include "edge/counters.h"
#include "edge/sip_channels.h"
#include "edge/sip_settings.h"
#include "sip/delegation.h"
#include "sip/message.h"
#include "sip/sealed.h"

namespace edge {

// What came of a question.
struct SipAnswer {
  enum class Outcome {
    Known,        // `association` is there
    Refused,      // the core, or what it answered, says no: 403
    Unavailable,  // nobody could be asked: 503
  };
  Outcome outcome = Outcome::Unavailable;
  AssociationPtr association = {};
  std::string reason = {};  // for the log
  int status = 0;           // Refused: what the core answered, where it did
  bool remembered = false;  // from an earlier question: this one cost nothing
};

// A REGISTER that waits for its answer.
struct SipWaiter {
  sip::FlowId flow;
  sip::Message request;
};

class SipAnswerHandler {
 public:
  virtual void on_answer(SipWaiter waiter, const SipAnswer& answer) = 0;

 protected:
  ~SipAnswerHandler() = default;
};

class SipQuestions final {
 public:
  using Steady = std::chrono::steady_clock::time_point;
  // Each costs a signature here and one inside, so that what is asked at once is bounded, and what
  // waits in line (all clients come back at once after a cut) by what it holds in memory.
  static constexpr std::size_t kMaxAtOnce = 512;
  static constexpr std::size_t kMaxQuestions = 16'384;
  static constexpr std::size_t kMaxWaiting = 32;  // of one question
  static constexpr std::chrono::seconds kLimit{10};
  // A failure is remembered so long: a client that asks on and on does not make us ask, and one
  // whose user signs in meanwhile hardly waits.
  static constexpr std::chrono::seconds kFailureMemory{2};
  static constexpr std::size_t kMaxFailures = 16'384;

  struct Subject {
    std::string username;  // as the client's digest has it
    std::string user;      // canonical
    std::string domain;
    std::string sip_domain;  // sip_domain_of()
  };

  // All must outlive it.
  SipQuestions(SipChannels& channels, Associations& associations, base::TrafficLog& traffic,
               Counters& counters, const base::Clock& clock, const SipSecrets& secrets,
               SipAnswerHandler& handler);
  ~SipQuestions();

  // Asks, or joins those who wait, and takes the waiter; its answer comes from the loop. What is
  // known at once is returned, and the waiter stays as it was. `settings` is used in the call.
  std::optional<SipAnswer> ask(const Subject& subject, SipWaiter& waiter,
                               std::shared_ptr<const SipSettings> settings);
  // Whether the response is to a question of ours.
  bool on_response(SipCore& core, const sip::Message& response);
  void on_core_lost(const SipCore& core);
  // Ends what waits for too long. To be called some times a second.
  void tick();
  bool idle() const { return questions_.empty() && failures_.empty(); }

 private:
  struct Question;
  using Key = std::pair<std::string, std::string>;  // username, domain

  bool send(Question& question);
  void end(Question& question, SipAnswer answer);
  void take_off(Question& question, SipAnswer answer);
  void send_next();
  void try_another(Question& question, const SipAnswer& otherwise);
  SipAnswer judge(const Question& question, const SipCore& core, const sip::Message& response);
  void log(const Question& question, base::Level level, std::string_view event,
           std::string_view reason) const;

  SipChannels& channels_;
  Associations& associations_;
  base::TrafficLog& traffic_;
  Counters& counters_;
  const base::Clock& clock_;
  const SipSecrets& secrets_;
  SipAnswerHandler& handler_;
  sip::DelegationReader reader_;
  certs::Verdicts verdicts_;
  std::map<Key, std::unique_ptr<Question>> questions_;
  std::unordered_map<std::string, Question*> by_branch_;  // those that were sent
  std::deque<Key> line_;  // those that were not, the oldest first; and some that ended meanwhile
  struct Failure {
    Steady until;
    std::string reason;
    int status = 0;
  };
  std::map<Key, Failure> failures_;
};

}  // namespace edge
