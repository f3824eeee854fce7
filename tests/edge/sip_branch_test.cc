#include "edge/sip_branch.h"

#include <doctest/doctest.h>

#include "sip/response.h"
#include "tests/edge/sip_text.h"

namespace edge {
namespace {

using Toward = BranchKey::Toward;

const sip::FlowId kFlow{1, 2, 3};
const sip::FlowId kOther{1, 2, 4};

// The answer to `request` with our Via on top.
sip::Message answer(sip::Message request, const std::string& branch) {
  request.add_first(sip::FieldId::Via, "SIP/2.0/TLS 10.0.0.1:7001;branch=z9hG4bK" + branch);
  return sip::make_response(request, 200);
}

TEST_CASE("a core's token is 32 hex digits and its own") {
  CHECK(core_token("a").size() == 32);
  CHECK(core_token("a") == core_token("a"));
  CHECK(core_token("a") != core_token("b"));
}

TEST_CASE("the answer to a request is recognized, and which core it belongs to") {
  const BranchKey key("secret");
  const std::string core = core_token("a");
  const std::string branch = key.make(sip_message(kRegister), Toward::Core, kFlow, core);
  CHECK(branch.size() == 65);
  const sip::Message good = answer(sip_message(kRegister), branch);
  CHECK(key.judge(good, Toward::Core, kFlow) == core);
  CHECK_FALSE(key.judge(good, Toward::Core, kOther));
  CHECK_FALSE(key.judge(good, Toward::Client, kFlow));
  CHECK_FALSE(BranchKey("another").judge(good, Toward::Core, kFlow));
}

TEST_CASE("CANCEL and ACK of a request have its branch") {
  const BranchKey key("secret");
  const std::string core = core_token("a");
  const std::string invite = key.make(sip_message(kInvite), Toward::Client, kFlow, core);
  for (const char* method : {"CANCEL", "ACK"}) {
    CAPTURE(method);
    const sip::Message other = sip_message(replaced(kInvite, "INVITE", method));
    CHECK(key.make(other, Toward::Client, kFlow, core) == invite);
  }
}

TEST_CASE("an answer that was changed on its way is not recognized") {
  const BranchKey key("secret");
  const std::string branch = key.make(sip_message(kRegister), Toward::Core, kFlow, core_token("a"));
  struct Case {
    const char* what;
    const char* with;
  };
  const Case cases[] = {
      {"branch=z9hG4bKc1", "branch=z9hG4bKc2"}, {"10.106.4.73:49256;b", "10.106.4.74:49256;b"},
      {":49256;branch", ":49257;branch"},       {"CSeq: 101", "CSeq: 102"},
      {"Call-ID: call", "Call-ID: other"},      {"tag=from", "tag=fromage"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.with);
    const sip::Message bad = answer(sip_message(replaced(kRegister, c.what, c.with)), branch);
    CHECK_FALSE(key.judge(bad, Toward::Core, kFlow));
  }
  std::string other = branch;
  for (const std::size_t at : {0U, 31U, 33U, 64U}) {
    CAPTURE(at);
    std::string flipped = branch;
    flipped[at] = flipped[at] == 'a' ? 'b' : 'a';
    CHECK_FALSE(key.judge(answer(sip_message(kRegister), flipped), Toward::Core, kFlow));
  }
  for (std::size_t size = 0; size < branch.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(
        key.judge(answer(sip_message(kRegister), branch.substr(0, size)), Toward::Core, kFlow));
  }
}

TEST_CASE("a response without Vias, or with one that is none, is nobody's") {
  const BranchKey key("secret");
  CHECK_FALSE(key.judge(sip::Message::response(200, "OK"), Toward::Core, kFlow));
  sip::Message odd = sip::Message::response(200, "OK");
  odd.add(sip::FieldId::Via, "nonsense");
  CHECK_FALSE(key.judge(odd, Toward::Core, kFlow));
}

}  // namespace
}  // namespace edge
