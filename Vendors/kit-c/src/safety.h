/*
 * The safety state machine of part SAF: twelve states, twenty-four edges. Pure: an input and `now` in; transitions out.
 * Nobody sets the state by hand. Functions return why they refused (RejectReason), or 0.
 */
#ifndef PONS_SAFETY_H
#define PONS_SAFETY_H

#include <stdbool.h>
#include <stdint.h>

#include "pons/kit.h"

enum { PONS_SOURCES = 32, PONS_TRANSITIONS = 8, PONS_RECENT = 32 };

/* Who asks: the session, its role, whether it holds authority. */
typedef struct {
    uint64_t session;
    int role;
    bool is_holder;
} pons_requester;

/* What can hold the robot stopped: a device of the descriptor, or a session. Each on its own (SAF-10). */
typedef struct {
    bool is_used, is_active;
    uint32_t device;
    uint64_t session;
    int kind;
    int64_t since_ns;
} pons_source;

/* One step, as it is reported (SAF-02). */
typedef struct {
    uint64_t sequence, causes, session;
    int from, to, hold, cause, category, edge;
    int64_t time_ns;
    uint32_t device;
} pons_transition;

typedef struct {
    bool is_legged, is_simulator;
    int64_t stop_time_ns, settle_time_ns, restore_delay_ns, nonce_validity_ns;
} pons_safety_parameters;

typedef struct {
    uint64_t ids[PONS_RECENT];
    unsigned next;
} pons_recent;

typedef struct {
    pons_safety_parameters parameters;
    uint64_t epoch, transition_count;
    int state, hold, mode, stability, category;
    uint64_t causes; /* bit n for Cause n; severe causes have small numbers */
    pons_source sources[PONS_SOURCES];
    bool interlocks_ok;
    bool purge;             /* leases and queues are void: cleared by who acts on it */
    bool blocked_by_source; /* of the last refusal */
    pons_transition transitions[PONS_TRANSITIONS];
    int waiting; /* transitions that were not taken yet */
    /* Private */
    uint64_t active;
    bool emergency_latched, is_still, is_disabling, is_reduced, has_restore, has_reset;
    int disable_cause, recovery_from;
    int64_t stop_deadline_ns, restore_at_ns, reset_expires_ns;
    uint64_t reset_nonce, reset_session;
    pons_recent enable_ids, resume_ids;
} pons_supervisor;

void pons_safety_start(pons_supervisor *s, const pons_safety_parameters *parameters, uint64_t epoch);

/* What the rest of the robot asks */
pons_permission pons_safety_permission(const pons_supervisor *s);
bool pons_safety_permits_motion(const pons_supervisor *s);
int pons_safety_motion_refusal(const pons_supervisor *s);
int pons_safety_latch(const pons_supervisor *s);
bool pons_safety_is_down(const pons_supervisor *s);
bool pons_safety_any_source(const pons_supervisor *s);

/* Inputs */
void pons_safety_boot(pons_supervisor *s, int latch, int64_t now);
void pons_safety_self_tested(pons_supervisor *s, bool passed, int64_t now);
int pons_safety_power(pons_supervisor *s, bool on, pons_requester who, int64_t now);
int pons_safety_enable(pons_supervisor *s, uint64_t id, pons_requester who, bool is_synchronised, int64_t now);
int pons_safety_disable(pons_supervisor *s, pons_requester who, int cause);
void pons_safety_declare(pons_supervisor *s, uint32_t device, int kind);
void pons_safety_remove(pons_supervisor *s, uint32_t device);
int pons_safety_stop(pons_supervisor *s, int kind, uint64_t session, uint32_t device, bool hard, bool confirmed, int64_t now);
int pons_safety_release(pons_supervisor *s, uint64_t session, uint32_t device, int64_t now);
void pons_safety_detected(pons_supervisor *s, int cause, int64_t now);
void pons_safety_cleared(pons_supervisor *s, int cause);
int pons_safety_request_reset(pons_supervisor *s, pons_requester who, uint64_t nonce, int64_t now);
int pons_safety_confirm_reset(pons_supervisor *s, pons_requester who, uint64_t nonce, int64_t now);
int pons_safety_resume(pons_supervisor *s, uint64_t id, pons_requester who, int64_t now);
int pons_safety_recover(pons_supervisor *s, pons_requester who, bool hold_to_run, bool is_clear, int64_t now);
int pons_safety_change_mode(pons_supervisor *s, int mode, pons_requester who, bool is_local, int64_t now);
void pons_safety_observe(pons_supervisor *s, bool is_still, int stability, int64_t now);
void pons_safety_envelope(pons_supervisor *s, bool is_reduced, int64_t now);
void pons_safety_elapse(pons_supervisor *s, int64_t now);

#endif
