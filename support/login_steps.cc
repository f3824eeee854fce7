#include "support/login_steps.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "support/discovery_steps.h"
#include "support/document_step.h"
#include "support/xml.h"

namespace support {
namespace {

using base::Errc;
using base::Error;
using Places = std::vector<Location>;

constexpr std::uint16_t kTftpHttpPort = 6970;  // wire.md section 3

Places at_home(const SignIn& sign_in, const std::string& target) {
  Places places;
  for (const EdgeServer& node : sign_in.config.user_uds_nodes) {
    places.push_back({"https", node.address, node.port, target});
  }
  return places;
}

// The first questions go to the nodes the DNS inside names, which need not be the user's home.
Places at_discovered(const SignIn& sign_in, const std::string& target) {
  const Service* service = sign_in.config.service("_cisco-uds");
  if (service == nullptr || service->servers.empty()) return at_home(sign_in, target);
  Places places;
  for (const ServiceServer& server : service->servers) {
    places.push_back({"https", server.address, server.port, target});
  }
  return places;
}

// Files lie where the device's own does. Without a device the nodes of the cluster are asked by
// name; the TFTP servers of the edge configuration are mostly addresses, which a core refuses
// unless its allow list names them, so they come in only where there is nothing else.
Places at_file_servers(const SignIn& sign_in, const std::string& target) {
  Places places;
  const auto add = [&](const std::string& scheme, const std::string& host, std::uint16_t port) {
    Location place{scheme, host, port, target};
    if (std::ranges::find(places, place) == places.end()) places.push_back(std::move(place));
  };
  if (sign_in.device) {
    for (const Location& uri : sign_in.device->provision)
      add(uri.scheme, uri.host, uri.port);
  }
  if (!places.empty()) return places;
  const auto& hosts = sign_in.cluster.empty() ? sign_in.config.tftp_servers : sign_in.cluster;
  for (const std::string& host : hosts)
    add("http", host, kTftpHttpPort);
  return places;
}

std::string user_path(const SignIn& sign_in) {
  return "/cucm-uds/user/" + percent_encode(sign_in.account.user);
}

base::Result<Finding> read_version(SignIn&, const std::string& body) {
  const auto version = parse_version(body);
  if (!version) return version.error();
  return Finding{printable(version->name + " " + version->version), {}, {}};
}

base::Result<Finding> read_cluster_user(SignIn& sign_in, const std::string& body) {
  const auto user = parse_cluster_user(body, sign_in.account.user);
  if (!user) return user.error();
  return Finding{printable(user->user_name) + " is at home in this cluster", {}, {}};
}

base::Result<Finding> read_servers(SignIn& sign_in, const std::string& body) {
  auto servers = parse_servers(body);
  if (!servers) return servers.error();
  std::string names;
  for (const std::string& name : *servers)
    names += (names.empty() ? "" : ", ") + name;
  sign_in.cluster = std::move(*servers);
  return Finding{printable(names), {}, {}};
}

base::Result<Finding> read_devices(SignIn& sign_in, const std::string& body) {
  auto devices = parse_devices(body);
  if (!devices) return devices.error();
  const std::string& wanted = sign_in.account.device;
  std::string names;
  for (UdsDevice& device : *devices) {
    names += (names.empty() ? "" : ", ") + device.name;
    const bool fits = wanted.empty() ? !device.provision.empty() : device.name == wanted;
    if (fits && !sign_in.device) sign_in.device = device;
  }
  if (!wanted.empty() && !sign_in.device) {
    return Error{Errc::NotFound, fmt::format("the user has no device {}; there are: {}", wanted,
                                             names.empty() ? "none" : names)};
  }
  if (sign_in.device && !sign_in.device->provision.empty()) {
    std::string text = "using " + sign_in.device->name;
    if (devices->size() > 1) text += fmt::format(", of {}: {}", devices->size(), names);
    return Finding{printable(text), {}, {}};
  }
  sign_in.device.reset();
  return Finding{printable(names.empty() ? "no device" : names),
                 "the user has no device with a configuration file: signed in, but without calls",
                 "the user's devices at the call manager"};
}

base::Result<Finding> read_user(SignIn& sign_in, const std::string& body) {
  const auto user = parse_user(body, sign_in.account.user);
  if (!user) return user.error();
  std::string text = user->user_name;
  if (!user->first_name.empty()) text += ", " + user->first_name + " " + user->last_name;
  if (!user->phone_number.empty()) text += ", number " + user->phone_number;
  return Finding{printable(text), {}, {}};
}

base::Result<Finding> read_device_file(SignIn& sign_in, const std::string& body) {
  auto settings = parse_device_file(body);
  if (!settings) return settings.error();
  std::string text = fmt::format("{} bytes", body.size());
  if (!settings->line.empty()) text += ", line " + printable(settings->line);
  if (!settings->call_managers.empty()) {
    text += fmt::format(", call manager {}", settings->call_managers.front().host);
  }
  sign_in.phone = std::move(*settings);
  return Finding{std::move(text), {}, {}};
}

// A UDS question without credentials that any discovered node answers.
std::unique_ptr<Step> uds_step(SignIn& sign_in, std::string id, std::string title,
                               std::string target, decltype(DocumentPlan::read) read) {
  DocumentPlan plan;
  plan.id = std::move(id);
  plan.title = std::move(title);
  plan.read = std::move(read);
  plan.places = [target](const SignIn& s) { return at_discovered(s, target); };
  return document_step(sign_in, std::move(plan));
}

// A question about the user, put to the user's home with the user's own password.
std::unique_ptr<Step> home_step(SignIn& sign_in, std::string id, std::string title,
                                std::string suffix, decltype(DocumentPlan::read) read) {
  DocumentPlan plan;
  plan.id = std::move(id);
  plan.title = std::move(title);
  plan.credentials = true;
  plan.read = std::move(read);
  plan.places = [suffix](const SignIn& s) { return at_home(s, user_path(s) + suffix); };
  return document_step(sign_in, std::move(plan));
}

std::unique_ptr<Step> device_file_step(SignIn& sign_in) {
  DocumentPlan plan;
  plan.id = "device-file";
  plan.title = "device file";
  plan.asked = Asked::DeviceFile;
  plan.places = [](const SignIn& s) { return s.device ? s.device->provision : Places{}; };
  plan.read = read_device_file;
  return document_step(sign_in, std::move(plan));
}

struct File {
  const char* id;
  const char* title;
  const char* target;
  const char* root;  // the element it must have
  bool may_be_missing;
};
constexpr File kFiles[] = {
    {"service-profile", "service profile", "/SPDefault.cnf.xml", "serviceProfile", false},
    {"client-config", "client configuration", "/jabber-config.xml", "config", true},
    {"dial-rules", "dial rules", "/CUPC/AppDialRules.xml", "DialRules", false},
    {"lookup-rules", "lookup rules", "/CUPC/DirLookupDialRules.xml", "DialRules", false},
};

std::unique_ptr<Step> file_step(SignIn& sign_in, const File& file) {
  DocumentPlan plan;
  plan.id = file.id;
  plan.title = file.title;
  plan.asked = Asked::SharedFile;
  plan.may_be_missing = file.may_be_missing;
  plan.places = [&file](const SignIn& s) { return at_file_servers(s, file.target); };
  plan.read = [&file](SignIn&, const std::string& body) -> base::Result<Finding> {
    if (const auto document = parse_xml(body, file.root); !document) return document.error();
    return Finding{fmt::format("{} bytes", body.size()), {}, {}};
  };
  return document_step(sign_in, std::move(plan));
}

}  // namespace

std::vector<std::unique_ptr<Step>> login_steps(SignIn& sign_in) {
  const std::string cluster_user =
      "/cucm-uds/clusterUser?username=" + percent_encode(sign_in.account.user);
  std::vector<std::unique_ptr<Step>> steps;
  steps.push_back(inside_step(sign_in));
  steps.push_back(find_edge_step(sign_in));
  steps.push_back(connect_step(sign_in));
  steps.push_back(edge_config_step(sign_in));
  steps.push_back(uds_step(sign_in, "version", "version", "/cucm-uds/version", read_version));
  steps.push_back(
      uds_step(sign_in, "cluster-user", "home cluster", cluster_user, read_cluster_user));
  steps.push_back(uds_step(sign_in, "servers", "servers", "/cucm-uds/servers", read_servers));
  steps.push_back(home_step(sign_in, "devices", "devices", "/devices", read_devices));
  steps.push_back(home_step(sign_in, "user", "user", "", read_user));
  steps.push_back(device_file_step(sign_in));
  for (const File& file : kFiles)
    steps.push_back(file_step(sign_in, file));
  return steps;
}

}  // namespace support
