#include "core/sip_rewrite.h"

#include <doctest/doctest.h>

#include <string>

#include "sip/forward.h"

namespace core {
namespace {

using sip::FieldId;
using sip::Message;

const sip::Sealer kSealer(std::string(32, 's'));

SipSelf self(bool path_headers = false) {
  SipSelf made;
  made.host_port = "10.106.4.85:5060";
  made.names = {"10.106.4.85", "core.lab.example"};
  made.path_headers = path_headers;
  return made;
}

ClientPlace client() {
  ClientPlace place;
  place.edge = sip::name_hash("edge.lab.example");
  place.edge_worker = 3;
  place.flow.fill(7);
  return place;
}

Message parse(const std::string& text) {
  auto message = sip::parse_message(text);
  REQUIRE(message);
  return std::move(*message);
}

Message register_request(const std::string& expires = "") {
  return parse(
      "REGISTER sip:ucm-sub SIP/2.0\r\n"
      "Via: SIP/2.0/TLS 10.106.4.81:7001;branch=z9hG4bKedge\r\n"
      "From: <sip:5002@ucm-sub>;tag=a\r\nTo: <sip:5002@ucm-sub>\r\nCall-ID: 1\r\n"
      "CSeq: 102 REGISTER\r\n"
      "Contact: <sip:9644@10.106.4.73:49256;transport=tls>" +
      expires +
      ";video\r\n"
      "Path: <sip:10.106.4.81:7001;transport=tls;lr>\r\n"
      "Path: <sip:10.106.4.73:49256;transport=tls;apparent;ds;lr>\r\n"
      "Supported: replaces\r\nSallyport-Flow: 07070707070707070707070707070707\r\n\r\n");
}

TEST_CASE("a registration points to the core and back") {
  Message request = register_request();
  REQUIRE(write_inwards(request, self(), kSealer, client(), 5));
  const std::string contact(request.value(FieldId::Contact));
  CHECK(contact.starts_with(
      "<sip:9644@10.106.4.85:5060;transport=tcp;orig-hostport=10.106.4.73:49256;flow="));
  CHECK(contact.ends_with(">;video"));
  CHECK(request.count(FieldId::Path) == 0);
  CHECK(request.find(FieldId::SallyportFlow) == nullptr);
  CHECK(request.value(FieldId::Via).starts_with("SIP/2.0/TCP 10.106.4.85:5060;branch=z9hG4bK"));
  // A request from inside to that Contact.
  const std::string uri = contact.substr(1, contact.find('>') - 1);
  Message options = parse("OPTIONS " + uri +
                          " SIP/2.0\r\nVia: SIP/2.0/TCP 10.1.1.1;branch=z9\r\n"
                          "From: <sip:x@y>;tag=b\r\nTo: <" +
                          uri +
                          ">\r\nCall-ID: 2\r\n"
                          "CSeq: 1 OPTIONS\r\n\r\n");
  const auto place = read_outwards(options, self(), kSealer);
  REQUIRE(place);
  CHECK(place->edge == client().edge);
  CHECK(place->edge_worker == 3);
  CHECK(place->flow == client().flow);
  CHECK(options.uri() == "sip:9644@10.106.4.73:49256;transport=tls");
}

TEST_CASE("the same Contact is hidden by the same text, so that it can be taken away again") {
  Message first = register_request();
  Message last = register_request(";expires=0");
  REQUIRE(write_inwards(first, self(), kSealer, client(), 5));
  REQUIRE(write_inwards(last, self(), kSealer, client(), 6));
  const auto uri = [](const Message& message) {
    const std::string value(message.value(FieldId::Contact));
    return value.substr(0, value.find('>'));
  };
  CHECK(uri(first) == uri(last));
  CHECK(first.value(FieldId::Via) != last.value(FieldId::Via));
}

TEST_CASE("with Path the Contact is the client's own and the Path leads here") {
  Message request = register_request();
  REQUIRE(write_inwards(request, self(true), kSealer, client(), 5));
  CHECK(request.value(FieldId::Contact) == "<sip:9644@10.106.4.73:49256;transport=tls>;video");
  const auto paths = request.values(FieldId::Path);
  REQUIRE(paths.size() == 3);
  CHECK(paths[0].ends_with("@10.106.4.85:5060;transport=tcp;lr>"));
  CHECK(paths[1] == "<sip:10.106.4.81:7001;transport=tls;lr>");
  CHECK(request.values(FieldId::Supported).back() == "path");
  std::string routes;
  for (const std::string_view path : paths)
    routes.append("Route: ").append(path).append("\r\n");
  Message options =
      parse("OPTIONS sip:9644@10.106.4.73:49256;transport=tls SIP/2.0\r\n" + routes +
            "Via: SIP/2.0/TCP 10.1.1.1;branch=z9\r\nFrom: <sip:x@y>;tag=b\r\nTo: <sip:x@y>\r\n"
            "Call-ID: 2\r\nCSeq: 1 OPTIONS\r\n\r\n");
  const auto place = read_outwards(options, self(true), kSealer);
  REQUIRE(place);
  CHECK(place->flow == client().flow);
  CHECK(options.count(FieldId::Route) == 0);
  CHECK(options.uri() == "sip:9644@10.106.4.73:49256;transport=tls");
}

TEST_CASE("beside a Path a Contact cannot point to somebody else") {
  ClientPlace other = client();
  other.flow.fill(8);
  Message theirs = register_request();
  REQUIRE(write_inwards(theirs, self(), kSealer, other, 5));
  const std::string contact(theirs.value(FieldId::Contact));
  const std::string stolen = contact.substr(1, contact.find('>') - 1);
  Message own = register_request();
  REQUIRE(write_inwards(own, self(true), kSealer, client(), 5));
  Message request = parse("OPTIONS " + stolen +
                          " SIP/2.0\r\nRoute: " + std::string(own.values(FieldId::Path)[0]) +
                          "\r\nVia: SIP/2.0/TCP 10.1.1.1;branch=z9\r\n\r\n");
  const auto place = read_outwards(request, self(true), kSealer);
  REQUIRE(place);
  CHECK(place->flow == client().flow);
  CHECK(request.uri() == stolen);
}

TEST_CASE("what we did not seal leads nowhere") {
  const sip::Sealer other(std::string(32, 'o'));
  Message foreign = register_request();
  REQUIRE(write_inwards(foreign, self(), other, client(), 5));
  const std::string contact(foreign.value(FieldId::Contact));
  const std::string uris[] = {"sip:core.lab.example",
                              "sip:9644@10.106.4.85:5060;orig-hostport=10.0.0.1:1;flow=AAAA",
                              "sip:9644@10.106.4.85:5060;orig-hostport=10.0.0.1:1",
                              contact.substr(1, contact.find('>') - 1)};
  for (const std::string& uri : uris) {
    CAPTURE(uri);
    Message request = parse("OPTIONS " + uri +
                            " SIP/2.0\r\nRoute: <sip:AAAA@10.106.4.85;lr>\r\n"
                            "Via: SIP/2.0/TCP 10.1.1.1;branch=z9\r\n\r\n");
    CHECK_FALSE(read_outwards(request, self(), kSealer));
    CHECK(request.uri() == uri);
  }
}

TEST_CASE("only our own Via of the right kind opens") {
  Message request = register_request();
  REQUIRE(write_inwards(request, self(), kSealer, client(), 5));
  const Message answer =
      parse("SIP/2.0 200 OK\r\nVia: " + std::string(request.value(FieldId::Via)) + "\r\n\r\n");
  const auto state = read_via(answer, kSealer, sip::RouteState::Kind::ToClient);
  REQUIRE(state);
  CHECK(state->transaction == 5);
  CHECK_FALSE(read_via(answer, kSealer, sip::RouteState::Kind::ToUpstream));
  const Message other = parse("SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP a;branch=z9hG4bKx\r\n\r\n");
  CHECK_FALSE(read_via(other, kSealer, sip::RouteState::Kind::ToClient));
}

TEST_CASE("a dialog's requests come back this way") {
  Message invite = parse(
      "INVITE sip:5003@ucm-sub SIP/2.0\r\nVia: SIP/2.0/TLS e;branch=z9hG4bK1\r\n"
      "From: <sip:5002@ucm-sub>;tag=a\r\nTo: <sip:5003@ucm-sub>\r\nCall-ID: 3\r\n"
      "CSeq: 1 INVITE\r\nContact: <sip:c@10.106.4.73:49256;transport=tls>\r\n\r\n");
  REQUIRE(write_inwards(invite, self(), kSealer, client(), 5));
  const std::string route(invite.value(FieldId::RecordRoute));
  REQUIRE_FALSE(route.empty());
  Message bye = parse("BYE sip:c@10.106.4.73:49256 SIP/2.0\r\nRoute: " + route +
                      "\r\nVia: SIP/2.0/TCP 10.1.1.1;branch=z9\r\n\r\n");
  const auto place = read_outwards(bye, self(), kSealer);
  REQUIRE(place);
  CHECK(place->flow == client().flow);
  write_outwards(bye, self(), kSealer, *place, 9, 77);
  CHECK(bye.value(FieldId::SallyportFlow) == "07070707070707070707070707070707");
  const Message answer =
      parse("SIP/2.0 200 OK\r\nVia: " + std::string(bye.value(FieldId::Via)) + "\r\n\r\n");
  const auto state = read_via(answer, kSealer, sip::RouteState::Kind::ToUpstream);
  REQUIRE(state);
  CHECK(state->connection == 77);
}

}  // namespace
}  // namespace core
