// Certificates and keys from files.
#ifndef YILAN_SERVER_TLS_FILES_H_
#define YILAN_SERVER_TLS_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/server.h"

namespace yilan::server {

// Reads the files, all PEM; `client_ca_file` may be empty. INVALID_ARGUMENT names the setting and
// the file that cannot be read or is not what it should be, or a key that is not the certificate's:
// gRPC would start all the same, and refuse every connection.
absl::StatusOr<TlsOptions> ReadTlsFiles(const std::string& certificate_file,
                                        const std::string& key_file,
                                        const std::string& client_ca_file);

// Until when the first certificate is valid.
absl::StatusOr<absl::Time> CertificateExpiry(const std::string& certificate);

}  // namespace yilan::server

#endif  // YILAN_SERVER_TLS_FILES_H_
