#pragma once
// What must hold for any bytes that are given to the parsers of support/: nothing crashes, and what
// was accepted can be used. A broken property ends the process, so that a fuzzer can drive these.

#include <cassert>
#include <string>
#include <string_view>

#include "base/text.h"
#include "sip/check.h"
#include "support/device_file.h"
#include "support/edge_config.h"
#include "support/phone.h"
#include "support/sign_in.h"
#include "support/uds.h"

namespace support {

// An accepted edge configuration reads back as itself and is within its limits.
inline void edge_config_property(std::string_view body) {
  const auto config = parse_edge_config(body);
  if (!config) return assert(!config.error().detail.empty());
  assert(!config->user_uds_nodes.empty() && !config->sip_routes.empty());
  assert(config->services.size() <= kMaxListed && config->tftp_servers.size() <= kMaxListed);
  for (const std::string& route : config->sip_routes) {
    assert(route.find_first_of(" \r\n") == std::string::npos);
  }
  const auto again = parse_edge_config(to_xml(*config));
  assert(again && *again == *config);
}

// Whatever UDS sent, no request made of it can break out of its line or leave its folder.
inline void uds_property(std::string_view body) {
  (void)parse_version(body).operator bool();
  (void)parse_cluster_user(body, "mac.donald").operator bool();
  (void)parse_user(body, "mac.donald").operator bool();
  if (const auto servers = parse_servers(body)) {
    for (const std::string& server : *servers)
      assert(server.find('/') == std::string::npos);
  }
  const auto devices = parse_devices(body);
  if (!devices) return;
  for (const UdsDevice& device : *devices) {
    assert(device.name.find_first_of("/\\%") == std::string::npos);
    for (const Location& location : device.provision) {
      const std::string path = host_path("uclab.com", location);
      assert(path.find_first_of(" \r\n#") == std::string::npos && path[0] == '/');
      assert(location.port != 0 && location.host.find('/') == std::string::npos);
    }
  }
}

// Whatever a device file names, the REGISTER made of it is one, and one line stays one line.
inline void device_file_property(std::string_view body) {
  const auto settings = parse_device_file(body);
  if (!settings) return assert(!settings.error().detail.empty());
  assert(settings->line.size() <= kMaxLineBytes && settings->contact.size() <= kMaxLineBytes);
  assert(settings->call_managers.size() <= kMaxCallManagers);
  if (settings->line.empty()) return;
  for (const CallManager& registrar : settings->call_managers) {
    const RegisterPath path{"edge", "<sip:10.1.2.3:5061;lr>", registrar};
    RegisterTurn turn;
    turn.call_id = "id";
    turn.from_tag = "tag";
    turn.local.port = 49256;
    sip::Message message = make_register(make_phone("u", "p", "D", *settings), path, turn);
    message.add_first(sip::FieldId::Via, "SIP/2.0/TLS 10.0.0.1:5061;branch=z9hG4bK1");
    assert(!sip::check_request(message));
    const auto again = sip::parse_message(message.to_string());
    assert(again && again->fields().size() == message.fields().size() + 1);  // Content-Length
  }
}

}  // namespace support
