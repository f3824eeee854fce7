#include "net/http/joint.h"

#include <utility>

namespace net::http {

Joint::Joint(Exchange& exchange, std::unique_ptr<JointHooks> hooks)
    : exchange_(exchange), hooks_(std::move(hooks)) {}

Joint::~Joint() = default;

void Joint::over(const base::Error* why) {
  if (const auto hooks = std::move(hooks_)) hooks->on_over(why);
}

void Joint::on_body(std::string_view data) {
  if (!call_) return;  // the answer is complete already: the rest of the request is of no use
  call_->write(data);
  if (call_->queued_bytes() > Flow::kHighWater) exchange_.pause();
}

void Joint::on_end() {
  if (call_) call_->finish();
}

void Joint::on_drained() {
  if (call_) call_->resume();
}

void Joint::on_failed(const base::Error& why) {
  call_.reset();  // nobody waits for the answer any more
  over(&why);
}

void Joint::Answer::on_response(ResponseHead head) {
  joint_.hooks_->on_response(head);
  joint_.exchange_.respond(std::move(head));
}

void Joint::Answer::on_body(std::string_view data) {
  joint_.exchange_.write(data);
  if (joint_.exchange_.queued_bytes() > Flow::kHighWater) joint_.call_->pause();
}

void Joint::Answer::on_end() {
  joint_.exchange_.finish();
  joint_.exchange_.resume();  // a call that is over may never drain what held the request back
  joint_.over(nullptr);
}

void Joint::Answer::on_drained() {
  joint_.exchange_.resume();
}

bool Joint::start_again() {
  const RequestHead& request = exchange_.request();
  if (started_again_ || exchange_.responded()) return false;
  if (request.content_length != 0u || !is_idempotent(request.method)) return false;
  started_again_ = true;
  call_ = hooks_->start_again(answer_);
  if (call_) call_->finish();
  return call_ != nullptr;
}

void Joint::Answer::on_failed(const base::Error& why) {
  if (joint_.start_again()) return;
  const bool broke_off = joint_.exchange_.responded();
  if (broke_off) {
    joint_.exchange_.reset(why);  // a short body must not pass for a whole one
  } else {
    http::answer(joint_.exchange_, joint_.hooks_->on_failure(why));
  }
  joint_.call_.reset();
  joint_.exchange_.resume();  // what is left of the request is read and dropped
  joint_.over(broke_off ? &why : nullptr);
}

}  // namespace net::http
