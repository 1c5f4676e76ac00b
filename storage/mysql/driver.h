// Connector/C++'s driver, of which a process has one.
#ifndef YILAN_STORAGE_MYSQL_DRIVER_H_
#define YILAN_STORAGE_MYSQL_DRIVER_H_

namespace sql {
class Driver;
}

namespace yilan::storage::mysql {

// The driver. Call it once before a program starts threads: the driver's own making is not
// thread-safe, and this only guards against itself. Every thread that uses a connection calls it
// first; what the client library keeps for the thread goes when the thread ends. Cheap.
sql::Driver& ThreadDriver();

}  // namespace yilan::storage::mysql

#endif  // YILAN_STORAGE_MYSQL_DRIVER_H_
