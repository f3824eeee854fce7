#include "service/expiry.h"

#include <doctest/doctest.h>

#include "net/loop.h"
#include "tests/fakes/clock.h"
#include "tests/fakes/log_sink.h"
#include "tests/fakes/run_loop.h"
#include "tests/fakes/test_certs.h"

namespace service {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

struct Lab {
  net::Loop loop;
  fakes::MemorySink sink;
  base::Logger log{sink, "edge", base::Level::Info};
  fakes::FakeClock clock;
  fakes::TestCa ca;
  ExpiryWatch watch{loop, log, clock, milliseconds{5}};

  Lab() { clock.set_now(std::chrono::system_clock::now()); }
  OwnCertificate certificate(const char* file, hours left) {
    return {file, ca.credentials({.names = {"DNS:edge.lab.example"}, .valid_until = left})};
  }
  bool logged(std::string_view words) const { return sink.text().find(words) != std::string::npos; }
};

TEST_CASE("days are whole ones of what ends first, and negative after the end") {
  Lab lab;
  CHECK(lab.watch.days_left() == 0);
  lab.watch.set(
      {lab.certificate("a.pem", hours{24 * 30}), lab.certificate("b.pem", hours{24 * 20 + 1})});
  CHECK(lab.watch.days_left() == 20);
  lab.clock.advance(hours{24 * 20});
  CHECK(lab.watch.days_left() == 0);
  lab.clock.advance(hours{2});
  CHECK(lab.watch.days_left() == -1);
}

TEST_CASE("who runs on while a certificate ends says so again and again") {
  Lab lab;
  lab.watch.set(
      {lab.certificate("a.pem", hours{24 * 40}), lab.certificate("b.pem", hours{24 * 15})});
  CHECK(lab.sink.text().empty());
  lab.clock.advance(hours{24 * 2});
  fakes::run_until(lab.loop,
                   [&] { return lab.logged("a certificate expires soon file=\"b.pem\""); });
  lab.clock.advance(hours{24 * 14});
  fakes::run_until(lab.loop,
                   [&] { return lab.logged("a certificate has expired file=\"b.pem\""); });
  CHECK(lab.logged("expires soon file=\"a.pem\"") == false);
  lab.sink.clear();
  lab.watch.set({lab.certificate("a.pem", hours{-1})});
  CHECK(lab.logged("a certificate has expired file=\"a.pem\""));
  CHECK_FALSE(lab.logged("b.pem"));
}

}  // namespace
}  // namespace service
