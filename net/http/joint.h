#pragma once
// Joins an exchange that arrived with a call that leaves: bodies flow both ways, each end's
// pressure holds the other's source back, a failure on one side ends the other.

#include <memory>
#include <string_view>
#include <utility>

#include "net/http/exchange.h"

namespace net::http {

// What a proxy has to say about one exchange that it passes on. Owned by the joint, which drops it
// when the answer is over.
class JointHooks {
 public:
  virtual ~JointHooks() = default;
  // Looks at the response before it is passed on, and may change it (fields added or removed).
  virtual void on_response(ResponseHead& head) = 0;
  // Asked when the call of an idempotent request without a body failed before any response came:
  // starts it elsewhere, or gives null. Asked once.
  virtual std::unique_ptr<Call> start_again(CallListener& listener) = 0;
  // What to answer when the call failed before any response came.
  virtual TextResponse on_failure(const base::Error& why) = 0;
  // Once, when the answer is over: null when all of it, or that of on_failure, was handed to the
  // client's connection. Not called when the exchange is dropped with its connection.
  virtual void on_over(const base::Error* why) = 0;
};

// The job of a proxied exchange:
//   auto joint = std::make_unique<Joint>(exchange, std::make_unique<Hooks>(...));
//   joint->begin(caller.start(head, joint->answer()));
//   exchange.attach(std::move(joint));
class Joint final : public Job {
 public:
  // `exchange`, which will own it, must outlive the joint.
  Joint(Exchange& exchange, std::unique_ptr<JointHooks> hooks);
  ~Joint();

  // Who listens to the call, and the call itself, started just now.
  CallListener& answer() { return answer_; }
  void begin(std::unique_ptr<Call> call) { call_ = std::move(call); }

 private:
  // What the server at the other end of the call says.
  class Answer final : public CallListener {
   public:
    explicit Answer(Joint& joint) : joint_(joint) {}
    void on_response(ResponseHead head) override;
    void on_body(std::string_view data) override;
    void on_end() override;
    void on_drained() override;
    void on_failed(const base::Error& why) override;

   private:
    Joint& joint_;
  };

  // What the client says.
  void on_body(std::string_view data) override;
  void on_end() override;
  void on_drained() override;
  void on_failed(const base::Error& why) override;

  bool start_again();
  void over(const base::Error* why);

  Exchange& exchange_;
  std::unique_ptr<JointHooks> hooks_;  // until the answer is over
  Answer answer_{*this};
  std::unique_ptr<Call> call_;  // goes before the hooks
  bool started_again_ = false;
};

}  // namespace net::http
