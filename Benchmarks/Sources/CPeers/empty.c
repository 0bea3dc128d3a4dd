// A target needs a source; the peers themselves are C++ and built by Benchmarks/build-peers.
#include "peers.h"
