/* Leases: at most one holder for each part of the body, a whole excluding its parts (CMD-05 to CMD-10). */
#ifndef PONS_AUTHORITY_H
#define PONS_AUTHORITY_H

#include <stdbool.h>
#include <stdint.h>

#include "pons/kit.h"

typedef struct {
    bool is_held;
    uint32_t resource;
    uint64_t epoch, sequence, session;
    int64_t expires_ns;
} pons_lease;

typedef struct {
    pons_lease leases[PONS_MAX_PARTS];
    uint32_t parents[PONS_MAX_PARTS + 1]; /* of resource 1 and so on; 0 for a root */
    uint32_t resource_count;
    uint64_t next_sequence;
} pons_authority;

/* Each returns 0 and a lease, or a RejectReason and, where another session is in the way, that session. */
int pons_acquire(pons_authority *a, uint32_t resource, uint64_t session, uint64_t epoch, int64_t expires, pons_lease *lease,
                 uint64_t *holder);
/* Also hands out the leases of others that it ends; `ended` has room for PONS_MAX_PARTS. */
int pons_take_over(pons_authority *a, uint32_t resource, uint64_t session, uint64_t epoch, int64_t expires, pons_lease *lease,
                   pons_lease *ended, int *ended_count);
int pons_renew(pons_authority *a, uint32_t resource, uint64_t session, uint64_t epoch, uint64_t sequence, int64_t expires,
               pons_lease *lease, uint64_t *holder);
int pons_give_up(pons_authority *a, uint32_t resource, uint64_t session, pons_lease *lease, uint64_t *holder);

/* Why a command with this lease may not move the resource, or 0. */
int pons_authority_refusal(const pons_authority *a, uint32_t resource, uint64_t session, uint64_t epoch, uint64_t sequence,
                           uint64_t current_epoch);
uint64_t pons_holder_session(const pons_authority *a, uint32_t resource);
bool pons_is_holder(const pons_authority *a, uint64_t session);
const pons_lease *pons_any_lease(const pons_authority *a);

#endif
