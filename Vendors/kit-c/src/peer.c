#include "peer.h"

#include <string.h>

#include "names.h"
#include "pons/v1/options.pb-c.h"

void pons_peer_open(pons_peer *p, const pons_trust *trust, int64_t now) {
    memset(p, 0, sizeof *p);
    p->phase = PONS_AWAITING_HELLO;
    p->trust = *trust;
    p->opened_ns = p->alive_ns = now;
    p->sync_expires_ns = INT64_MIN;
    p->pace_start_ns = INT64_MIN / 2;
    p->damaged_ns[0] = p->damaged_ns[1] = INT64_MIN / 2;
}

int pons_peer_counter(pons_peer *p, uint32_t counter, uint32_t max_gap) {
    uint32_t step = counter - p->last_counter;
    if (!p->has_counter) step = 1;
    else if (step == 0) return REASON(REPEATED);
    else if (step > UINT32_MAX / 2) return REASON(WRONG_SEQUENCE);
    p->has_counter = true;
    p->last_counter = counter;
    return step - 1 > max_gap ? REASON(LOST) : 0;
}

bool pons_peer_damaged(pons_peer *p, int64_t now) {
    bool is_exceeded = now - p->damaged_ns[0] <= PONS_SECOND;
    p->damaged_ns[0] = p->damaged_ns[1];
    p->damaged_ns[1] = now;
    return is_exceeded;
}

void pons_peer_challenge(pons_peer *p, uint64_t nonce, int64_t now) {
    if (p->challenge_count == PONS_CHALLENGES) {
        memmove(&p->challenges[0], &p->challenges[1], sizeof p->challenges - sizeof p->challenges[0]);
        p->challenge_count--;
    }
    p->challenges[p->challenge_count].nonce = nonce;
    p->challenges[p->challenge_count++].issued_ns = now;
}

void pons_peer_answer(pons_peer *p, uint64_t nonce, int64_t now) {
    for (unsigned i = 0; i < p->challenge_count; i++) {
        if (p->challenges[i].nonce != nonce || now - p->challenges[i].issued_ns > PONS_SECOND) continue;
        unsigned rest = p->challenge_count - i - 1;
        memmove(&p->challenges[0], &p->challenges[i + 1], rest * sizeof p->challenges[0]);
        p->challenge_count = rest;
        p->alive_ns = now;
        return;
    }
}

bool pons_peer_is_synchronised(const pons_peer *p, int64_t bound_ns, int64_t now) {
    return now < p->sync_expires_ns && p->sync_uncertainty_ns <= bound_ns;
}

bool pons_peer_is_too_fast(pons_peer *p, double rate_hz, int64_t now) {
    if (now - p->pace_start_ns >= 20 * (int64_t)PONS_MS) {
        p->pace_start_ns = now;
        p->pace_count = 0;
    }
    double allowed = 1.5 * rate_hz * 0.02;
    return ++p->pace_count > (allowed > 5 ? allowed : 5);
}

/* ---- Memory of commands ------------------------------------------------------------------------------------------------- */

/* FNV-1a: an error of the sender's is to be told apart, not an attack. */
static uint32_t digest_of(uint16_t type, const uint8_t *payload, size_t count) {
    uint64_t digest = 0xCBF29CE484222325ull ^ type;
    for (size_t i = 0; i < count; i++) digest = (digest ^ payload[i]) * 0x100000001B3ull;
    return (uint32_t)(digest >> 32);
}

static uint32_t place_of(uint64_t id) { return (uint32_t)(id * 0x9E3779B97F4A7C15ull >> 50); }

static void forget(pons_ledger *l, uint64_t id) {
    uint32_t at = place_of(id);
    while (l->slots[at] && l->answers[l->slots[at] - 1].id != id) at = (at + 1) % PONS_LEDGER_SLOTS;
    /* Close the gap: what was pushed past it moves back. */
    for (uint32_t gap = at, next = (at + 1) % PONS_LEDGER_SLOTS; l->slots[at]; next = (next + 1) % PONS_LEDGER_SLOTS) {
        if (!l->slots[next]) {
            l->slots[gap] = 0;
            return;
        }
        uint32_t home = place_of(l->answers[l->slots[next] - 1].id);
        if ((next - home) % PONS_LEDGER_SLOTS >= (next - gap) % PONS_LEDGER_SLOTS) {
            l->slots[gap] = l->slots[next];
            gap = next;
        }
    }
}

pons_answer *pons_ledger_find(pons_ledger *l, uint64_t id, uint16_t type, const uint8_t *payload, size_t count, bool *is_new,
                              bool *is_reused) {
    uint32_t digest = digest_of(type, payload, count);
    uint32_t at = place_of(id);
    *is_new = *is_reused = false;
    for (; l->slots[at]; at = (at + 1) % PONS_LEDGER_SLOTS) {
        pons_answer *known = &l->answers[l->slots[at] - 1];
        if (known->id != id) continue;
        *is_reused = known->digest != digest;
        return known;
    }
    uint32_t index = l->count;
    if (l->count < PONS_LEDGER) {
        l->count++;
    } else {
        index = l->oldest;
        l->oldest = (l->oldest + 1) % PONS_LEDGER;
        forget(l, l->answers[index].id);
        for (at = place_of(id); l->slots[at]; at = (at + 1) % PONS_LEDGER_SLOTS) {}
    }
    l->slots[at] = (uint16_t)(index + 1);
    l->answers[index] = (pons_answer){.id = id, .digest = digest};
    *is_new = true;
    return &l->answers[index];
}

/* ---- Setpoints in order --------------------------------------------------------------------------------------------------- */

int pons_check_time(int64_t start_ns, int64_t valid_until_ns, int64_t max_lead_ns, int64_t now) {
    if (valid_until_ns <= now) return REASON(EXPIRED);
    if (start_ns <= 0) return REASON(BAD_STAMP);
    return start_ns > now && start_ns - now > max_lead_ns ? REASON(TOO_FAR) : 0;
}

int pons_gate_check(pons_gate *g, uint64_t sequence, int64_t stamp_ns, int64_t valid_until_ns, int64_t max_lead_ns, int64_t now) {
    if (!g->has_received || sequence > g->received) g->received = sequence;
    g->has_received = true;
    if (g->has_accepted && sequence <= g->accepted) return sequence == g->accepted ? REASON(DUPLICATE) : REASON(STALE);
    if (g->has_accepted && stamp_ns < g->accepted_stamp_ns) return REASON(STALE);
    return pons_check_time(stamp_ns, valid_until_ns, max_lead_ns, now);
}

void pons_gate_accept(pons_gate *g, uint64_t sequence, int64_t stamp_ns, int64_t now) {
    if (g->has_accepted && sequence > g->accepted + 1) g->lost += (uint32_t)(sequence - g->accepted - 1);
    g->has_accepted = g->ever_accepted = true;
    g->accepted = sequence;
    g->accepted_stamp_ns = stamp_ns;
    g->accepted_receive_ns = now;
}

void pons_gate_restart(pons_gate *g) { g->has_accepted = g->has_received = false; }

/* ---- Sending ------------------------------------------------------------------------------------------------------------- */

static void seal(pons_peer *p, uint16_t type, const uint8_t *payload, uint32_t length, int64_t now) {
    if (p->out_count + length + 56 > PONS_OUT) {
        p->has_overflowed = true;
        return;
    }
    p->out_count += pons_seal(&p->sealer, type, payload, length, now, p->out + p->out_count);
}

static bool is_stream(uint8_t stream_class) {
    return stream_class == PONS__V1__STREAM_CLASS__STREAM_CLASS_STATE;
}

void pons_peer_send(pons_peer *p, uint16_t type, uint8_t stream_class, const uint8_t *payload, uint32_t length, int64_t now) {
    if (p->phase == PONS_FREE || p->phase == PONS_ENDED) return;
    if (!is_stream(stream_class) || length > PONS_STREAM_BYTES) {
        seal(p, type, payload, length, now);
        return;
    }
    pons_waiting *place = NULL;
    for (int i = PONS_STREAMS - 1; i >= 0; i--) {
        if (p->streams[i].type == type || (p->streams[i].type == 0 && (!place || place->type != type))) place = &p->streams[i];
    }
    if (!place) {
        p->dropped++;
        return;
    }
    if (place->type == type) p->dropped++;
    place->type = type;
    place->length = length;
    memcpy(place->payload, payload, length);
}

void pons_peer_flush(pons_peer *p, int64_t now) {
    for (int i = 0; i < PONS_STREAMS && !p->is_congested; i++) {
        if (!p->streams[i].type) continue;
        seal(p, p->streams[i].type, p->streams[i].payload, p->streams[i].length, now);
        p->streams[i].type = 0;
    }
}
