// nanopb with static arrays. It decodes trees and large payloads through callbacks only, so plan and depth are left out.
#include "peers.h"
extern "C" {
#include "nano/motion.pb.h"
#include <pb_decode.h>
#include <pb_encode.h>
}

namespace {

nano_WholeBodyState nano_states[PEERS_RING];
nano_JointSetpoint nano_setpoints[PEERS_RING];

template <class M, int message, const pb_msgdesc_t *fields, M *ring> uint64_t encode(size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        pb_ostream_t stream = pb_ostream_from_buffer(output, sizeof output);
        if (!pb_encode(&stream, fields, &ring[i % PEERS_RING])) fail("nanopb encode");
        sum += stream.bytes_written;
    }
    return sum;
}

template <class M, int message, const pb_msgdesc_t *fields> uint64_t decode(size_t count) {
    static M value;
    for (size_t i = 0; i < count; i++) {
        auto &bytes = wire[message][i % PEERS_RING];
        pb_istream_t stream = pb_istream_from_buffer(bytes.data(), bytes.size());
        if (!pb_decode(&stream, fields, &value)) fail("nanopb decode");
    }
    return count;
}

template <class M> void load(M *ring, int message, const pb_msgdesc_t *fields) {
    for (int i = 0; i < PEERS_RING; i++) {
        pb_istream_t stream = pb_istream_from_buffer(wire[message][i].data(), wire[message][i].size());
        if (!pb_decode(&stream, fields, &ring[i])) fail("loading nanopb");
    }
}

}  // namespace

void add_nanopb() {
    load(nano_states, PEERS_STATE, nano_WholeBodyState_fields);
    load(nano_setpoints, PEERS_SETPOINT, nano_JointSetpoint_fields);
    add("nanopb", PEERS_STATE, "encode",
        encode<nano_WholeBodyState, PEERS_STATE, &nano_WholeBodyState_msg, nano_states>);
    add("nanopb", PEERS_STATE, "decode", decode<nano_WholeBodyState, PEERS_STATE, &nano_WholeBodyState_msg>);
    add("nanopb", PEERS_SETPOINT, "encode",
        encode<nano_JointSetpoint, PEERS_SETPOINT, &nano_JointSetpoint_msg, nano_setpoints>);
    add("nanopb", PEERS_SETPOINT, "decode", decode<nano_JointSetpoint, PEERS_SETPOINT, &nano_JointSetpoint_msg>);
}
