#include "edge/sip_admission.h"

#include <doctest/doctest.h>

#include "sip/headers.h"
#include "tests/edge/sip_text.h"

namespace edge {
namespace {

using sip::FieldId;

SipSettings settings() {
  SipSettings made;
  made.name = "edge.lab.example";
  made.domains = {"lab.example", "sub.lab.example", "far.example"};
  return made;
}

const EdgeNames kEdge{"edge.lab.example", {base::IpAddress::v4({10, 106, 4, 81}), 5061}, "f10e"};

sip::Association association() {
  sip::Association made;
  made.user = "mac.donald";
  made.domain = "lab.example";
  made.lines = {"5002", "+44 1"};
  made.devices = {"MDonald", "CSFMAC"};
  return made;
}

TEST_CASE("the form of a request is judged before anything else") {
  struct Case {
    const char* what;
    const char* with;
    int status;  // 0: good
  };
  const Case cases[] = {
      {"Expires: 3600", "Expires: 3600", 0},
      {"Max-Forwards: 70", "Max-Forwards: 0", 483},
      {"Max-Forwards: 70", "Max-Forwards: 000", 483},
      {"Max-Forwards: 70\n", "", 0},
      {"Expires: 3600", "Proxy-Require: foo, bar", 420},
      {"Expires: 3600", "Require: gruu", 0},  // for the registrar
      {"CSeq: 101 REGISTER", "CSeq: 101 OPTIONS", 400},
      {"SIP/2.0\n", "SIP/3.0\n", 505},
  };
  for (const Case& c : cases) {
    CAPTURE(c.with);
    const auto refusal = check_form(sip_message(replaced(kRegister, c.what, c.with)));
    CHECK((refusal ? refusal->status : 0) == c.status);
    if (refusal && c.status == 420) CHECK(refusal->unsupported == "foo, bar");
  }
}

TEST_CASE("only REGISTER and OPTIONS come in before registration, and some never") {
  struct Case {
    const char* method;
    int before;  // 0: admitted
    int after;
  };
  const Case cases[] = {{"REGISTER", 0, 0},    {"INVITE", 405, 0}, {"ACK", 405, 0},
                        {"BYE", 405, 0},       {"CANCEL", 405, 0}, {"MESSAGE", 405, 0},
                        {"SUBSCRIBE", 405, 0}, {"NOTIFY", 405, 0}, {"PUBLISH", 405, 0},
                        {"SERVICE", 403, 403}, {"FOO", 405, 405},  {"register", 405, 405},
                        {"Invite", 405, 405}};
  const SipSettings ours = settings();
  for (const Case& c : cases) {
    for (const bool registered : {false, true}) {
      CAPTURE(c.method);
      CAPTURE(registered);
      const SipAdmission admission =
          admit(sip_message(replaced(kRegister, "REGISTER", c.method)), ours, registered);
      CHECK((admission.refusal ? admission.refusal->status : 0) ==
            (registered ? c.after : c.before));
    }
  }
}

TEST_CASE("OPTIONS is answered here, refused or passed on by whom it asks") {
  struct Case {
    const char* uri;
    int before;  // 200: answered here
    int after;   // 0: passed on
  };
  const Case cases[] = {
      {"sip:edge.lab.example", 200, 200},       {"sip:lab.example", 200, 200},
      {"sips:LAB.example:5061", 200, 200},      {"sip:ucm-pub.lab.example", 403, 0},
      {"sip:5002@lab.example", 403, 0},         {"sip:5002@edge.lab.example", 403, 0},
      {"sip:elsewhere.example", 404, 0},        {"sip:xlab.example", 404, 0},
      {"sip:lab.example.evil.example", 404, 0}, {"sip:10.1.2.3", 404, 0},
  };
  const SipSettings ours = settings();
  for (const Case& c : cases) {
    for (const bool registered : {false, true}) {
      CAPTURE(c.uri);
      CAPTURE(registered);
      std::string text = replaced(kRegister, "REGISTER", "OPTIONS");
      text = replaced(text, "OPTIONS sip:ucm-sub.lab.example", std::string("OPTIONS ") + c.uri);
      const SipAdmission admission = admit(sip_message(text), ours, registered);
      int status = admission.task == SipTask::AnswerOptions ? 200 : 0;
      if (admission.refusal) status = admission.refusal->status;
      CHECK(status == (registered ? c.after : c.before));
    }
  }
}

TEST_CASE("Route loses us and the core, and names nobody else") {
  const std::vector<std::string> cores = {"core.lab.example", "10.106.4.85"};
  const std::string us = "<sip:edge.lab.example;transport=tls;lr>";
  const std::string core = "<sip:10.106.4.85:5061;transport=tls;zone-id=1;directed;lr>";
  const std::string ucm = "<sip:ucm-sub;transport=tcp;lr>";
  struct Case {
    std::string route;
    std::string left;  // of Route, values joined by a comma
    std::string core;
    bool good;
  };
  const Case cases[] = {
      {us + "," + core + "," + ucm, ucm, "10.106.4.85", true},
      {us + ", " + core, "", "10.106.4.85", true},
      {core, "", "10.106.4.85", true},
      {us, "", "", true},
      {us + "," + us + ",<sip:10.106.4.81:5061;lr>,<sip:f10e@EDGE.lab.example:5061;lr>", "", "",
       true},
      {"<sip:CORE.lab.example;transport=TLS;lr>", "", "core.lab.example", true},
      // A Record-Route of the core itself goes back to it.
      {us + ",<sip:state@core.lab.example:5060;transport=tcp;lr>",
       "<sip:state@core.lab.example:5060;transport=tcp;lr>", "core.lab.example", true},
      // What follows our own Record-Route is the core's, in whatever way it names itself inside.
      {"<sip:f10e@edge.lab.example:5061;lr>,<sip:state@10.0.0.1:5060;transport=tcp;lr>",
       "<sip:state@10.0.0.1:5060;transport=tcp;lr>", "", true},
      {"<sip:f10f@edge.lab.example:5061;lr>,<sip:state@10.0.0.1:5060;lr>", "", "", false},
      {"<sip:f10e@edge.lab.example:5061;lr>,<sip:10.0.0.1:5060;lr>", "", "", false},
      {core + "," + core, core, "10.106.4.85", true},
      {us + "," + ucm, "", "", false},
      {ucm, "", "", false},
      {us + ",<sip:10.106.4.86:5061;transport=tls;lr>", "", "", false},
      {"<sip:127.0.0.1:7001;transport=tls;lr>", "", "", false},
      {"<sip:edge.lab.example:7001;lr>", "", "", false},
      {"<sip:core.lab.example;transport=tcp;lr>", "", "", false},
      {"<sip:core.lab.example;lr>", "", "", false},
      {"<sip:core.lab.example.evil.example;transport=tls;lr>", "", "", false},
      {"<tel:+441>", "", "", false},
      {"<sip:edge.lab.example", "", "", false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.route);
    sip::Message request = sip_message(kRegister);
    request.add(FieldId::Route, c.route);
    const RouteChoice choice = take_routes(request, kEdge, cores);
    CHECK(choice.refusal.has_value() == !c.good);
    if (choice.refusal) {
      CHECK(choice.refusal->status == 403);
      continue;
    }
    CHECK(choice.core == c.core);
    std::string left;
    for (const std::string_view value : request.values(FieldId::Route)) {
      if (!left.empty()) left += ',';
      left += value;
    }
    CHECK(left == c.left);
  }
}

TEST_CASE("the domain comes from the username, To, or is the only one") {
  struct Case {
    const char* username;
    const char* to;
    std::string domain;  // empty: refused
  };
  const Case cases[] = {
      {"mac@lab.example", "ucm", "lab.example"},
      {"mac@FAR.example", "lab.example", "far.example"},
      {"mac@other.example", "lab.example", ""},
      {"mac@", "lab.example", ""},
      {"mac", "lab.example", "lab.example"},
      {"mac", "ucm.LAB.example", "lab.example"},
      {"mac", "ucm.sub.lab.example", "sub.lab.example"},
      {"mac", "xlab.example", ""},
      {"mac", "ucm-sub", ""},
  };
  const std::vector<std::string> domains = settings().domains;
  for (const Case& c : cases) {
    CAPTURE(c.username);
    CAPTURE(c.to);
    sip::Message request = sip_message(kRegister);
    request.set(FieldId::To, std::string("<sip:5002@") + c.to + ">");
    const auto domain = domain_of(c.username, request, domains);
    CHECK((domain ? *domain : std::string()) == c.domain);
  }
  const std::vector<std::string> one = {"lab.example"};
  CHECK(*domain_of("mac", sip_message(kRegister), one) == "lab.example");
  CHECK_FALSE(domain_of("mac@other.example", sip_message(kRegister), one));
}

TEST_CASE("a core is told of no other domain than the user's, whatever the request URI says") {
  const std::vector<std::string> domains = {"lab.example", "b.lab.example", "other.example"};
  struct Case {
    const char* host;
    const char* domain;
    const char* told;
  };
  const Case cases[] = {
      {"ucm-sub.lab.example", "lab.example", "ucm-sub.lab.example"},
      {"lab.example", "lab.example", "lab.example"},
      {"ucm.b.lab.example", "lab.example", "lab.example"},
      {"ucm.b.lab.example", "b.lab.example", "ucm.b.lab.example"},
      {"ucm.lab.example", "b.lab.example", "b.lab.example"},
      {"ucm.other.example", "lab.example", "lab.example"},
      {"nowhere.invalid", "lab.example", "lab.example"},
      {"10.106.4.82", "lab.example", "lab.example"},
      {"[2001:db8::1]", "lab.example", "lab.example"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.host);
    const std::string text = replaced(kRegister, "REGISTER sip:ucm-sub.lab.example",
                                      std::string("REGISTER sip:") + c.host);
    CHECK(sip_domain_of(sip_message(text), c.domain, domains) == c.told);
  }
}

TEST_CASE("an address is the user's by line or by name, escapes undone once") {
  struct Case {
    const char* uri;
    bool owned;
  };
  const Case cases[] = {
      {"sip:5002@x", true},
      {"sip:%35002@x", true},
      {"sips:5002@x", true},
      {"sip:%2B44%201@x", true},
      {"sip:Mac.Donald@x", true},
      {"sip:5003@x", false},
      {"sip:%2535002@x", false},
      {"sip:5002%00@x", false},
      {"sip:5002;ext=1@x", false},
      {"sip:5002:secret@x", false},
      {"sip:x", false},
      {"tel:5002", false},
      {"sip:@x", false},
      {"", false},
      {"sip:50@x", false},
  };
  const sip::Association mac = association();
  for (const Case& c : cases) {
    CAPTURE(c.uri);
    CHECK(owns(mac, c.uri) == c.owned);
  }
}

TEST_CASE("nobody registers an address in another domain of ours") {
  const std::vector<std::string> domains = {"lab.example", "other.example"};
  const auto refused = [&](const std::string& host) {
    const std::string to =
        replaced(kRegister, "To: <sip:5002@ucm-sub.lab.example", "To: <sip:mac.donald@" + host);
    const std::string both =
        replaced(to, "From: <sip:5002@ucm-sub.lab.example", "From: <sip:mac.donald@" + host);
    return check_registrant(sip_message(both), association(), domains).has_value();
  };
  CHECK_FALSE(refused("lab.example"));
  CHECK_FALSE(refused("ucm.lab.example"));
  CHECK_FALSE(refused("ucm.other.example"));  // call managers of two domains may be the same
  CHECK_FALSE(refused("10.106.4.82"));
  CHECK(refused("other.example"));
  CHECK(refused("Other.Example:5061"));
  CHECK(refused("other.example."));
}

TEST_CASE("who registers owns line and device, for himself") {
  struct Case {
    const char* what;
    const char* with;
    const char* words;  // of the refusal; null: good
  };
  const Case cases[] = {
      {"Expires: 3600", "Expires: 60", nullptr},
      {"To: <sip:5002@", "To: <sip:5003@", "no line"},
      {"From: <sip:5002@", "From: <sip:5003@", "no line"},
      {"From: <sip:5002@", "From: <sip:mac.donald@", "third party"},
      {"From: <sip:5002@ucm-sub", "From: <sip:5002@ucm-pub", "third party"},
      {"From: <sip:5002@ucm-sub", "From: <sip:5002@UCM-sub", nullptr},
      {"\"MDonald\"", "\"mdonald\"", nullptr},
      {"\"MDonald\"", "\"CSFMAC\"", nullptr},
      {"\"MDonald\"", "\"RKnotts\"", "device RKnotts"},
      {"\"MDonald\"", "RKnotts", "device RKnotts"},
      {"\"MDonald\"", "\"\"", "device"},
      {"\"MDonald\"", "\"MDona\\ld\"", "device"},
      {"+u.sip!devicename", "+U.SIP!DEVICENAME", nullptr},
      {"\"MDonald\"", "\"MDonald\";+u.sip!devicename.ccm.cisco.com=\"RKnotts\"", "parameters"},
      {"\"MDonald\"", "\"RKnotts\";+u.sip!devicename.ccm.cisco.com=\"MDonald\"", "parameters"},
      {"video", "x=\";\\\";\";+U.sip!devicename.ccm.cisco.com=\"RKnotts\"", "parameters"},
      {"video", "video, <sip:a@b>;+u.sip!devicename.ccm.cisco.com=\"RKnotts\"", "device RKnotts"},
      {"transport=tls>", "transport=tls;+u.sip!devicename.ccm.cisco.com=RKnotts>",
       "device RKnotts"},
      {"transport=tls>", "transport=tls;%2Bu.sip!devicename.ccm.cisco.com=RKnotts>",
       "device RKnotts"},
      {";+u.sip!devicename.ccm.cisco.com=\"MDonald\"", "", nullptr},
  };
  const sip::Association mac = association();
  const std::vector<std::string> domains = {"lab.example", "other.example"};
  for (const Case& c : cases) {
    CAPTURE(c.with);
    const auto refusal =
        check_registrant(sip_message(replaced(kRegister, c.what, c.with)), mac, domains);
    CHECK(refusal.has_value() == (c.words != nullptr));
    if (!refusal) continue;
    CAPTURE(refusal->reason);
    CHECK(refusal->status / 100 == 4);
    if (c.words) CHECK(refusal->reason.find(c.words) != std::string::npos);
  }
}

}  // namespace
}  // namespace edge
