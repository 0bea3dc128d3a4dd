#include "peers.h"
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>

pons::v1::WholeBodyState states[PEERS_RING];
pons::v1::JointSetpoint setpoints[PEERS_RING];
pons::v1::Image images[PEERS_RING];
pons::v1::TaskRequest plans[PEERS_RING];
std::vector<uint8_t> wire[PEERS_MESSAGES][PEERS_RING];
alignas(4096) uint8_t output[1 << 20];
std::vector<PeerItem> items;

void fail(const char *what) {
    fprintf(stderr, "bench: %s failed\n", what);
    exit(1);
}

extern "C" void peers_load(int message, int index, const uint8_t *bytes, size_t count) {
    wire[message][index].assign(bytes, bytes + count);
    google::protobuf::MessageLite *all[] = {&states[index], &setpoints[index], &images[index], &plans[index]};
    if (!all[message]->ParseFromArray(bytes, int(count))) fail("loading a message");
}

extern "C" const PeerItem *peers_items(size_t *count) {
    add_protobuf();
    add_protobuf_c();
    add_nanopb();
    add_fastcdr();
    add_flatbuffers();
    add_capnproto();
    *count = items.size();
    return items.data();
}

extern "C" void peers_refresh_states(void) { refresh_flatbuffers(); }

static float plain[PEERS_RING][5][30];

extern "C" uint64_t peers_touch_floor(size_t count) {
    for (int i = 0; i < PEERS_RING; i++)
        for (int j = 0; j < 30; j++) plain[i][0][j] = states[i].position(j);
    float sum = 0;
    for (size_t i = 0; i < count; i++) {
        auto &state = plain[i % PEERS_RING];
        for (auto &stream : state)
            for (float value : stream) sum += value;
    }
    return bits(sum);
}

// MARK: Counting allocations

static uint64_t allocations = 0;
extern "C" void *__libc_malloc(size_t);
extern "C" void *__libc_calloc(size_t, size_t);
extern "C" void *__libc_realloc(void *, size_t);
extern "C" void *__libc_memalign(size_t, size_t);
extern "C" void *malloc(size_t size) { allocations++; return __libc_malloc(size); }
extern "C" void *calloc(size_t n, size_t size) { allocations++; return __libc_calloc(n, size); }
extern "C" void *realloc(void *p, size_t size) { allocations++; return __libc_realloc(p, size); }
extern "C" void *aligned_alloc(size_t alignment, size_t size) { allocations++; return __libc_memalign(alignment, size); }
extern "C" int posix_memalign(void **p, size_t alignment, size_t size) {
    allocations++;
    *p = __libc_memalign(alignment, size);
    return *p ? 0 : 12;
}
extern "C" uint64_t peers_allocations(void) { return allocations; }
