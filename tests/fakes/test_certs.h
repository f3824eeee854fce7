#pragma once
// Certificates for tests, made in memory with OpenSSL alone: certs/ has no part in them, so it can
// be tested with them.

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "certs/credentials.h"

namespace fakes {

struct LeafSpec {
  // "DNS:edge.lab.example", "IP:10.1.2.3", "URI:...", "email:...": as in OpenSSL's configuration.
  std::vector<std::string> names;
  std::string common_name = "leaf";
  // "serverAuth", "clientAuth", "serverAuth,clientAuth"; empty: no such extension.
  std::string usage = "serverAuth,clientAuth";
  std::string key = "P-256";           // "P-256", "P-384", "RSA-2048", "RSA-1024"
  std::chrono::hours valid_from{-24};  // both from now on
  std::chrono::hours valid_until{24 * 30};
  std::string digest = "SHA256";  // of the signature; "SHA1" and "MD5" for bad ones
};

struct PemPair {
  std::string chain;  // leaf first; the authority is not among them
  std::string key;
};

// An authority with a P-256 key. The functions assert that OpenSSL does as told.
class TestCa final {
 public:
  explicit TestCa(const std::string& common_name = "test CA");
  // One below `parent`: its certificate is added to the chains it issues.
  TestCa(const TestCa& parent, const std::string& common_name);
  ~TestCa();
  TestCa(const TestCa&) = delete;
  TestCa& operator=(const TestCa&) = delete;

  const std::string& pem() const { return pem_; }
  PemPair issue(const LeafSpec& spec) const;

  // The same in the forms that net/ and certs/ take.
  std::shared_ptr<const certs::Trust> trust() const;
  std::shared_ptr<const certs::Credentials> credentials(const LeafSpec& spec) const;

 private:
  void make(const TestCa* parent, const std::string& common_name);

  certs::Certificate certificate_;
  certs::Key key_;
  std::string pem_;
  std::string below_;  // what stands between a leaf and the root
};

}  // namespace fakes
