#include "net/ticket_keys.h"

#include <doctest/doctest.h>
#include <openssl/evp.h>

#include <array>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

namespace net {
namespace {

using std::chrono::hours;
using std::chrono::steady_clock;

struct FreeOpenssl {
  void operator()(EVP_CIPHER_CTX* c) const noexcept { EVP_CIPHER_CTX_free(c); }
  void operator()(EVP_MAC_CTX* m) const noexcept { EVP_MAC_CTX_free(m); }
};

// What OpenSSL hands to the callback for one ticket.
struct Ticket {
  Ticket() {
    EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    mac.reset(EVP_MAC_CTX_new(hmac));
    EVP_MAC_free(hmac);
  }
  bool seal(TicketKeys& keys) { return keys.seal(name, iv, cipher.get(), mac.get()); }
  TicketKeys::Found open(TicketKeys& keys) { return keys.open(name, iv, cipher.get(), mac.get()); }

  std::array<std::uint8_t, TicketKeys::kNameBytes> name{};
  std::array<std::uint8_t, TicketKeys::kIvBytes> iv{};
  std::unique_ptr<EVP_CIPHER_CTX, FreeOpenssl> cipher{EVP_CIPHER_CTX_new()};
  std::unique_ptr<EVP_MAC_CTX, FreeOpenssl> mac;
};

TEST_CASE("a key seals for a period, opens for two more, and is gone then") {
  struct Case {
    hours later;
    TicketKeys::Found found;
  };
  const Case cases[] = {
      {hours(0), TicketKeys::Found::Valid},    {hours(1), TicketKeys::Found::Renew},
      {hours(2), TicketKeys::Found::Renew},    {hours(3), TicketKeys::Found::Nothing},
      {hours(99), TicketKeys::Found::Nothing},
  };
  for (const Case& c : cases) {
    for (const bool others_meanwhile : {false, true}) {
      CAPTURE(c.later.count());
      CAPTURE(others_meanwhile);
      steady_clock::time_point now = steady_clock::now();
      TicketKeys keys([&now] { return now; });
      Ticket ticket;
      REQUIRE(ticket.seal(keys));
      for (hours passed{0}; passed < c.later; ++passed) {
        now += hours(1);
        if (others_meanwhile) CHECK(Ticket().seal(keys));
      }
      CHECK(ticket.open(keys) == c.found);
    }
  }
}

TEST_CASE("keys change with the period and never repeat an IV") {
  steady_clock::time_point now = steady_clock::now();
  TicketKeys keys([&now] { return now; });
  Ticket first;
  Ticket second;
  Ticket later;
  REQUIRE(first.seal(keys));
  REQUIRE(second.seal(keys));
  now += hours(1);
  REQUIRE(later.seal(keys));
  CHECK(first.name == second.name);
  CHECK(first.iv != second.iv);
  CHECK(first.name != later.name);
}

TEST_CASE("a ticket of other keys, or a made-up one, is not found") {
  TicketKeys keys;
  TicketKeys foreign;
  Ticket ticket;
  CHECK(ticket.open(keys) == TicketKeys::Found::Nothing);
  REQUIRE(ticket.seal(foreign));
  REQUIRE(Ticket().seal(keys));
  CHECK(ticket.open(keys) == TicketKeys::Found::Nothing);
}

TEST_CASE("threads may seal and open at once while keys rotate") {
  std::atomic<std::int64_t> minutes = 0;
  TicketKeys keys(
      [&minutes] { return steady_clock::time_point(std::chrono::minutes(minutes.fetch_add(1))); });
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 300; ++k) {
          Ticket ticket;
          if (!ticket.seal(keys)) ++failures;
          // Found or not: the others may have moved the time on by hours in between.
          static_cast<void>(ticket.open(keys));
        }
      });
    }
  }
  CHECK(failures == 0);
}

}  // namespace
}  // namespace net
