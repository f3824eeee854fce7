#pragma once
// Joins an exchange that arrived with a call that leaves: bodies flow both ways, each end's
// pressure holds the other's source, a failure on one side ends the other.

#include <functional>
#include <memory>

#include "net/http/exchange.h"

namespace net::http {

class Joint final : public Job, private CallListener {
 public:
  struct Hooks {
    // Looks at the response before it is passed on, and may change it (fields added or removed).
    std::function<void(ResponseHead&)> on_response;
    // The response to send when the call failed before any response came.
    std::function<TextResponse(const base::Error&)> on_failure;
    // Once, when all is over; the error is null if both bodies were complete.
    std::function<void(const base::Error*)> on_over;
  };

  // Starts the call by `caller`. `exchange` owns the joint: exchange.attach(make_unique<Joint>(…)).
  Joint(Exchange& exchange, Caller& caller, RequestHead head, Hooks hooks);

 private:
  // From the client.
  void on_body(std::string_view data) override;
  void on_end() override;
  void on_drained() override;
  void on_failed(const base::Error& why) override;

  struct FromServer;  // the call's callbacks have the same names: they come through this
};

}  // namespace net::http
