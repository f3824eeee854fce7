#include "edge/sip_gateway.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/edge/sip_lab.h"

namespace edge {
namespace {

using sip::FieldId;
using std::chrono::seconds;

TEST_CASE("a client is challenged, checked by the core, and registered") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  const sip::Message& answer = phone.sign_in(replaced(
      kRegister, "Expires: 3600\n",
      "Expires: 3600\nRoute: <sip:edge.lab.example;transport=tls;lr>,"
      "<sip:10.106.4.85:5061;transport=tls;zone-id=1;directed;lr>,"
      "<sip:ucm-sub.lab.example;transport=tcp;lr>\nSallyport-Flow: 00000000000000000000000000000000"
      "\nX-Unknown: kept\n"));
  CHECK(answer.status() == 200);
  CHECK(answer.values(FieldId::Via).size() == 1);
  CHECK(answer.count(FieldId::SallyportFlow) == 0);
  REQUIRE(core.of("SERVICE").size() == 1);
  const sip::Message& service = *core.of("SERVICE")[0];
  CHECK(service.uri() == "sip:serviceserver@ucm-sub.lab.example");
  CHECK(service.value(FieldId::Via).find(";egress-zone=TZone;branch=z9hG4bK") !=
        std::string_view::npos);
  REQUIRE(core.of("REGISTER").size() == 1);
  const sip::Message& inside = *core.of("REGISTER")[0];
  CHECK(inside.value(FieldId::Route) == "<sip:ucm-sub.lab.example;transport=tcp;lr>");
  CHECK(inside.count(FieldId::ProxyAuthorization) == 0);
  CHECK(inside.value(FieldId::MaxForwards) == "69");
  CHECK(inside.count(FieldId::Path) == 2);
  CHECK(inside.value(FieldId::PAssertedIdentity) == "<sip:5002@ucm-sub.lab.example>");
  CHECK(inside.find("X-Unknown"));
  CHECK(inside.value(FieldId::SallyportFlow) == service.value(FieldId::SallyportFlow));
  CHECK(inside.value(FieldId::SallyportFlow) != std::string(32, '0'));
  const auto vias = inside.values(FieldId::Via);
  REQUIRE(vias.size() == 2);
  CHECK(vias[1].find(";received=127.0.0.1;") != std::string_view::npos);
  CHECK(vias[1].ends_with(";ingress-zone=CollaborationEdgeZone"));
  CHECK(lab.logged("Event=\"Registered\""));
  CHECK(lab.counters.sip_connections_registered == 1);
}

TEST_CASE("a refresh costs no SERVICE, until the association ends") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  const auto refresh = [&](std::uint32_t count) {
    return phone.send(phone.with_proof(kRegister, "mac.donald", kSipPassword, count)).status();
  };
  CHECK(refresh(2) == 200);
  CHECK(refresh(3) == 200);
  CHECK(core.services == 1);
  CHECK(lab.add_phone().sign_in().status() == 200);  // another device of the user
  CHECK(core.services == 1);
  core.on_service = [&](const sip::Message& service) { return sip::make_response(service, 404); };
  lab.clock.advance(std::chrono::hours{9});
  SipPhone& late = lab.add_phone();
  CHECK(late.sign_in().status() == 403);
  CHECK(core.services == 2);
  CHECK(lab.logged("no current login of mac.donald"));
}

TEST_CASE("what proves nothing is never let in") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& other = lab.add_phone();
  REQUIRE(other.send(kRegister).status() == 407);
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  const std::size_t before = core.of("REGISTER").size();
  const auto stale = [](const sip::Message& answer) {
    return answer.value(FieldId::ProxyAuthenticate).find("stale=true") != std::string_view::npos;
  };
  // Replayed as it was, and with a lower count.
  const std::string replay = phone.with_proof(kRegister);
  CHECK(stale(phone.send(replay)));
  const sip::Message& wrong = phone.send(phone.with_proof(kRegister, "mac.donald", "guess"));
  CHECK(wrong.status() == 407);
  CHECK_FALSE(stale(wrong));
  CHECK(
      phone
          .send(phone.with_proof(kRegister, "mac.donald", kSipPassword, 1, "sip:elsewhere.example"))
          .status() == 400);
  CHECK(phone.send(other.with_proof(kRegister)).status() == 407);  // another connection's nonce
  CHECK(phone.send(phone.with_proof(replaced(kRegister, "5002", "5003"))).status() == 403);
  CHECK(phone.send(kRegister).status() == 407);
  CHECK(phone.send(phone.with_proof(replaced(kRegister, "MDonald", "RKnotts"))).status() == 403);
  CHECK(phone.send(kRegister).status() == 407);
  lab.clock.advance(seconds{121});
  const sip::Message& expired = phone.send(phone.with_proof(kRegister));
  CHECK(expired.status() == 407);
  CHECK(stale(expired));
  CHECK(core.of("REGISTER").size() == before);
  CHECK(lab.logged("device RKnotts is not of mac.donald"));
}

TEST_CASE("a wrong password is asked for again only once, and five of them end the connection") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.send(kRegister).status() == 407);
  for (int i = 1; i < SipGateway::kMaxWrongDigests; ++i)
    CHECK(phone.send(phone.with_proof(kRegister, "mac.donald", "guess")).status() == 407);
  CHECK(phone.send(phone.with_proof(kRegister, "mac.donald", "guess")).status() == 403);
  fakes::run_until(lab.loop, [&] { return phone.closed; });
  CHECK(core.services == 1);
  CHECK(core.of("REGISTER").empty());
  // From one address no more than so many, over however many connections.
  int challenged = SipGateway::kMaxWrongDigests;
  for (int i = 0; i < 8; ++i) {
    SipPhone& again = lab.add_phone();
    REQUIRE(again.send(kRegister).status() == 407);
    for (int j = 1; j < SipGateway::kMaxWrongDigests; ++j) {
      const int status = again.send(again.with_proof(kRegister, "mac.donald", "guess")).status();
      challenged += status == 407 ? 1 : 0;
    }
  }
  CHECK(challenged == static_cast<int>(SipGateway::kMaxGuesses));
  CHECK(lab.add_phone().sign_in().status() == 403);
  lab.clock.advance(SipGateway::kGuessWindow + seconds{1});
  CHECK(lab.add_phone().sign_in().status() == 200);
}

TEST_CASE("a password that changed is asked for once the old one does not fit") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  REQUIRE(lab.add_phone().sign_in().status() == 200);
  core.password = "new";
  lab.clock.advance(SipGateway::kFetchedLately + seconds{1});
  CHECK(lab.add_phone().sign_in(kRegister, "new").status() == 200);
  CHECK(core.services == 2);
  CHECK(lab.add_phone().sign_in(kRegister, kSipPassword).status() == 407);
}

TEST_CASE("what the core says about the certificate is told, and nothing is forwarded") {
  for (const int status : {428, 437, 438, 404, 403, 500}) {
    CAPTURE(status);
    SipLab lab;
    SipCoreFake& core = lab.add_core();
    core.on_service = [&](const sip::Message& service) {
      return sip::make_response(service, status);
    };
    SipPhone& phone = lab.add_phone();
    const sip::Message& answer = phone.sign_in();
    CHECK(answer.status() == (status == 500 ? 503 : 403));
    CHECK((answer.find(FieldId::RetryAfter) != nullptr) == (status == 500));
    CHECK(core.of("REGISTER").empty());
    if (status == 437) {
      CHECK(lab.logged("437 Unsupported Certificate"));
      CHECK(answer.value(FieldId::Reason) == "SIP;cause=437;text=\"Unsupported Certificate\"");
    }
    // Asked again at once: the core is not.
    if (status == 500) continue;
    for (int i = 0; i < 2 * SipGateway::kMaxUnknownUsers; ++i)
      CHECK(phone.send(phone.with_proof(kRegister)).status() == 403);
    CHECK(core.services == 1);
    lab.clock.advance(SipQuestions::kFailureMemory);
    core.on_service = [&](const sip::Message& service) { return core.vouch(service); };
    CHECK(phone.send(phone.with_proof(kRegister)).status() == 200);
  }
}

TEST_CASE("a registrar that is called by its address is no hindrance") {
  SipLab lab;
  lab.add_core();
  SipPhone& phone = lab.add_phone();
  const std::string request = replaced(kRegister, "ucm-sub.lab.example", "10.106.4.82");
  REQUIRE(phone.send(request).status() == 407);
  const std::string proof =
      phone.with_proof(request, "mac.donald", kSipPassword, 1, "sip:10.106.4.82");
  CHECK(phone.send(proof).status() == 200);
}

TEST_CASE("an address that names too many users nobody knows makes us ask no more for a while") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  core.on_service = [](const sip::Message& service) { return sip::make_response(service, 404); };
  std::size_t asked = 0;
  while (asked < SipGateway::kMaxStrangers) {
    SipPhone& phone = lab.add_phone();
    REQUIRE(phone.send(kRegister).status() == 407);
    for (int i = 0; i < SipGateway::kMaxUnknownUsers; ++i, ++asked) {
      CHECK(phone.send(phone.with_proof(kRegister, "user" + std::to_string(asked))).status() ==
            403);
    }
  }
  SipPhone& next = lab.add_phone();
  REQUIRE(next.send(kRegister).status() == 407);
  CHECK(next.send(next.with_proof(kRegister, "one.more")).status() == 503);
  CHECK(core.services == static_cast<int>(asked));
  core.on_service = [&](const sip::Message& service) { return core.vouch(service); };
  lab.clock.advance(SipGateway::kStrangerWindow);
  CHECK(lab.add_phone().sign_in().status() == 200);
}

TEST_CASE("a connection that makes us ask for users nobody knows is closed") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  core.on_service = [](const sip::Message& service) { return sip::make_response(service, 404); };
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.send(kRegister).status() == 407);
  for (int i = 0; i < SipGateway::kMaxUnknownUsers; ++i) {
    CHECK(phone.send(phone.with_proof(kRegister, "user" + std::to_string(i))).status() == 403);
  }
  fakes::run_until(lab.loop, [&] { return phone.closed; });
  CHECK(core.services == SipGateway::kMaxUnknownUsers);
}

TEST_CASE("an answer that proves nothing, or is about somebody else, is not believed") {
  struct Case {
    const char* what;
    std::function<void(SipCoreFake&)> spoil;
    const char* words;
  };
  const Case cases[] = {
      {"another user", [](SipCoreFake& core) { core.user = "rknotts"; }, "somebody else"},
      {"another core's certificate",
       [](SipCoreFake& core) {
         core.credentials = link_ca().credentials({.names = {"DNS:core2.lab.example"}});
       },
       "certificate: "},
      {"unknown CA",
       [](SipCoreFake& core) {
         static const fakes::TestCa stranger("stranger");
         core.credentials = stranger.credentials({.names = {"DNS:core.lab.example"}});
       },
       "certificate: "},
      {"weak",
       [](SipCoreFake& core) {
         core.credentials =
             link_ca().credentials({.names = {"DNS:core.lab.example"}, .digest = "SHA1"});
       },
       "certificate: "},
      {"changed on its way",
       [](SipCoreFake& core) {
         core.on_service = [&core](const sip::Message& service) {
           sip::Message answer = core.vouch(service);
           answer.set_body("", replaced(answer.body(), "5002", "5003"));
           return answer;
         };
       },
       "Identity: "},
      {"nothing in it",
       [](SipCoreFake& core) {
         core.on_service = [](const sip::Message& service) {
           return sip::make_response(service, 200);
         };
       },
       "the answer of core.lab.example"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    SipLab lab;
    SipCoreFake& core = lab.add_core();
    c.spoil(core);
    CHECK(lab.add_phone().sign_in().status() == 403);
    CHECK(core.of("REGISTER").empty());
    CHECK(lab.logged(c.words));
  }
}

TEST_CASE("another core is asked when one does not know the user, or dies") {
  SipLab lab;
  SipCoreFake& one = lab.add_core();
  SipCoreFake& two = lab.add_core("core2.lab.example");
  for (SipCoreFake* core : {&one, &two}) {
    core->on_service = [](const sip::Message& service) { return sip::make_response(service, 404); };
  }
  CHECK(lab.add_phone().sign_in().status() == 403);
  CHECK(one.services + two.services == 2);
  lab.clock.advance(SipQuestions::kFailureMemory);
  for (SipCoreFake* core : {&one, &two})
    core->on_service = [](const sip::Message&) { return std::nullopt; };
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.send(kRegister).status() == 407);
  phone.connection->send(sip_text(phone.with_proof(kRegister)));
  fakes::run_until(lab.loop, [&] { return one.services + two.services == 3; });
  const std::size_t asked = one.services == 2 ? 0 : 1;
  SipCoreFake& other = asked == 0 ? two : one;
  other.on_service = [&other](const sip::Message& service) { return other.vouch(service); };
  lab.cores.erase(lab.cores.begin() + static_cast<std::ptrdiff_t>(asked));
  fakes::run_until(lab.loop, [&] { return phone.got.size() == 2; });
  CHECK(phone.got.back().status() == 200);
}

TEST_CASE("REGISTERs of one user wait for one SERVICE, and not for ever") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  core.on_service = [](const sip::Message&) { return std::nullopt; };
  for (int i = 0; i < 3; ++i) {
    SipPhone& phone = lab.add_phone();
    REQUIRE(phone.send(kRegister).status() == 407);
    phone.connection->send(sip_text(phone.with_proof(kRegister)));
  }
  fakes::run_until(lab.loop, [&] { return core.services == 1; });
  fakes::run_turns(lab.loop);
  CHECK(core.services == 1);
  lab.clock.advance(SipQuestions::kLimit);
  fakes::run_until(lab.loop, [&] {
    return std::all_of(lab.phones.begin(), lab.phones.end(),
                       [](const auto& phone) { return phone->got.size() == 2; });
  });
  for (const auto& phone : lab.phones)
    CHECK(phone->got.back().status() == 503);
  // What comes too late is dropped.
  const sip::Message& service = *core.of("SERVICE")[0];
  core.channel->send(core.vouch(service));
  fakes::run_turns(lab.loop);
  CHECK(core.of("REGISTER").empty());
}

TEST_CASE("when all come back at once some are asked about and the others wait in line") {
  constexpr int kEach = SipGateway::kMaxWaiting - 4;
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  core.on_service = [](const sip::Message&) { return std::nullopt; };
  const int at_once = static_cast<int>(SipQuestions::kMaxAtOnce);
  for (int user = 0; user < at_once + kEach;) {
    SipPhone& phone = lab.add_phone();
    REQUIRE(phone.send(kRegister).status() == 407);
    for (int i = 0; i < kEach; ++i, ++user) {
      phone.connection->send(sip_text(phone.with_proof(kRegister, "user" + std::to_string(user))));
    }
  }
  fakes::run_until(lab.loop, [&] { return core.services == at_once; });
  fakes::run_turns(lab.loop);
  CHECK(core.services == at_once);
  for (int i = 0; i < 2; ++i) {
    core.channel->send(sip::make_response(*core.of("SERVICE")[static_cast<std::size_t>(i)], 404));
    fakes::run_until(lab.loop, [&] { return core.services == at_once + i + 1; });
  }
  CHECK(std::all_of(lab.phones.begin(), lab.phones.end(),
                    [](const auto& phone) { return phone->got.back().status() != 503; }));
}

TEST_CASE("without a core it is 503 at once") {
  SipLab lab;
  const sip::Message& answer = lab.add_phone().sign_in();
  CHECK(answer.status() == 503);
  CHECK(answer.value(FieldId::RetryAfter) == "2");
}

TEST_CASE("each refusal before registration has its status, and nothing goes inside") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  struct Case {
    const char* what;
    std::string request;
    int status;
  };
  const std::string options = replaced(kRegister, "REGISTER", "OPTIONS");
  const std::string uri = "sip:ucm-sub.lab.example SIP";
  const Case cases[] = {
      {"INVITE", std::string(kInvite), 405},
      {"unknown", replaced(kRegister, "REGISTER", "FOO"), 405},
      {"SERVICE", replaced(kRegister, "REGISTER", "SERVICE"), 403},
      {"hops", replaced(kRegister, "Forwards: 70", "Forwards: 0"), 483},
      {"extension", replaced(kRegister, "Expires: 3600", "Proxy-Require: x"), 420},
      {"form", replaced(kRegister, "CSeq: 101 REGISTER", "CSeq: 101 INVITE"), 400},
      {"OPTIONS inside", options, 403},
      {"OPTIONS elsewhere", replaced(options, uri, "sip:elsewhere.example SIP"), 404},
      {"OPTIONS to us", replaced(options, uri, "sip:edge.lab.example SIP"), 200},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    const sip::Message& answer = phone.send(c.request);
    CHECK(answer.status() == c.status);
    if (c.status == 405) CHECK(answer.value(FieldId::Allow) == "REGISTER, OPTIONS");
    if (c.status == 420) CHECK(answer.value(FieldId::Unsupported) == "x");
    if (c.status == 200) CHECK(answer.value(FieldId::Supported) == "path, outbound");
  }
  const std::size_t before = phone.got.size();
  phone.connection->send(sip_text(replaced(kInvite, "INVITE", "ACK")));
  fakes::run_turns(lab.loop, 30);
  CHECK(phone.got.size() == before);
  CHECK(core.got.empty());
}

TEST_CASE("a Route to anybody else is 403, and bytes that are no SIP end the connection") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  const std::string evil =
      replaced(kRegister, "Expires:", "Route: <sip:169.254.169.254:80;transport=tls;lr>\nExpires:");
  CHECK(phone.sign_in(evil).status() == 403);
  CHECK(core.of("REGISTER").empty());
  CHECK(lab.logged("names neither this edge nor a core"));
  phone.connection->send("GET / HTTP/1.1\r\n\r\n");
  fakes::run_until(lab.loop, [&] { return phone.closed; });
  CHECK(lab.logged("Event=\"Message Refused\""));
}

TEST_CASE("a revocation ends associations and registered connections at once") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  SipPhone& idle = lab.add_phone();
  REQUIRE(idle.send(kRegister).status() == 407);
  lab.clock.advance(seconds{2});
  const policy::Revocation other[] = {policy::Revocation::of_user(
      "rknotts", "lab.example", std::chrono::floor<seconds>(lab.clock.now()), seconds{60})};
  lab.gateway->revoke(other);
  const policy::Revocation mine[] = {policy::Revocation::of_user(
      "mac.donald", "lab.example", std::chrono::floor<seconds>(lab.clock.now()), seconds{60})};
  lab.gateway->revoke(mine);
  fakes::run_until(lab.loop, [&] { return phone.closed; });
  CHECK_FALSE(idle.closed);
  CHECK(lab.logged("Event=\"Registration Revoked\""));
  // The core vouches with what was issued before: that is over.
  CHECK(idle.send(idle.with_proof(kRegister)).status() == 403);
  CHECK(core.services == 2);
  CHECK(lab.logged("the sign-in was revoked"));
}

TEST_CASE("connections that never register, or fall silent, are closed") {
  SipLab lab;
  lab.add_core();
  SipPhone& idle = lab.add_phone();
  REQUIRE(idle.send(kRegister).status() == 407);
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  lab.clock.advance(seconds{31});
  fakes::run_until(lab.loop, [&] { return idle.closed; });
  CHECK(lab.logged("nothing was registered in time"));
  CHECK_FALSE(phone.closed);
  lab.clock.advance(seconds{120});  // its 120 s are over, and nobody refreshed
  fakes::run_until(lab.loop, [&] { return lab.counters.sip_connections_registered == 0; });
  lab.clock.advance(seconds{31});
  fakes::run_until(lab.loop, [&] { return phone.closed; });
}

TEST_CASE("a registered client may be silent for its limit, and a keep-alive is no silence") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  core.on_register = [](const sip::Message& request) {
    sip::Message answer = sip::make_response(request, 200);
    answer.set(sip::FieldId::SallyportFlow, request.value(sip::FieldId::SallyportFlow));
    answer.add(sip::FieldId::Contact, request.value(sip::FieldId::Contact));
    answer.add(sip::FieldId::Expires, "3600");
    return answer;
  };
  SipPhone& silent = lab.add_phone();
  REQUIRE(silent.sign_in().status() == 200);
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  lab.clock.advance(seconds{899});
  phone.connection->ping();
  fakes::run_until(lab.loop, [&] { return phone.pongs > 0; });
  fakes::run_past(lab.loop, kTick);
  CHECK(lab.counters.sip_connections_registered == 2);
  lab.clock.advance(seconds{1});
  fakes::run_until(lab.loop, [&] { return silent.closed; });
  CHECK(lab.logged("nothing was heard for too long"));
  CHECK(lab.counters.sip_connections_registered == 1);
  lab.clock.advance(seconds{899});
  fakes::run_until(lab.loop, [&] { return phone.closed; });
}

TEST_CASE("the shorter limit holds for who has nothing registered, and a reload may change it") {
  SipLab lab;
  lab.add_core();
  SipPhone& first = lab.add_phone();
  REQUIRE(first.send(kRegister).status() == 407);
  lab.settings->register_limit = std::chrono::minutes{10};
  lab.clock.advance(seconds{31});
  fakes::run_past(lab.loop, kTick);
  CHECK(lab.gateway->connection_count() == 1);
  lab.settings->idle_limit = seconds{20};
  SipPhone& second = lab.add_phone();
  REQUIRE(second.send(kRegister).status() == 407);
  lab.clock.advance(seconds{20});
  fakes::run_until(lab.loop, [&] { return second.closed; });
  CHECK_FALSE(first.closed);  // told of when its own time is over
  lab.clock.advance(std::chrono::minutes{10});
  fakes::run_until(lab.loop, [&] { return first.closed; });
}

TEST_CASE("checks that are late end together with those that wait behind them and cannot be made") {
  SipLab lab;
  lab.settings->domains.push_back("other.example");  // no core serves it
  SipCoreFake& core = lab.add_core();
  core.on_service = [](const sip::Message&) { return std::optional<sip::Message>(); };
  constexpr std::size_t kOfOne = SipGateway::kMaxWaiting;
  std::size_t sent = 0;
  for (std::size_t i = 0; i < SipQuestions::kMaxAtOnce / kOfOne + 1; ++i) {
    SipPhone& phone = lab.add_phone();
    REQUIRE(phone.send(kRegister).status() == 407);
    const std::string domain = sent < SipQuestions::kMaxAtOnce ? "lab.example" : "other.example";
    for (std::size_t k = 0; k < kOfOne; ++k) {
      const std::string user = "user" + std::to_string(sent++) + "@" + domain;
      phone.connection->send(sip_text(phone.with_proof(kRegister, user)));
    }
  }
  fakes::run_until(lab.loop,
                   [&] { return lab.counters.sip_messages.load() >= sent + lab.phones.size(); });
  fakes::run_until(lab.loop, [&] { return core.services == int{SipQuestions::kMaxAtOnce}; });
  lab.clock.advance(SipQuestions::kLimit);
  fakes::run_until(lab.loop, [&] {
    return std::all_of(lab.phones.begin(), lab.phones.end(),
                       [](const auto& phone) { return phone->got.size() == kOfOne + 1; });
  });
  for (const auto& phone : lab.phones)
    CHECK(phone->got.back().status() == 503);
}

TEST_CASE("a client that was told to go registers nothing any more") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  std::optional<sip::Message> vouched;
  core.on_service = [&](const sip::Message& service) {
    vouched = core.vouch(service);
    return std::optional<sip::Message>();
  };
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.send(kRegister).status() == 407);
  phone.connection->send(sip_text(phone.with_proof(kRegister)));
  fakes::run_until(lab.loop, [&] { return vouched.has_value(); });
  phone.connection->pause_reading();
  lab.gateway->drain([] {});
  core.channel->send(*vouched);
  fakes::run_turns(lab.loop, 200);
  CHECK(lab.gateway->connection_count() == 1);  // it does not read, and so does not see it
  CHECK(core.of("REGISTER").empty());
}

TEST_CASE("a registration that is made shorter, or taken back, ends in its new time") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  std::string expires = "800";
  core.on_register = [&](const sip::Message& request) {
    sip::Message answer = sip::make_response(request, 200);
    answer.set(sip::FieldId::SallyportFlow, request.value(sip::FieldId::SallyportFlow));
    answer.add(sip::FieldId::Contact,
               std::string(request.value(sip::FieldId::Contact)) + ";expires=" + expires);
    return answer;
  };
  SipPhone& shorter = lab.add_phone();
  REQUIRE(shorter.sign_in().status() == 200);
  SipPhone& leaving = lab.add_phone();
  REQUIRE(leaving.sign_in().status() == 200);
  lab.clock.advance(seconds{125});
  fakes::run_past(lab.loop, kTick);  // now they are to be looked at when 810 s are over
  expires = "30";
  REQUIRE(shorter.sign_in().status() == 200);
  REQUIRE(leaving.sign_in(replaced(kRegister, "Expires: 3600", "Expires: 0")).status() == 200);
  REQUIRE(lab.counters.sip_connections_registered == 1);
  lab.clock.advance(seconds{30});
  fakes::run_until(lab.loop, [&] { return leaving.closed; });
  CHECK(lab.counters.sip_connections_registered == 1);
  lab.clock.advance(SipRegistrations::kGrace);
  fakes::run_until(lab.loop, [&] { return lab.counters.sip_connections_registered == 0; });
  lab.clock.advance(seconds{30});
  fakes::run_until(lab.loop, [&] { return shorter.closed; });
}

TEST_CASE("a channel that closes is opened again, and the clients stay") {
  SipLab lab;
  SipCoreFake& core = lab.add_core();
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  core.channel->close({base::Errc::Closed, "a test"});
  fakes::run_until(lab.loop, [&] { return lab.gateway->channel_count() == 0; });
  fakes::run_until(lab.loop, [&] { return lab.gateway->channel_count() == 1; });
  CHECK(core.channels == 2);
  const std::string again = phone.with_proof(kRegister, "mac.donald", kSipPassword, 2);
  CHECK(phone.send(again).status() == 200);
  lab.cores.clear();
  fakes::run_until(lab.loop, [&] { return lab.gateway->channel_count() == 0; });
  CHECK(phone.send(phone.with_proof(kRegister, "mac.donald", kSipPassword, 3)).status() == 503);
  lab.add_core();
  CHECK(phone.send(phone.with_proof(kRegister, "mac.donald", kSipPassword, 4)).status() == 200);
  CHECK_FALSE(phone.closed);
}

TEST_CASE("drain closes every connection and tells when it is done") {
  SipLab lab;
  lab.add_core();
  SipPhone& phone = lab.add_phone();
  REQUIRE(phone.sign_in().status() == 200);
  bool done = false;
  lab.gateway->drain([&] { done = true; });
  CHECK_FALSE(done);
  fakes::run_until(lab.loop, [&] { return done && phone.closed; });
  CHECK(lab.gateway->connection_count() == 0);
}

}  // namespace
}  // namespace edge
