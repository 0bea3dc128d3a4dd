// libprotobuf-c: its own allocator, and a bump allocator that is used again.
#include "peers.h"
#include "stripped/pons/v1/motion.pb-c.h"
#include "stripped/pons/v1/perception.pb-c.h"
#include "stripped/pons/v1/task.pb-c.h"

namespace {

const ProtobufCMessageDescriptor *descriptors[] = {
    &pons__v1__whole_body_state__descriptor, &pons__v1__joint_setpoint__descriptor, &pons__v1__image__descriptor,
    &pons__v1__task_request__descriptor};
ProtobufCMessage *values[PEERS_MESSAGES][PEERS_RING];

struct Bump { std::vector<uint8_t> block = std::vector<uint8_t>(2 << 20); size_t used = 0; } bump;
void *bump_alloc(void *, size_t size) {
    void *result = bump.block.data() + bump.used;
    bump.used += (size + 15) & ~size_t(15);
    return bump.used <= bump.block.size() ? result : nullptr;
}
void bump_free(void *, void *) {}
ProtobufCAllocator allocator = {bump_alloc, bump_free, nullptr};

template <int message> uint64_t encode(size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        auto *value = values[message][i % PEERS_RING];
        if (protobuf_c_message_get_packed_size(value) > sizeof output) fail("protobuf-c encode");
        sum += protobuf_c_message_pack(value, output);
    }
    return sum;
}

template <int message> uint64_t decode(size_t count) {
    for (size_t i = 0; i < count; i++) {
        auto &bytes = wire[message][i % PEERS_RING];
        bump.used = 0;
        if (!protobuf_c_message_unpack(descriptors[message], &allocator, bytes.size(), bytes.data())) fail("protobuf-c");
    }
    return count;
}

template <int message> uint64_t decode_new(size_t count) {
    for (size_t i = 0; i < count; i++) {
        auto &bytes = wire[message][i % PEERS_RING];
        auto *value = protobuf_c_message_unpack(descriptors[message], nullptr, bytes.size(), bytes.data());
        if (!value) fail("protobuf-c decode");
        protobuf_c_message_free_unpacked(value, nullptr);
    }
    return count;
}

template <int message> void all() {
    for (int i = 0; i < PEERS_RING; i++) {
        auto &bytes = wire[message][i];
        values[message][i] = protobuf_c_message_unpack(descriptors[message], nullptr, bytes.size(), bytes.data());
    }
    add("protobuf-c", message, "encode", encode<message>);
    add("protobuf-c, bump allocator", message, "decode", decode<message>);
    add("protobuf-c", message, "decode new", decode_new<message>);
}

}  // namespace

void add_protobuf_c() {
    all<PEERS_STATE>();
    all<PEERS_SETPOINT>();
    all<PEERS_DEPTH>();
    all<PEERS_PLAN>();
}
