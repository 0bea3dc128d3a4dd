// What the files of this folder share.
#pragma once
#include "../Sources/CPeers/include/peers.h"
#include <cstring>
#include <string>
#include <vector>

#include "pons/v1/motion.pb.h"
#include "pons/v1/perception.pb.h"
#include "pons/v1/task.pb.h"

/// The messages as C++ protobuf holds them: what every other peer fills its own form from.
extern pons::v1::WholeBodyState states[PEERS_RING];
extern pons::v1::JointSetpoint setpoints[PEERS_RING];
extern pons::v1::Image images[PEERS_RING];
extern pons::v1::TaskRequest plans[PEERS_RING];
extern std::vector<uint8_t> wire[PEERS_MESSAGES][PEERS_RING];
/// Where everybody encodes to.
extern uint8_t output[1 << 20];
extern std::vector<PeerItem> items;

inline void add(const char *peer, int message, const char *operation, uint64_t (*run)(size_t)) {
    items.push_back({peer, message, operation, run});
}
[[noreturn]] void fail(const char *what);

/// The floats and words of a state or setpoint, added up, so that no peer can be lazy.
template <class T> inline uint64_t bits(T value) {
    uint64_t result = 0;
    memcpy(&result, &value, sizeof value);
    return result;
}

void add_protobuf();
void add_protobuf_c();
void add_nanopb();
void add_fastcdr();
void add_flatbuffers();
/// Takes the states that were loaded since; for the scaling curve.
void refresh_flatbuffers();
void add_capnproto();
