#include "storage/mysql/driver.h"

#include <cppconn/driver.h>

namespace yilan::storage::mysql {
namespace {

sql::Driver& ProcessDriver() {
  static sql::Driver& driver = *get_driver_instance();
  return driver;
}

struct ThreadBinding {
  ThreadBinding() { ProcessDriver().threadInit(); }
  ~ThreadBinding() { ProcessDriver().threadEnd(); }
};

}  // namespace

sql::Driver& ThreadDriver() {
  thread_local const ThreadBinding binding;
  static_cast<void>(binding);
  return ProcessDriver();
}

}  // namespace yilan::storage::mysql
