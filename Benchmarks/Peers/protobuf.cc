// C++ protobuf: messages used again, fresh ones, and fresh ones on an arena that is used again.
#include "peers.h"
#include <google/protobuf/arena.h>

namespace {

template <class M> M *ring();
template <> pons::v1::WholeBodyState *ring() { return states; }
template <> pons::v1::JointSetpoint *ring() { return setpoints; }
template <> pons::v1::Image *ring() { return images; }
template <> pons::v1::TaskRequest *ring() { return plans; }

template <class M, int message> uint64_t encode(size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        M &value = ring<M>()[i % PEERS_RING];
        size_t size = value.ByteSizeLong();
        if (size > sizeof output) fail("protobuf encode");
        value.SerializeWithCachedSizesToArray(output);
        sum += size;
    }
    return sum;
}

template <class M, int message> uint64_t decode(size_t count) {
    static M value;
    for (size_t i = 0; i < count; i++) {
        auto &bytes = wire[message][i % PEERS_RING];
        if (!value.ParseFromArray(bytes.data(), int(bytes.size()))) fail("protobuf decode");
    }
    return count;
}

template <class M, int message> uint64_t decode_new(size_t count) {
    for (size_t i = 0; i < count; i++) {
        M value;
        auto &bytes = wire[message][i % PEERS_RING];
        if (!value.ParseFromArray(bytes.data(), int(bytes.size()))) fail("protobuf decode");
    }
    return count;
}

template <class M, int message> uint64_t decode_arena(size_t count) {
    static std::vector<char> block(2 << 20);
    google::protobuf::ArenaOptions options;
    options.initial_block = block.data();
    options.initial_block_size = block.size();
    google::protobuf::Arena arena(options);
    for (size_t i = 0; i < count; i++) {
        auto *value = google::protobuf::Arena::CreateMessage<M>(&arena);
        auto &bytes = wire[message][i % PEERS_RING];
        if (!value->ParseFromArray(bytes.data(), int(bytes.size()))) fail("protobuf decode");
        arena.Reset();
    }
    return count;
}

template <class M, int message> void all() {
    add("C++ protobuf", message, "encode", encode<M, message>);
    add("C++ protobuf", message, "decode", decode<M, message>);
    add("C++ protobuf", message, "decode new", decode_new<M, message>);
    add("C++ protobuf, arena", message, "decode new", decode_arena<M, message>);
}

}  // namespace

void add_protobuf() {
    all<pons::v1::WholeBodyState, PEERS_STATE>();
    all<pons::v1::JointSetpoint, PEERS_SETPOINT>();
    all<pons::v1::Image, PEERS_DEPTH>();
    all<pons::v1::TaskRequest, PEERS_PLAN>();
}
