#pragma once
// The files that the home cluster makes for its clients: a device's configuration, the service
// profile, the empty dial rules. Pure: values in, XML out.

#include <string>

#include "home/cluster.h"
#include "home/records.h"

namespace home {

// <Device>.cnf.xml of a software phone. `owner` has an empty name when the device is nobody's.
std::string device_file(const Cluster& cluster, const Device& device, const User& owner);

// SPDefault.cnf.xml: which services the client finds where.
std::string service_profile_file(const Cluster& cluster);

// CUPC/AppDialRules.xml and CUPC/DirLookupDialRules.xml when the administrator made no rules.
std::string dial_rules_file();

}  // namespace home
