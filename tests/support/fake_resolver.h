#pragma once
// A Resolver that answers from tables, by the loop.

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "dns/resolver.h"
#include "net/loop.h"
#include "net/timer.h"

namespace support {

class FakeResolver final : public dns::Resolver {
 public:
  explicit FakeResolver(net::Loop& loop) : loop_(loop) {}

  // What is not in the tables is a NameError.
  std::map<std::string, dns::SrvAnswer> services;
  std::map<std::string, dns::AddressAnswer> hosts;
  std::vector<std::string> asked;

  void add_service(const std::string& name, std::vector<dns::SrvTarget> targets) {
    services[name] = {dns::Outcome::Ok, std::move(targets), std::chrono::seconds(60), {}};
  }
  void add_host(const std::string& name, std::vector<std::string> addresses) {
    dns::AddressAnswer answer{dns::Outcome::Ok, {}, std::chrono::seconds(60), {}};
    for (const std::string& address : addresses) {
      answer.addresses.push_back(*base::parse_ip(address));
    }
    hosts[name] = std::move(answer);
  }

  std::unique_ptr<dns::Query> srv(std::string_view name, SrvCallback done) override {
    return ask(services, name, std::move(done),
               dns::SrvAnswer{dns::Outcome::NameError, {}, {}, {}});
  }
  std::unique_ptr<dns::Query> addresses(std::string_view host, AddressCallback done) override {
    return ask(hosts, host, std::move(done),
               dns::AddressAnswer{dns::Outcome::NameError, {}, {}, {}});
  }

 private:
  // The state is apart from the token, for a token may be destroyed inside its own callback.
  class Later final : public dns::Query {
   public:
    Later(net::Loop& loop, std::function<void()> answer)
        : loop_(loop), timer_(std::make_shared<net::Timer>(loop, std::move(answer))) {
      timer_->start(std::chrono::milliseconds(0));
    }
    ~Later() override {
      timer_->stop();
      loop_.retire(std::move(timer_));
    }

   private:
    net::Loop& loop_;
    std::shared_ptr<net::Timer> timer_;
  };

  template <typename Table, typename Done, typename Answer>
  std::unique_ptr<dns::Query> ask(const Table& table, std::string_view name, Done done,
                                  Answer otherwise) {
    asked.emplace_back(name);
    const auto found = table.find(std::string(name));
    const Answer answer = found == table.end() ? std::move(otherwise) : found->second;
    return std::make_unique<Later>(loop_, [answer, done] { done(answer); });
  }

  net::Loop& loop_;
};

}  // namespace support
