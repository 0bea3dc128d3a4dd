// The codecs Pons is measured against, behind one small interface; implemented in Benchmarks/Peers.
#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { PEERS_STATE, PEERS_SETPOINT, PEERS_DEPTH, PEERS_PLAN, PEERS_MESSAGES };
enum { PEERS_RING = 8 };

typedef struct {
    const char *peer;
    int message;
    /// "encode", "decode", "decode new", "view" or "view + touch".
    const char *operation;
    /// Does it `count` times, going round the ring. Returns something that depends on every result.
    uint64_t (*run)(size_t count);
} PeerItem;

/// Hands over message `index` of the ring as protobuf bytes; every peer keeps it in its own form.
void peers_load(int message, int index, const uint8_t *bytes, size_t count);
/// All items; call it after every message is loaded.
const PeerItem *peers_items(size_t *count);
/// Takes states of another size, loaded after peers_items: for the items of C++ protobuf, and FlatBuffers' view.
void peers_refresh_states(void);
/// Sums every number of a state: what `touch` costs at least, from plain C arrays.
uint64_t peers_touch_floor(size_t count);
/// Calls of malloc and its relatives by this process so far.
uint64_t peers_allocations(void);

#ifdef __cplusplus
}
#endif
