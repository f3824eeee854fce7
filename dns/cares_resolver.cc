#include "dns/cares_resolver.h"

#include <ares.h>
#include <event2/event.h>
#include <sys/time.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/text.h"
#include "dns/address_query.h"
#include "dns/answer.h"
#include "dns/cache.h"
#include "net/loop.h"
#include "net/timer.h"

namespace dns {
namespace {

struct FreeChannel {
  void operator()(ares_channeldata* channel) const noexcept { ares_destroy(channel); }
};
struct FreeEvent {
  void operator()(event* e) const noexcept { event_free(e); }
};

// Lower case and without the final dot; nothing when it cannot stand in the DNS.
std::optional<std::string> canonical_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (!base::is_service_name(name)) return std::nullopt;
  return base::to_lower(name);
}

Records no_answer(int status) {
  Records records;
  records.outcome = status == ARES_ETIMEOUT ? Outcome::Timeout : Outcome::ServerError;
  // c-ares says "connection refused" also when every server answered SERVFAIL or REFUSED.
  records.detail = status == ARES_ECONNREFUSED ? "no server gave an answer" : ares_strerror(status);
  return records;
}

class WaiterQuery final : public Query {
 public:
  explicit WaiterQuery(std::shared_ptr<Waiter> waiter) : waiter_(std::move(waiter)) {}

 private:
  std::shared_ptr<Waiter> waiter_;
};

}  // namespace

class CaresResolver::Impl final : public Asker {
 public:
  Impl(net::Loop& loop, Families families)
      : loop_(loop), families_(families), timer_(loop, [this] { process(ARES_SOCKET_BAD, 0); }) {}

  base::Result<> open(const ResolverOptions& options);

  net::Loop& loop() { return loop_; }
  Families families() const { return families_; }

  // Has `waiter` called with the answer, now or later, but from the loop.
  void ask(Question question, const std::shared_ptr<Waiter>& waiter) override;
  void answer_later(std::vector<std::weak_ptr<Waiter>> waiters,
                    std::shared_ptr<const Records> records);

 private:
  // A question on its way, and all who wait for its answer.
  struct Flight {
    Impl* resolver;
    Question question;
    std::vector<std::weak_ptr<Waiter>> waiters;
  };

  static void on_answer(void* flight, int status, int timeouts, unsigned char* message,
                        int length) noexcept;
  static void on_socket(void* resolver, ares_socket_t socket, int readable, int writable) noexcept;
  static void on_ready(int socket, short what, void* resolver) noexcept;

  void process(ares_socket_t socket, short what);
  void finish(const Question& question, const Records& records);
  void watch(ares_socket_t socket, bool readable, bool writable);
  void start_timer();

  net::Loop& loop_;
  Families families_;
  Cache cache_;
  std::map<Question, std::unique_ptr<Flight>> flights_;
  std::map<ares_socket_t, std::unique_ptr<event, FreeEvent>> sockets_;
  net::Timer timer_;
  // Last, so that it goes first: it calls back into the maps while it is destroyed.
  std::unique_ptr<ares_channeldata, FreeChannel> channel_;
};

base::Result<> CaresResolver::Impl::open(const ResolverOptions& options) {
  static const int library = ares_library_init(ARES_LIB_INIT_ALL);  // once in the process
  if (library != ARES_SUCCESS) return base::Error{base::Errc::System, ares_strerror(library)};
  ares_options settings{};
  settings.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  settings.timeout = static_cast<int>(options.timeout.count());
  settings.tries = options.tries;
  settings.sock_state_cb = &Impl::on_socket;
  settings.sock_state_cb_data = this;
  ares_channel channel = nullptr;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
                   ARES_OPT_DOMAINS;  // no domains: nothing is ever added to a name
  int status = ares_init_options(&channel, &settings, mask);
  if (status != ARES_SUCCESS) return base::Error{base::Errc::System, ares_strerror(status)};
  channel_.reset(channel);
  std::string servers;
  for (base::Endpoint server : options.servers) {
    if (server.port == 0) server.port = 53;
    if (!servers.empty()) servers += ',';
    servers += base::to_string(server);
  }
  if (!servers.empty()) status = ares_set_servers_ports_csv(channel, servers.c_str());
  if (status != ARES_SUCCESS) return base::Error{base::Errc::System, ares_strerror(status)};
  return {};
}

void CaresResolver::Impl::ask(Question question, const std::shared_ptr<Waiter>& waiter) {
  if (auto known = cache_.find(question, loop_.now())) {
    return answer_later({waiter}, std::move(known));
  }
  if (const auto flight = flights_.find(question); flight != flights_.end()) {
    std::erase_if(flight->second->waiters, [](const auto& other) { return other.expired(); });
    flight->second->waiters.push_back(waiter);
    return;
  }
  if (flights_.size() >= kMaxInFlight) {
    auto records = std::make_shared<Records>();
    records->detail = "too many questions in flight";
    return answer_later({waiter}, std::move(records));
  }
  auto flight = std::make_unique<Flight>(Flight{this, question, {waiter}});
  Flight* const started = flight.get();
  const int type = static_cast<int>(question.type);
  flights_.emplace(question, std::move(flight));
  // May call on_answer() at once, and then the flight is over.
  ares_query(channel_.get(), question.name.c_str(), 1 /* IN */, type, &Impl::on_answer, started);
  start_timer();
}

void CaresResolver::Impl::answer_later(std::vector<std::weak_ptr<Waiter>> waiters,
                                       std::shared_ptr<const Records> records) {
  // No `this`: the resolver may be gone by then. A waiter whose query was dropped is gone, too,
  // perhaps dropped by the callback before it; one that runs is kept until it returns.
  loop_.post([waiters = std::move(waiters), records = std::move(records)] {
    for (const auto& weak : waiters) {
      if (const auto waiter = weak.lock()) waiter->done(*records);
    }
  });
}

void CaresResolver::Impl::on_answer(void* data, int status, int /*timeouts*/,
                                    unsigned char* message, int length) noexcept {
  if (status == ARES_EDESTRUCTION || status == ARES_ECANCELLED) return;
  auto* const flight = static_cast<Flight*>(data);
  Records records = no_answer(status);
  if (message != nullptr && length > 0) {  // also with an error: the message says which
    const std::string_view bytes(reinterpret_cast<const char*>(message),
                                 static_cast<std::size_t>(length));
    records = parse_answer(bytes, flight->question.name, flight->question.type);
  }
  flight->resolver->finish(Question(flight->question), records);
}

void CaresResolver::Impl::finish(const Question& question, const Records& records) {
  cache_.put(question, records, loop_.now());
  const auto flight = flights_.find(question);
  auto waiters = std::move(flight->second->waiters);
  flights_.erase(flight);
  answer_later(std::move(waiters), std::make_shared<Records>(records));
}

void CaresResolver::Impl::on_socket(void* resolver, ares_socket_t socket, int readable,
                                    int writable) noexcept {
  static_cast<Impl*>(resolver)->watch(socket, readable != 0, writable != 0);
}

void CaresResolver::Impl::watch(ares_socket_t socket, bool readable, bool writable) {
  sockets_.erase(socket);
  if (!readable && !writable) return;
  const int what = EV_PERSIST | (readable ? EV_READ : 0) | (writable ? EV_WRITE : 0);
  std::unique_ptr<event, FreeEvent> watched(
      event_new(loop_.base(), socket, static_cast<short>(what), &Impl::on_ready, this));
  // Without the event the question ends by its timeout, which is the right way to fail here.
  if (watched != nullptr && event_add(watched.get(), nullptr) == 0) {
    sockets_.emplace(socket, std::move(watched));
  }
}

void CaresResolver::Impl::on_ready(int socket, short what, void* resolver) noexcept {
  static_cast<Impl*>(resolver)->process(socket, what);
}

void CaresResolver::Impl::process(ares_socket_t socket, short what) {
  ares_process_fd(channel_.get(), (what & EV_READ) != 0 ? socket : ARES_SOCKET_BAD,
                  (what & EV_WRITE) != 0 ? socket : ARES_SOCKET_BAD);
  start_timer();
}

void CaresResolver::Impl::start_timer() {
  timeval wait{};
  if (ares_timeout(channel_.get(), nullptr, &wait) == nullptr) return timer_.stop();
  // Rounded up: a timer that comes too early finds nothing to do and comes again at once.
  timer_.start(std::chrono::milliseconds(wait.tv_sec * 1000 + wait.tv_usec / 1000 + 1));
}

CaresResolver::CaresResolver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CaresResolver::~CaresResolver() = default;

base::Result<std::unique_ptr<CaresResolver>> CaresResolver::open(net::Loop& loop,
                                                                 const ResolverOptions& options) {
  auto impl = std::make_unique<Impl>(loop, options.families);
  if (auto opened = impl->open(options); !opened) return opened.error();
  return std::unique_ptr<CaresResolver>(new CaresResolver(std::move(impl)));
}

std::unique_ptr<Query> CaresResolver::srv(std::string_view name, SrvCallback done) {
  auto waiter = std::make_shared<Waiter>();
  waiter->done = [done = std::move(done)](const Records& records) {
    done(SrvAnswer{records.outcome, records.targets, records.ttl, records.detail});
  };
  if (auto canonical = canonical_name(name)) {
    impl_->ask({std::move(*canonical), RecordType::Srv}, waiter);
  } else {
    impl_->answer_later({waiter}, impossible_name());
  }
  return std::make_unique<WaiterQuery>(std::move(waiter));
}

std::unique_ptr<Query> CaresResolver::addresses(std::string_view host, AddressCallback done) {
  auto literal = std::make_shared<Records>();
  if (const auto address = base::parse_ip(host)) {
    literal->outcome = Outcome::Ok;
    literal->addresses = {*address};
    literal->ttl = Cache::kMaxTtl;
  } else if (auto canonical = canonical_name(host)) {
    auto query = std::make_unique<AddressQuery>(impl_->loop(), impl_->families(), std::move(done));
    query->start(*impl_, *canonical);
    return query;
  } else {
    literal = impossible_name();
  }
  auto waiter = std::make_shared<Waiter>();
  waiter->done = [done = std::move(done)](const Records& records) {
    done(AddressAnswer{records.outcome, records.addresses, records.ttl, records.detail});
  };
  impl_->answer_later({waiter}, std::move(literal));
  return std::make_unique<WaiterQuery>(std::move(waiter));
}

}  // namespace dns
