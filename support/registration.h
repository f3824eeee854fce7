#pragma once
// One REGISTER of a phone with all that belongs to it: the challenge of the edge and its answer
// (wire.md section 6). Keeps Call-ID, CSeq and the challenge, so that a refresh is one message.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "sip/digest.h"
#include "sip/message.h"
#include "support/phone.h"

namespace support {

class SipClient;

// How a REGISTER came out.
struct RegisterResult {
  base::Result<sip::Message> answer;  // the last; else why there was none
  std::vector<int> statuses;          // of all answers, in order: 407, 200
  std::string algorithm;              // of the digest that was sent; empty: none was asked for
  // The 407 cannot be answered: none of its challenges is one we know.
  std::optional<base::Error> bad_challenge;

  bool is_well() const { return answer && answer->status() / 100 == 2; }
};

class Registration final {
 public:
  using Done = std::function<void(RegisterResult result)>;

  // `client` and `clock` must outlive it.
  Registration(SipClient& client, Phone phone, const base::Clock& clock = base::kSystemClock);
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  const Phone& phone() const { return phone_; }
  // The way of what follows, also after a new connection: nonces are bound to the one before.
  void set_path(RegisterPath path);
  const RegisterPath& path() const { return path_; }

  // Registers, or refreshes, or with `expires` 0 unregisters. A 407 is answered once, and once more
  // where it says that only the nonce was too old (stale=true). Not while one is under way; `done`
  // comes from the loop, once.
  void send(std::uint32_t expires, Done done);

 private:
  void send_turn();
  void on_answer(base::Result<sip::Message> answer);
  bool may_answer(const sip::DigestChallenge& challenge) const;
  void finish(base::Result<sip::Message> answer);

  SipClient& client_;
  Phone phone_;
  const base::Clock& clock_;
  RegisterPath path_;
  RegisterTurn turn_;
  std::optional<sip::DigestChallenge> challenge_;
  std::uint32_t nonce_count_ = 0;
  int challenges_ = 0;  // answered within this send()
  RegisterResult result_;
  Done done_;
};

}  // namespace support
