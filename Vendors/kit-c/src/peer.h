/* The robot's side of one session: who the peer is, whether it lives, what it was answered, what waits to be sent. */
#ifndef PONS_PEER_H
#define PONS_PEER_H

#include "check.h"
#include "frame.h"
#include "pons/kit.h"

enum {
    PONS_LEDGER = 10000,       /* command ids remembered by each session (CMD-04) */
    PONS_LEDGER_SLOTS = 16384, /* of its hash table */
    PONS_OUT = 1 << 17,        /* bytes that may wait for the driver */
    PONS_STREAMS = 5,
    PONS_STREAM_BYTES = 4096,
    PONS_CHALLENGES = 16
};

typedef enum { PONS_FREE, PONS_AWAITING_HELLO, PONS_OPEN, PONS_ENDED } pons_phase;

/* What became of a command, in 24 bytes: enough to answer a duplicate. */
typedef struct {
    uint64_t id;
    int64_t received_ns;
    uint32_t digest;
    uint16_t first_step;
    uint8_t outcome, reason;
} pons_answer;

typedef struct {
    pons_answer answers[PONS_LEDGER];
    uint16_t slots[PONS_LEDGER_SLOTS]; /* index + 1 of an answer; 0 for none */
    uint32_t count, oldest;
} pons_ledger;

/* The newest of a stream, while it waits (LNK-12). */
typedef struct {
    uint16_t type;
    uint32_t length;
    uint8_t payload[PONS_STREAM_BYTES];
} pons_waiting;

/* Order and freshness of setpoints (MOT-15, TIM-06 to TIM-09). */
typedef struct {
    bool has_received, has_accepted;
    uint64_t received, accepted;
    int64_t accepted_stamp_ns, accepted_receive_ns;
    bool ever_accepted;
    uint32_t lost, rejected;
} pons_gate;

typedef struct {
    pons_phase phase;
    bool wants_close;
    pons_trust trust;
    int64_t opened_ns, alive_ns;
    int role;
    uint64_t session;
    bool has_fingerprint_mismatch;
    pons_sealer sealer;
    bool has_counter;
    uint32_t last_counter;
    int64_t damaged_ns[2];
    int64_t sync_expires_ns, sync_uncertainty_ns;
    struct {
        uint64_t nonce;
        int64_t issued_ns;
    } challenges[PONS_CHALLENGES];
    unsigned challenge_count;
    int64_t pace_start_ns;
    unsigned pace_count;
    pons_gate gate;
    uint64_t subscriptions[4]; /* bit n for message type n */
    bool is_congested, has_overflowed;
    uint32_t dropped;
    uint64_t audit_next; /* entry that this reader gets next; 0 for none */
    pons_waiting streams[PONS_STREAMS];
    size_t in_count, out_count;
    uint8_t in[PONS_FRAME];
    uint8_t out[PONS_OUT];
    pons_ledger ledger;
} pons_peer;

void pons_peer_open(pons_peer *p, const pons_trust *trust, int64_t now);

/* Why a frame with this counter is refused, or 0 (BCH-07). */
int pons_peer_counter(pons_peer *p, uint32_t counter, uint32_t max_gap);
/* Notes a damaged frame; whether more than two came within a second (BCH-09). */
bool pons_peer_damaged(pons_peer *p, int64_t now);

void pons_peer_challenge(pons_peer *p, uint64_t nonce, int64_t now);
/* An answer counts when it names a challenge not older than a second; each counts once (LNK-06). */
void pons_peer_answer(pons_peer *p, uint64_t nonce, int64_t now);
bool pons_peer_is_synchronised(const pons_peer *p, int64_t bound_ns, int64_t now);

/* More than half as many again as the rate allows, in a window of 20 ms (MOT-14). */
bool pons_peer_is_too_fast(pons_peer *p, double rate_hz, int64_t now);

/* The entry of a command: a new one, or the one it was answered with; `is_reused` for an id with other bytes. */
pons_answer *pons_ledger_find(pons_ledger *l, uint64_t id, uint16_t type, const uint8_t *payload, size_t count, bool *is_new,
                              bool *is_reused);

int pons_check_time(int64_t start_ns, int64_t valid_until_ns, int64_t max_lead_ns, int64_t now);
int pons_gate_check(pons_gate *g, uint64_t sequence, int64_t stamp_ns, int64_t valid_until_ns, int64_t max_lead_ns, int64_t now);
void pons_gate_accept(pons_gate *g, uint64_t sequence, int64_t stamp_ns, int64_t now);
void pons_gate_restart(pons_gate *g);

/* Seals a payload and lets it wait for the driver; streams wait as payloads while the link is congested. */
void pons_peer_send(pons_peer *p, uint16_t type, uint8_t stream_class, const uint8_t *payload, uint32_t length, int64_t now);
/* Seals the streams that wait, where the link can carry them. */
void pons_peer_flush(pons_peer *p, int64_t now);

#endif
