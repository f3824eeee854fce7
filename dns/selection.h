#pragma once
// The order in which SRV targets are tried (RFC 2782). Pure: the caller brings the dice.

#include <cstdint>
#include <functional>
#include <vector>

#include "dns/resolver.h"

namespace dns {

// Gives a number from 0 to `limit`, both included, evenly spread.
using Dice = std::function<std::uint32_t(std::uint32_t limit)>;

// Dice seeded from the operating system; each call makes one of its own, for one thread.
Dice system_dice();

// Lowest priority first; inside one priority drawn by weight, those of weight 0 with a very small
// chance of coming before others, as RFC 2782 describes it.
std::vector<SrvTarget> select(std::vector<SrvTarget> targets, const Dice& dice);

}  // namespace dns
