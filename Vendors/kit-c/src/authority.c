#include "authority.h"

#include <stddef.h>

#include "names.h"

static bool is_below(const pons_authority *a, uint32_t resource, uint32_t ancestor) {
    for (uint32_t step = 0; step <= a->resource_count; step++) {
        if (resource == ancestor) return true;
        if (resource == 0 || resource > a->resource_count) return false;
        resource = a->parents[resource];
        if (resource == 0) return false;
    }
    return false;
}

static bool conflicts(const pons_authority *a, uint32_t one, uint32_t other) {
    return is_below(a, one, other) || is_below(a, other, one);
}

static bool is_declared(const pons_authority *a, uint32_t resource) { return resource >= 1 && resource <= a->resource_count; }

static const pons_lease *holder(const pons_authority *a, uint32_t resource) {
    for (int i = 0; i < PONS_MAX_PARTS; i++) {
        if (a->leases[i].is_held && conflicts(a, a->leases[i].resource, resource)) return &a->leases[i];
    }
    return NULL;
}

uint64_t pons_holder_session(const pons_authority *a, uint32_t resource) {
    const pons_lease *lease = holder(a, resource);
    return lease ? lease->session : 0;
}

bool pons_is_holder(const pons_authority *a, uint64_t session) {
    for (int i = 0; i < PONS_MAX_PARTS; i++) {
        if (a->leases[i].is_held && a->leases[i].session == session) return true;
    }
    return false;
}

const pons_lease *pons_any_lease(const pons_authority *a) {
    for (int i = 0; i < PONS_MAX_PARTS; i++) {
        if (a->leases[i].is_held) return &a->leases[i];
    }
    return NULL;
}

static int grant(pons_authority *a, uint32_t resource, uint64_t session, uint64_t epoch, int64_t expires, pons_lease *lease) {
    for (int i = 0; i < PONS_MAX_PARTS; i++) {
        if (a->leases[i].is_held) continue;
        a->leases[i] = (pons_lease){true, resource, epoch, a->next_sequence++, session, expires};
        *lease = a->leases[i];
        return 0;
    }
    return REASON(BUSY);
}

int pons_acquire(pons_authority *a, uint32_t resource, uint64_t session, uint64_t epoch, int64_t expires, pons_lease *lease,
                 uint64_t *other) {
    if (!is_declared(a, resource)) return REASON(UNKNOWN_NAME);
    for (int i = 0; i < PONS_MAX_PARTS; i++) {
        pons_lease *held = &a->leases[i];
        if (!held->is_held || !conflicts(a, held->resource, resource)) continue;
        if (held->session != session) {
            *other = held->session;
            return REASON(HELD);
        }
        if (held->resource == resource) held->is_held = false;
    }
    return grant(a, resource, session, epoch, expires, lease);
}

int pons_take_over(pons_authority *a, uint32_t resource, uint64_t session, uint64_t epoch, int64_t expires, pons_lease *lease,
                   pons_lease *ended, int *ended_count) {
    *ended_count = 0;
    if (!is_declared(a, resource)) return REASON(UNKNOWN_NAME);
    for (int i = 0; i < PONS_MAX_PARTS; i++) {
        pons_lease *held = &a->leases[i];
        if (!held->is_held || !conflicts(a, held->resource, resource)) continue;
        if (held->session != session) ended[(*ended_count)++] = *held;
        held->is_held = false;
    }
    return grant(a, resource, session, epoch, expires, lease);
}

static pons_lease *own(pons_authority *a, uint32_t resource, uint64_t session) {
    for (int i = 0; i < PONS_MAX_PARTS; i++) {
        pons_lease *held = &a->leases[i];
        if (held->is_held && held->session == session && held->resource == resource) return held;
    }
    return NULL;
}

int pons_renew(pons_authority *a, uint32_t resource, uint64_t session, uint64_t epoch, uint64_t sequence, int64_t expires,
               pons_lease *lease, uint64_t *other) {
    pons_lease *held = own(a, resource, session);
    int reason = pons_authority_refusal(a, resource, session, epoch, sequence, epoch);
    if (reason || !held) {
        *other = pons_holder_session(a, resource);
        return reason ? reason : REASON(NOT_IN_CONTROL);
    }
    held->expires_ns = expires;
    *lease = *held;
    return 0;
}

int pons_give_up(pons_authority *a, uint32_t resource, uint64_t session, pons_lease *lease, uint64_t *other) {
    pons_lease *held = own(a, resource, session);
    if (!held) {
        *other = pons_holder_session(a, resource);
        return REASON(NOT_IN_CONTROL);
    }
    *lease = *held;
    held->is_held = false;
    return 0;
}

int pons_authority_refusal(const pons_authority *a, uint32_t resource, uint64_t session, uint64_t epoch, uint64_t sequence,
                           uint64_t current_epoch) {
    if (!is_declared(a, resource)) return REASON(UNKNOWN_NAME);
    for (int i = 0; i < PONS_MAX_PARTS; i++) {
        const pons_lease *held = &a->leases[i];
        if (!held->is_held || held->session != session || !is_below(a, resource, held->resource)) continue;
        if (epoch != current_epoch) return REASON(WRONG_EPOCH);
        return sequence == held->sequence ? 0 : REASON(LEASE_OLD);
    }
    if (epoch != 0 && epoch != current_epoch) return REASON(WRONG_EPOCH);
    const pons_lease *other = holder(a, resource);
    uint64_t newest = other ? other->sequence : a->next_sequence;
    return sequence > 0 && sequence < newest ? REASON(LEASE_OLD) : REASON(NOT_IN_CONTROL);
}
