#include "core/counters.h"

namespace core {

void Counters::refused(int status) {
  switch (status) {
    case 401:
      return add(refused_credentials);
    case 403:
      return add(refused_access);
    case 429:
      return add(refused_rate);
    case 502:
    case 503:
    case 504:
      return add(upstream_failures);
    default:
      return;
  }
}

}  // namespace core
