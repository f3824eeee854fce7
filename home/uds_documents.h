#pragma once
// The XML documents of the User Data Service, element by element as a call manager of version 9.1
// writes them. Pure: values in, text out.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "home/cluster.h"
#include "home/records.h"
#include "home/store.h"

namespace home {

// Where documents say they are: "https://ucm-pub.lab.example:8443/cucm-uds".
struct Place {
  const Cluster& cluster;
  std::string_view root;
};

std::string version_document(const Place& place);
std::string servers_document(const Place& place);
// Also the answer to clusterUser. `page` is what the store found for `query`.
std::string users_document(const Place& place, const UserPage& page, const UserQuery& query);
std::string user_document(const Place& place, const User& user);
std::string devices_document(const Place& place, std::string_view user,
                             const std::vector<Device>& devices);
std::string device_document(const Place& place, std::string_view user, const Device& device);

}  // namespace home
