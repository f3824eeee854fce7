#include "core/counters.h"

namespace core {

void Counters::service_answered(int status) {
  switch (status) {
    case 200:
      return add(service_ok);
    case 403:
      return add(service_forbidden);
    case 404:
      return add(service_not_found);
    case 428:
      return add(service_no_identity);
    case 437:
      return add(service_bad_certificate);
    case 438:
      return add(service_bad_identity);
    default:
      return add(service_other);
  }
}

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
