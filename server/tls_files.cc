#include "server/tls_files.h"

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace yilan::server {
namespace {

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio BioOver(const std::string& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free};
}

// The first certificate in the text; null when there is none.
Certificate FirstCertificate(const std::string& pem) {
  return {PEM_read_bio_X509(BioOver(pem).get(), nullptr, nullptr, nullptr), X509_free};
}

absl::Status Wrong(const char* setting, const std::string& path, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(setting, ": ", path, " ", what));
}

absl::StatusOr<std::string> ReadFile(const char* setting, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file || text.empty()) return Wrong(setting, path, "cannot be read or is empty");
  return text;
}

}  // namespace

absl::StatusOr<TlsOptions> ReadTlsFiles(const std::string& certificate_file,
                                        const std::string& key_file,
                                        const std::string& client_ca_file) {
  TlsOptions tls;
  ASSIGN_OR_RETURN(tls.certificate, ReadFile("tls-cert", certificate_file));
  ASSIGN_OR_RETURN(tls.key, ReadFile("tls-key", key_file));
  const Certificate certificate = FirstCertificate(tls.certificate);
  if (certificate == nullptr) {
    return Wrong("tls-cert", certificate_file, "holds no certificate in PEM");
  }
  const auto no_password = [](char*, int, int, void*) { return 0; };
  const Key key(PEM_read_bio_PrivateKey(BioOver(tls.key).get(), nullptr, no_password, nullptr),
                EVP_PKEY_free);
  if (key == nullptr) {
    return Wrong("tls-key", key_file, "holds no private key in PEM, or one with a password");
  }
  if (X509_check_private_key(certificate.get(), key.get()) != 1) {
    return Wrong("tls-key", key_file,
                 absl::StrCat("is not the key of the certificate in ", certificate_file));
  }
  if (client_ca_file.empty()) return tls;
  ASSIGN_OR_RETURN(tls.client_ca, ReadFile("tls-client-ca", client_ca_file));
  if (FirstCertificate(tls.client_ca) == nullptr) {
    return Wrong("tls-client-ca", client_ca_file, "holds no certificate in PEM");
  }
  return tls;
}

absl::StatusOr<absl::Time> CertificateExpiry(const std::string& certificate) {
  const Certificate parsed = FirstCertificate(certificate);
  std::tm time{};
  if (parsed == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(parsed.get()), &time) != 1) {
    return absl::InvalidArgumentError("no certificate");
  }
  return absl::FromTM(time, absl::UTCTimeZone());
}

}  // namespace yilan::server
