// How jemalloc is set up, for the programs that keep a store or a view cache in memory.
//
// Huge pages: at random reads over gigabytes, which is what views of a million customers are,
// finding the pages adds a quarter and more to fetching what is in them (docs/benchmarks.md).
// What was freed is handed back after a minute, not ten seconds: that tears huge pages up. (Never
// would be worse: jemalloc joins free pieces only while it hands back.) A thread of its own does
// it, so that no call waits for gigabytes to go. MALLOC_CONF in the environment goes before this.
extern "C" {
extern const char* malloc_conf;
const char* malloc_conf =
    "thp:always,metadata_thp:always,dirty_decay_ms:60000,background_thread:true";
}
