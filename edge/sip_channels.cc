#include "edge/sip_channels.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "edge/sip_branch.h"
#include "net/loop.h"

namespace edge {

using net::tunnel::Link;
using sip::transport::Channel;

namespace {

bool serves(const SipCore& core, std::string_view domain) {
  const auto& domains = core.link.core().domains;
  return core.open && core.link.ready() &&
         std::find(domains.begin(), domains.end(), domain) != domains.end();
}

bool is_called(const SipCore& core, std::string_view host) {
  return base::iequals(core.name(), host) ||
         base::to_string(core.link.stream().remote.address) == host;
}

}  // namespace

SipCore::SipCore(net::Loop& loop, Link& its_link, std::function<void()> again)
    : link(its_link), token(core_token(its_link.core().instance)), retry(loop, std::move(again)) {}

SipChannels::SipChannels(net::Loop& loop, net::tunnel::LinkSet& links, std::string edge_name,
                         SipCoreHandler& handler)
    : loop_(loop), links_(links), edge_name_(std::move(edge_name)), handler_(handler) {}

SipChannels::~SipChannels() = default;

void SipChannels::add(Link& link) {
  // The timer belongs to what it refers to, so it finds that by the link.
  auto again = [this, &link] {
    for (const auto& core : cores_) {
      if (&core->link == &link) return open(*core);
    }
  };
  cores_.push_back(std::make_unique<SipCore>(loop_, link, std::move(again)));
  open(*cores_.back());
}

void SipChannels::open(SipCore& core) {
  if (!core.link.ready()) return;  // it is leaving, and will be removed
  core.channel = sip::transport::open_channel(core.link, edge_name_, *this);
}

void SipChannels::remove(const Link& link) {
  const auto found = std::find_if(cores_.begin(), cores_.end(),
                                  [&](const auto& core) { return &core->link == &link; });
  if (found == cores_.end()) return;
  const std::unique_ptr<SipCore> gone = std::move(*found);
  cores_.erase(found);
  const base::Error why{base::Errc::Closed, "the link to the core closed"};
  if (!gone->channel) return;  // it was told of before
  gone->channel->close(why);
  gone->open = false;
  handler_.on_core_lost(*gone, why);
}

SipCore* SipChannels::choose(std::string_view domain, std::string_view user,
                             std::string_view route) {
  std::vector<SipCore*> able = serving(domain);
  if (able.empty()) return nullptr;
  if (!route.empty()) {
    const auto named = std::find_if(able.begin(), able.end(),
                                    [&](const SipCore* core) { return is_called(*core, route); });
    if (named != able.end()) return *named;
  }
  const Link* best = links_.choose(domain, user);
  const auto found = std::find_if(able.begin(), able.end(),
                                  [&](const SipCore* core) { return &core->link == best; });
  return found != able.end() ? *found : able.front();
}

SipCore* SipChannels::by_token(std::string_view token) {
  for (const auto& core : cores_) {
    if (core->open && core->token == token) return core.get();
  }
  return nullptr;
}

std::vector<SipCore*> SipChannels::serving(std::string_view domain) {
  std::vector<SipCore*> able;
  for (const auto& core : cores_) {
    if (serves(*core, domain)) able.push_back(core.get());
  }
  return able;
}

std::vector<std::string> SipChannels::route_hosts(std::string_view domain) const {
  std::vector<std::string> hosts;
  for (const auto& core : cores_) {
    if (!serves(*core, domain)) continue;
    for (const std::string& host : core->link.core().sip_routes)
      hosts.push_back(base::to_lower(host));
  }
  return hosts;
}

std::size_t SipChannels::open_count() const {
  return static_cast<std::size_t>(
      std::count_if(cores_.begin(), cores_.end(), [](const auto& core) { return core->open; }));
}

SipCore* SipChannels::find(const Channel& channel) {
  for (const auto& core : cores_) {
    if (core->channel.get() == &channel) return core.get();
  }
  return nullptr;
}

void SipChannels::on_channel_open(Channel& channel) {
  if (SipCore* core = find(channel)) {
    core->open = true;
    core->failures = 0;
    handler_.on_core_found(*core);
  }
}

void SipChannels::on_channel_message(Channel& channel, sip::Message message,
                                     std::string_view text) {
  if (SipCore* core = find(channel)) handler_.on_core_message(*core, std::move(message), text);
}

void SipChannels::on_channel_closed(Channel& channel, const base::Error& why) {
  SipCore* core = find(channel);
  if (!core) return;
  loop_.retire(std::shared_ptr<Channel>(std::move(core->channel)));
  core->open = false;
  const int shift = std::min(core->failures++, 6);
  core->retry.start(std::min(kFirstBackoff * (1 << shift), kMaxBackoff));
  handler_.on_core_lost(*core, why);
}

}  // namespace edge
