#include "support/registration.h"

#include <cassert>
#include <utility>

#include "base/random.h"
#include "support/sip_client.h"

namespace support {
namespace {

base::Error nothing_yet() {
  return {base::Errc::Closed, "nothing was sent"};
}

std::int64_t seconds_since_1970(std::chrono::system_clock::time_point when) {
  return std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count();
}

}  // namespace

Registration::Registration(SipClient& client, Phone phone, const base::Clock& clock)
    : client_(client), phone_(std::move(phone)), clock_(clock), result_{nothing_yet(), {}, {}, {}} {
  turn_.from_tag = base::random_hex(8);
}

void Registration::set_path(RegisterPath path) {
  challenge_.reset();
  path_ = std::move(path);
}

void Registration::send(std::uint32_t expires, Done done) {
  assert(!done_);
  done_ = std::move(done);
  result_ = {nothing_yet(), {}, {}, {}};
  challenges_ = 0;
  turn_.expires = expires;
  turn_.local = client_.local();
  if (turn_.call_id.empty()) {
    turn_.call_id = base::random_uuid() + "@" + base::to_string(turn_.local.address);
  }
  send_turn();
}

void Registration::send_turn() {
  turn_.now = seconds_since_1970(clock_.now());
  turn_.credentials.clear();
  if (challenge_) {
    turn_.credentials =
        sip::answer_challenge(*challenge_, phone_.user, phone_.password, "REGISTER",
                              registrar_uri(path_), ++nonce_count_, base::random_hex(8));
    result_.algorithm = sip::to_string(challenge_->algorithm);
  }
  client_.request(make_register(phone_, path_, turn_),
                  [this](base::Result<sip::Message> answer) { on_answer(std::move(answer)); });
  ++turn_.sequence;
}

void Registration::on_answer(base::Result<sip::Message> answer) {
  if (!answer) return finish(std::move(answer));
  result_.statuses.push_back(answer->status());
  if (answer->status() != 407) return finish(std::move(answer));
  auto challenge = choose_challenge(*answer);
  if (!challenge) {
    result_.bad_challenge = challenge.error();
    return finish(std::move(answer));
  }
  if (!may_answer(*challenge)) return finish(std::move(answer));
  challenge_ = std::move(*challenge);
  nonce_count_ = 0;
  ++challenges_;
  send_turn();
}

// A second 407 means that the credentials are wrong, unless it says otherwise. What an earlier
// send() left may be too old without any fault.
bool Registration::may_answer(const sip::DigestChallenge& challenge) const {
  return challenges_ == 0 || (challenge.stale && challenges_ == 1);
}

void Registration::finish(base::Result<sip::Message> answer) {
  if (!answer || answer->status() / 100 != 2) challenge_.reset();
  result_.answer = std::move(answer);
  std::exchange(done_, nullptr)(std::move(result_));
}

}  // namespace support
