#include "edge/sip_registrations.h"

#include <doctest/doctest.h>

#include "sip/response.h"
#include "tests/edge/sip_text.h"
#include "tests/fakes/clock.h"

namespace edge {
namespace {

using Change = SipRegistrations::Change;
using std::chrono::seconds;

constexpr std::string_view kContact = "<sip:96446082@10.106.4.73:49256;transport=tls>";

struct Lab {
  fakes::FakeClock clock;
  SipRegistrations all;
  int branches = 0;

  AssociationPtr user(const std::string& line = "5002") const {
    auto made = std::make_shared<sip::Association>();
    made->user = "user-of-" + line;
    made->domain = "lab.example";
    made->lines = {line};
    return made;
  }
  SipRegistrations::Outcome run(const std::string& request, int status, const std::string& contact,
                                AssociationPtr association) {
    const sip::Message message = sip_message(request);
    const std::string branch = std::to_string(branches++);
    all.begin(branch, message, std::move(association), clock.steady());
    sip::Message response = sip::make_response(message, status);
    if (!contact.empty()) response.add(sip::FieldId::Contact, contact);
    return all.finish(branch, response, clock.steady());
  }
  SipRegistrations::Outcome run(const std::string& request, int status,
                                const std::string& contact) {
    return run(request, status, contact, user());
  }
};

TEST_CASE("what a registrar grants is what counts") {
  const std::string good(kRegister);
  const std::string contact(kContact);
  const std::string no_contact =
      good.substr(0, good.find("Contact:")) + good.substr(good.find("Expires:"));
  struct Case {
    const char* what;
    std::string request;
    int status;
    std::string contact;
    Change change;
    std::uint32_t granted;
  };
  const Case cases[] = {
      {"as said", good, 200, contact + ";expires=120", Change::Registered, 120},
      {"nothing said", good, 200, contact, Change::Registered, 3600},
      {"beside another", good, 200, "<sip:other@x>;expires=5, " + contact + ";expires=120",
       Change::Registered, 120},
      {"twice", good, 200, contact + ";expires=20, " + contact + ";expires=120", Change::Registered,
       120},
      {"spelled otherwise", good, 200, "<sip:x@y>;expires=90", Change::Registered, 90},
      {"not there", good, 200, "", Change::None, 0},
      {"refused", good, 403, contact, Change::None, 0},
      {"expires 0 granted", good, 200, contact + ";expires=0", Change::None, 0},
      {"only asked", no_contact, 200, contact, Change::None, 0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    Lab lab;
    const SipRegistrations::Outcome outcome = lab.run(c.request, c.status, c.contact);
    CHECK(outcome.change == c.change);
    CHECK(outcome.seconds == c.granted);
    CHECK(lab.all.any() == (c.change == Change::Registered));
    CHECK(outcome.line == "5002@ucm-sub.lab.example");
  }
}

TEST_CASE("it ends by itself, by Expires: 0, by * and by a contact's expires=0") {
  const std::string bye = replaced(kRegister, "Expires: 3600", "Expires: 0");
  const std::string at = kRegister.data();
  const std::size_t contact = at.find("Contact:");
  const std::string star =
      at.substr(0, contact) + "Contact: *\nExpires: 0\n" + at.substr(at.find("Content-Length"));
  const std::string own = replaced(kRegister, ";video", ";expires=0");
  for (const std::string& last : {bye, star, own}) {
    CAPTURE(last);
    Lab lab;
    REQUIRE(lab.run(at, 200, std::string(kContact)).change == Change::Registered);
    CHECK(lab.run(last, 500, "").change == Change::None);
    CHECK(lab.all.any());
    CHECK(lab.run(last, 200, "<sip:other@x>;expires=60").change == Change::Removed);
    CHECK_FALSE(lab.all.any());
    CHECK(lab.run(last, 200, "").change == Change::None);
  }
  Lab lab;
  lab.run(at, 200, std::string(kContact) + ";expires=60");
  lab.clock.advance(seconds{60});
  lab.all.expire(lab.clock.steady());
  CHECK(lab.all.any());  // the grace
  lab.clock.advance(SipRegistrations::kGrace);
  lab.all.expire(lab.clock.steady());
  CHECK_FALSE(lab.all.any());
}

TEST_CASE("the next end is that of what ends first") {
  using Steady = SipRegistrations::Steady;
  Lab lab;
  CHECK(lab.all.next_end() == Steady::max());
  const Steady start = lab.clock.steady();
  lab.run(kRegister.data(), 200, std::string(kContact) + ";expires=60");
  CHECK(lab.all.next_end() == start + seconds{60} + SipRegistrations::kGrace);
  lab.run(replaced(kRegister, "96446082@", "other@"), 200, "<sip:other@x>;expires=3600");
  CHECK(lab.all.next_end() == start + seconds{60} + SipRegistrations::kGrace);
  lab.all.begin("b", sip_message(kRegister), lab.user(), start);
  CHECK(lab.all.next_end() == start + SipRegistrations::kPendingLimit);
}

TEST_CASE("an answer counts once, and only for its own request") {
  Lab lab;
  const sip::Message request = sip_message(kRegister);
  lab.all.begin("b", request, lab.user(), lab.clock.steady());
  sip::Message good = sip::make_response(request, 200);
  good.add(sip::FieldId::Contact, kContact);
  CHECK(lab.all.finish("c", good, lab.clock.steady()).change == Change::None);
  CHECK(lab.all.finish("b", good, lab.clock.steady()).change == Change::Registered);
  CHECK(lab.all.finish("b", good, lab.clock.steady()).association == nullptr);
  lab.all.begin("late", request, lab.user(), lab.clock.steady());
  lab.clock.advance(SipRegistrations::kPendingLimit);
  lab.all.expire(lab.clock.steady());
  CHECK(lab.all.finish("late", good, lab.clock.steady()).association == nullptr);
}

TEST_CASE("several users on one connection are told apart") {
  const std::vector<std::string> domains = {"lab.example", "deep.lab.example"};
  Lab lab;
  lab.run(std::string(kRegister), 200, std::string(kContact));
  lab.run(replaced(kRegister, "5002", "5003"), 200, std::string(kContact), lab.user("5003"));
  CHECK(lab.all.owner("sip:5002@ucm-sub.lab.example", domains)->user == "user-of-5002");
  CHECK(lab.all.owner("sip:5003@ucm-sub.lab.example", domains)->user == "user-of-5003");
  CHECK(lab.all.owner("sip:5004@ucm-sub.lab.example", domains) == nullptr);
  CHECK(lab.all.owner("sip:5003@UCM-Sub.lab.example:5060", domains) != nullptr);
  CHECK(lab.all.owner("sip:5003@bank.example", domains) == nullptr);
  CHECK(lab.all.owner("sip:5003@other-node.lab.example", domains) != nullptr);
  CHECK(lab.all.owner("sip:5003@deep.lab.example", domains) == nullptr);  // somebody else there
  CHECK(lab.all.owner("sip:5003@node.deep.lab.example", domains) == nullptr);
  lab.run(replaced(kRegister, "Expires: 3600", "Expires: 0"), 200, "");
  CHECK(lab.all.owner("sip:5002@ucm-sub.lab.example", domains) == nullptr);
  CHECK(lab.all.first()->user == "user-of-5003");
}

}  // namespace
}  // namespace edge
