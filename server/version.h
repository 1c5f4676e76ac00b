// The version of this build.
#ifndef YILAN_SERVER_VERSION_H_
#define YILAN_SERVER_VERSION_H_

namespace yilan::server {

inline constexpr char kVersion[] = YILAN_VERSION;  // Set by CMake from the project's version.

}  // namespace yilan::server

#endif  // YILAN_SERVER_VERSION_H_
