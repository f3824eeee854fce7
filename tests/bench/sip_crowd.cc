// A crowd of phones that lose their edge and come back all at once, and the registrar behind it.
//
//   sip_crowd registrar ADDRESS:PORT
//   sip_crowd phones EDGE:PORT EDGE_NAME CA DOMAIN PASSWORD COUNT SECONDS [FIRST [PER_TURN]]
//
// The phones are users uFIRST, uFIRST+1, … (u0 and on) with a connection each. They register and
// "registered" is printed, and "gone" when all have lost their connection; for a line on standard
// input those dial, PER_TURN (256) in a turn of the loop and each turn until none is away, and when
// all are back a line of JSON says how long that took. The smaller PER_TURN, the sooner does a
// phone go on that the edge has answered: all COUNT in one turn is as if no phone did before the
// last has dialled. An answer but 407 and 200, and a connection that ends before its 200, is a
// failure; the phone tries again after kRetry. Exit status 0: all came back within SECONDS, and
// nothing failed on the way.

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "net/fd_limit.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/timer.h"
#include "net/tls_context.h"
#include "sip/digest.h"
#include "sip/forward.h"
#include "sip/response.h"
#include "sip/transport/connection.h"

namespace {

using Clock = std::chrono::steady_clock;
using sip::FieldId;
using sip::transport::Connection;

constexpr std::chrono::seconds kRetry{1};
constexpr std::chrono::seconds kLimit{120};  // of the return: who is not back by then stays away
constexpr std::chrono::minutes kFirstLimit{60};
// While they register for the first time, which is not measured.
constexpr std::size_t kAtOnce = 64;
constexpr std::size_t kPerTurn = 256;
constexpr int kSources = 16;  // 127.0.0.2 and up, for one has too few ports

[[noreturn]] void give_up(const std::string& why) {
  fmt::print(stderr, "sip_crowd: {}\n", why);
  std::exit(2);
}

// Grants whatever is asked for, on every connection.
class Registrar final : private sip::transport::ConnectionHandler {
 public:
  explicit Registrar(net::Loop& loop) : loop_(loop) {}

  void open(const base::Endpoint& address) {
    auto listener =
        net::Listener::open(loop_, address, [this](net::Socket socket, const base::Endpoint&) {
          ConnectionHandler& self = *this;
          connections_.push_back(
              std::make_unique<Connection>(loop_, std::move(socket), nullptr, self));
        });
    if (!listener) give_up(listener.error().detail);
    listener_ = std::move(*listener);
  }

 private:
  void on_open(Connection&) override {}
  void on_message(Connection& connection, sip::Message message, std::string_view) override {
    if (!message.is_request()) return;
    sip::Message answer = sip::make_response(message, 200);
    for (const std::string_view contact : message.values(FieldId::Contact))
      answer.add(FieldId::Contact, contact);
    answer.add(FieldId::Expires, "3600");
    connection.send(answer);
  }
  void on_bad(Connection&, std::string_view, const base::Error&) override {}
  void on_closed(Connection& connection, const base::Error&) override {
    const auto found =
        std::ranges::find(connections_, &connection, &std::unique_ptr<Connection>::get);
    loop_.retire(std::shared_ptr<Connection>(std::move(*found)));
    connections_.erase(found);
  }

  net::Loop& loop_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

struct Settings {
  base::Endpoint edge;
  std::string edge_name;
  std::string domain;
  std::string password;
  std::shared_ptr<const net::TlsContext> tls;
};

class Phone;

class PhoneOwner {
 public:
  virtual void on_registered(Phone& phone) = 0;
  virtual void on_failed(Phone& phone, std::string why) = 0;
  virtual void on_lost(Phone& phone) = 0;

 protected:
  ~PhoneOwner() = default;
};

// Away --> Dialling --> Asked --> Proving --> Registered --> Away
class Phone final : private sip::transport::ConnectionHandler {
 public:
  Phone(net::Loop& loop, const Settings& settings, PhoneOwner& owner, std::size_t number)
      : loop_(loop),
        settings_(settings),
        owner_(owner),
        number_(number),
        user_(fmt::format("u{}", number)),
        call_id_(base::random_hex(8)) {}

  bool is_away() const { return state_ == State::Away; }

  void dial() {
    net::DialOptions options;
    options.remote = settings_.edge;
    options.tls = settings_.tls;
    options.expected = {certs::dns_name(settings_.edge_name)};
    options.source =
        base::IpAddress::v4({127, 0, 0, static_cast<std::uint8_t>(2 + number_ % kSources)});
    options.limits = {kLimit, kLimit, kLimit};
    state_ = State::Dialling;
    ConnectionHandler& self = *this;
    connection_ = std::make_unique<Connection>(loop_, options, self);
  }

 private:
  enum class State { Away, Dialling, Asked, Proving, Registered };

  std::string uri() const { return "sip:" + settings_.domain; }

  void send(const std::string& credentials) {
    const std::string local = base::to_string(connection_->info().local);
    const std::string address = fmt::format("<sip:{}@{}>", user_, settings_.domain);
    const std::string branch = base::random_hex(8);
    sip::Message request = sip::Message::request("REGISTER", uri());
    request.add(FieldId::Via, sip::to_string(sip::OwnVia{"TLS", local, {}, branch, {}}));
    request.add(FieldId::From, fmt::format("{};tag={}", address, branch));
    request.add(FieldId::To, address);
    request.add(FieldId::CallId, call_id_);
    request.add(FieldId::CSeq, fmt::format("{} REGISTER", ++sequence_));
    request.add(FieldId::Contact,
                fmt::format("<sip:{}@{};transport=tls>;expires=3600", user_, local));
    request.add(FieldId::Supported, "path,outbound");
    if (!credentials.empty()) request.add(FieldId::ProxyAuthorization, credentials);
    connection_->send(request);
  }

  void fail(std::string why) {
    why_ = std::move(why);
    connection_->close();
  }

  void on_open(Connection&) override {
    state_ = State::Asked;
    send({});
  }
  void on_message(Connection&, sip::Message message, std::string_view) override {
    if (state_ == State::Asked && message.status() == 407) {
      const auto challenge = sip::parse_challenge(message.value(FieldId::ProxyAuthenticate));
      if (!challenge) return fail(challenge.error().detail);
      state_ = State::Proving;
      return send(sip::answer_challenge(*challenge, user_, settings_.password, "REGISTER", uri(), 1,
                                        base::random_hex(4)));
    }
    if (state_ != State::Proving || message.status() != 200) {
      return fail(fmt::format("{} {} {}", message.status(), message.reason(),
                              message.value(FieldId::Warning)));
    }
    state_ = State::Registered;
    owner_.on_registered(*this);
  }
  void on_bad(Connection&, std::string_view, const base::Error&) override {}
  void on_closed(Connection&, const base::Error& why) override {
    loop_.retire(std::shared_ptr<Connection>(std::move(connection_)));
    const bool was_registered = state_ == State::Registered && why_.empty();
    state_ = State::Away;
    if (was_registered) return owner_.on_lost(*this);
    owner_.on_failed(*this, why_.empty() ? why.detail : why_);
    why_.clear();
  }

  net::Loop& loop_;
  const Settings& settings_;
  PhoneOwner& owner_;
  const std::size_t number_;
  const std::string user_;
  const std::string call_id_;
  State state_ = State::Away;
  unsigned sequence_ = 0;
  std::string why_;  // of a failure that we saw
  std::unique_ptr<Connection> connection_;
};

class Crowd final : private PhoneOwner {
 public:
  Crowd(net::Loop& loop, const Settings& settings, std::size_t first, std::size_t count,
        std::size_t per_turn)
      : loop_(loop),
        per_turn_(per_turn),
        limit_(loop, [this] { report(); }),
        retry_(loop, [this] { dial_away(); }) {
    PhoneOwner& self = *this;
    for (std::size_t i = 0; i < count; ++i)
      phones_.push_back(std::make_unique<Phone>(loop, settings, self, first + i));
  }

  // Dials what is away: the first time kAtOnce and one more for each that is registered, then all.
  void start() {
    began_ = Clock::now();
    times_.clear();
    failures_ = 0;
    missing_ = static_cast<std::size_t>(
        std::ranges::count_if(phones_, [](const auto& phone) { return phone->is_away(); }));
    limit_.start(measuring_ ? kLimit : kFirstLimit);
    dial_away();
  }

  bool is_back_within(double seconds) const {
    return missing_ == 0 && failures_ == 0 && times_.back() <= seconds;
  }

 private:
  void dial_away() {
    if (dial_away(measuring_ ? per_turn_ : kAtOnce) && measuring_)
      loop_.post([this] { dial_away(); });
  }
  // Whether more may be away.
  bool dial_away(std::size_t at_most) {
    for (const auto& phone : phones_) {
      if (at_most == 0) return true;
      if (!phone->is_away()) continue;
      phone->dial();
      --at_most;
    }
    return false;
  }
  void on_registered(Phone&) override {
    times_.push_back(std::chrono::duration<double>(Clock::now() - began_).count());
    if (--missing_ == 0) return report();
    if (!measuring_) dial_away(1);
  }
  void on_failed(Phone&, std::string why) override {
    ++failures_;
    last_failure_ = std::move(why);
    if (!retry_.running()) retry_.start(kRetry);
  }
  void on_lost(Phone& phone) override {
    if (!limit_.running()) {  // as it is meant to be
      if (++gone_ == phones_.size()) say("gone");
      return;
    }
    ++missing_;
    on_failed(phone, "the connection of a registered phone ended");
  }

  static void say(std::string_view word) {
    fmt::print("{}\n", word);
    std::fflush(stdout);
  }

  void report() {
    limit_.stop();
    retry_.stop();
    std::ranges::sort(times_);
    const auto at = [&](double part) {
      if (times_.empty()) return 0.0;
      const auto index = static_cast<std::size_t>(part * static_cast<double>(times_.size()));
      return times_[std::min(index, times_.size() - 1)];
    };
    if (!measuring_ && missing_ == 0) {
      measuring_ = true;
      say("registered");
      return;
    }
    fmt::print(
        "{{\"phones\":{},\"back\":{},\"failures\":{},\"last_failure\":\"{}\",\"p50_s\":{:.2f},"
        "\"p99_s\":{:.2f},\"all_s\":{:.2f}}}\n",
        phones_.size(), times_.size(), failures_, last_failure_, at(0.5), at(0.99), at(1));
    loop_.stop();
  }

  net::Loop& loop_;
  const std::size_t per_turn_;
  std::vector<std::unique_ptr<Phone>> phones_;
  net::Timer limit_;
  net::Timer retry_;
  Clock::time_point began_;
  std::vector<double> times_;
  std::size_t missing_ = 0;
  std::size_t gone_ = 0;
  std::size_t failures_ = 0;
  std::string last_failure_;
  bool measuring_ = false;
};

base::Endpoint endpoint_of(const char* text) {
  const auto endpoint = base::parse_endpoint(text);
  if (!endpoint) give_up(endpoint.error().detail);
  return *endpoint;
}

int run_phones(net::Loop& loop, char** arguments) {
  const auto trust = certs::Trust::load(arguments[2]);
  if (!trust) give_up(trust.error().detail);
  net::TlsClientOptions options;
  options.trust = *trust;
  const auto tls = net::TlsContext::client(options);
  if (!tls) give_up(tls.error().detail);
  const Settings settings{endpoint_of(arguments[0]), arguments[1], arguments[3], arguments[4],
                          *tls};
  const std::size_t first = arguments[7] != nullptr ? std::stoul(arguments[7]) : 0;
  const bool both = arguments[7] != nullptr && arguments[8] != nullptr;
  const std::size_t per_turn = both ? std::stoul(arguments[8]) : kPerTurn;
  Crowd crowd(loop, settings, first, std::stoul(arguments[5]), per_turn);
  loop.post([&crowd] { crowd.start(); });
  // Ends with the process: std::getline() cannot be called off.
  std::thread([&loop, &crowd] {
    std::string line;
    if (std::getline(std::cin, line)) loop.post([&crowd] { crowd.start(); });
  }).detach();
  loop.run();
  std::fflush(stdout);
  std::_Exit(crowd.is_back_within(std::stod(arguments[6])) ? 0 : 1);
}

}  // namespace

int main(int count, char** arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  const std::string_view what = count > 1 ? arguments[1] : "";
  if (const auto raised = net::raise_fd_limit(); !raised) give_up(raised.error().detail);
  net::Loop loop;
  if (what == "phones" && count >= 9 && count <= 11) return run_phones(loop, arguments + 2);
  if (what != "registrar" || count != 3) give_up("see the head of its source");
  Registrar registrar(loop);
  registrar.open(endpoint_of(arguments[2]));
  loop.run();
}
