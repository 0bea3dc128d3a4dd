#include "safety.h"

#include <string.h>

#include "names.h"

#define BIT(cause) ((uint64_t)1 << (cause))

typedef enum { NOTHING, EMERGENCY, PROTECTIVE, FAULT, FALL } reaction;

/* What a cause leads to (Spec/v1/parts/SAF.md, table of causes). */
static reaction reaction_to(int cause, int *category, bool *when_moving) {
    *category = CATEGORY(TWO);
    *when_moving = false;
    switch (cause) {
        case CAUSE(EMERGENCY): return EMERGENCY;
        case CAUSE(PROTECTIVE):
        case CAUSE(HUMAN_TOO_CLOSE):
        case CAUSE(PERCEPTION_LOST): return PROTECTIVE;
        case CAUSE(COMMAND_TIMEOUT):
        case CAUSE(LEASE_EXPIRED):
        case CAUSE(LEASE_REVOKED):
        case CAUSE(PEER_LOST):
        case CAUSE(NO_TIMESYNC):
        case CAUSE(CLOCK_FAULT):
        case CAUSE(CONTACT_LIMIT): *when_moving = true; return PROTECTIVE;
        case CAUSE(INTEGRITY):
        case CAUSE(FOLLOWING_ERROR):
        case CAUSE(SPINAL_LIMIT):
        case CAUSE(THERMAL):
        case CAUSE(BATTERY): *category = CATEGORY(ONE); return PROTECTIVE;
        case CAUSE(INTERNAL_FAULT):
        case CAUSE(STOP_OVERRUN):
        case CAUSE(SELFTEST): return FAULT;
        case CAUSE(FALL): return FALL;
        default: return NOTHING;
    }
}

/* Causes whose protective stop may be left by Resume once they are gone (SAF-18). */
static const uint64_t auto_clear = BIT(CAUSE(PROTECTIVE)) | BIT(CAUSE(HUMAN_TOO_CLOSE)) | BIT(CAUSE(PERCEPTION_LOST)) |
                                   BIT(CAUSE(LEASE_EXPIRED)) | BIT(CAUSE(LEASE_REVOKED)) | BIT(CAUSE(PEER_LOST)) |
                                   BIT(CAUSE(NO_TIMESYNC));

static bool is_operator(pons_requester who) { return who.role == ROLE(OPERATOR) || who.role == ROLE(SERVICE); }

static bool recently(const pons_recent *recent, uint64_t id) {
    for (int i = 0; i < PONS_RECENT; i++) {
        if (recent->ids[i] == id) return true;
    }
    return false;
}

static void note(pons_recent *recent, uint64_t id) {
    recent->ids[recent->next] = id;
    recent->next = (recent->next + 1) % PONS_RECENT;
}

static int most_severe(uint64_t causes, int otherwise) {
    for (int cause = 1; cause < 64; cause++) {
        if (causes & BIT(cause)) return cause;
    }
    return otherwise;
}

/* ---- What the rest of the robot asks ------------------------------------------------------------------------------------ */

pons_permission pons_safety_permission(const pons_supervisor *s) {
    switch (s->state) {
        case STATE(STANDBY): return PONS_HOLD;
        case STATE(OPERATIONAL):
        case STATE(REDUCED): return s->is_disabling ? PONS_DECELERATE : PONS_RUN;
        case STATE(STOPPING): return PONS_DECELERATE;
        case STATE(SETTLING): return PONS_SETTLE;
        case STATE(PROTECTIVE_STOP): return s->hold == HOLD(HOLD) ? PONS_HOLD : PONS_OFF;
        case STATE(FALL): return PONS_DAMP;
        case STATE(RECOVERY): return PONS_RECOVER;
        default: return PONS_OFF;
    }
}

bool pons_safety_permits_motion(const pons_supervisor *s) { return pons_safety_permission(s) == PONS_RUN; }

static int mode_refusal(const pons_supervisor *s) {
    switch (s->mode) {
        case MODE(REMOTE_AUTO):
        case MODE(REMOTE_MANUAL):
        case MODE(TEST): return 0;
        case MODE(LOCAL_MANUAL):
        case MODE(TEACH): return REASON(LOCAL_CONTROL);
        default: return REASON(MODE_FORBIDS);
    }
}

int pons_safety_motion_refusal(const pons_supervisor *s) {
    switch (s->state) {
        case STATE(OPERATIONAL):
        case STATE(REDUCED): return s->is_disabling ? REASON(NOT_ENABLED) : mode_refusal(s);
        case STATE(EMERGENCY_STOP):
        case STATE(PROTECTIVE_STOP):
        case STATE(FAULT):
        case STATE(FALL):
        case STATE(STOPPING):
        case STATE(SETTLING): return REASON(STOP_LATCHED);
        default: {
            int refusal = mode_refusal(s);
            return refusal ? refusal : REASON(NOT_ENABLED);
        }
    }
}

int pons_safety_latch(const pons_supervisor *s) {
    if (s->emergency_latched) return STATE(EMERGENCY_STOP);
    bool is_latched = s->state == STATE(EMERGENCY_STOP) || s->state == STATE(FAULT) || s->state == STATE(FALL);
    return is_latched ? s->state : 0;
}

bool pons_safety_is_down(const pons_supervisor *s) { return s->parameters.is_legged && s->stability == STABILITY(DOWN); }

bool pons_safety_any_source(const pons_supervisor *s) {
    for (int i = 0; i < PONS_SOURCES; i++) {
        if (s->sources[i].is_active) return true;
    }
    return false;
}

/* ---- Moving --------------------------------------------------------------------------------------------------------------- */

static void report(pons_supervisor *s, int from, int to, int cause, int edge, int64_t now, uint64_t session, uint32_t device) {
    s->transition_count++;
    if (s->waiting == PONS_TRANSITIONS) return; /* one input causes at most four, and they are taken after each */
    s->transitions[s->waiting++] = (pons_transition){
        .sequence = s->transition_count, .causes = s->causes, .session = session, .from = from, .to = to, .hold = s->hold,
        .cause = cause, .category = s->category, .edge = edge, .time_ns = now, .device = device};
}

static void move_by(pons_supervisor *s, int to, int cause, int edge, int64_t now, uint64_t session, uint32_t device) {
    int from = s->state;
    s->state = to;
    if (to != STATE(PROTECTIVE_STOP)) s->hold = HOLD(UNSPECIFIED);
    if (to != STATE(OPERATIONAL) && to != STATE(REDUCED)) s->is_disabling = false;
    report(s, from, to, cause, edge, now, session, device);
}

static void move_to(pons_supervisor *s, int to, int cause, int edge, int64_t now) { move_by(s, to, cause, edge, now, 0, 0); }

static void new_epoch(pons_supervisor *s) {
    s->epoch++;
    s->purge = true;
}

static void clear_stop(pons_supervisor *s) {
    s->causes = 0;
    s->emergency_latched = s->has_reset = false;
    s->category = CATEGORY(UNSPECIFIED);
}

void pons_safety_start(pons_supervisor *s, const pons_safety_parameters *parameters, uint64_t epoch) {
    memset(s, 0, sizeof *s);
    s->parameters = *parameters;
    s->epoch = epoch;
    s->state = STATE(INITIALISING);
    s->mode = MODE(STARTUP);
    s->stability = STABILITY(STATIC);
    s->interlocks_ok = s->is_still = true;
    s->disable_cause = CAUSE(DISABLED);
}

void pons_safety_boot(pons_supervisor *s, int latch, int64_t now) {
    pons_source sources[PONS_SOURCES];
    pons_safety_parameters parameters = s->parameters;
    memcpy(sources, s->sources, sizeof sources);
    pons_safety_start(s, &parameters, s->epoch + 1);
    for (int i = 0; i < PONS_SOURCES; i++) {
        if (!sources[i].is_used || sources[i].device == 0) continue;
        if (sources[i].is_active) sources[i].since_ns = now;
        sources[i].is_active = false;
        s->sources[i] = sources[i];
    }
    s->emergency_latched = latch == STATE(EMERGENCY_STOP);
    if (latch == STATE(FAULT)) s->causes |= BIT(CAUSE(INTERNAL_FAULT));
    if (latch == STATE(FALL)) s->causes |= BIT(CAUSE(FALL));
    s->purge = true;
    report(s, STATE(UNSPECIFIED), STATE(INITIALISING), CAUSE(BOOT), 1, now, 0, 0);
}

void pons_safety_self_tested(pons_supervisor *s, bool passed, int64_t now) {
    if (s->state != STATE(INITIALISING)) return;
    s->mode = MODE(REMOTE_AUTO);
    if (s->emergency_latched) {
        s->causes |= BIT(CAUSE(EMERGENCY));
        move_to(s, STATE(EMERGENCY_STOP), CAUSE(LATCH_RESTORED), 3, now);
    } else if (!passed) {
        s->causes |= BIT(CAUSE(SELFTEST));
        move_to(s, STATE(FAULT), CAUSE(SELFTEST), 3, now);
    } else if (s->causes & (BIT(CAUSE(INTERNAL_FAULT)) | BIT(CAUSE(FALL)))) {
        move_to(s, STATE(FAULT), CAUSE(LATCH_RESTORED), 3, now);
    } else {
        move_to(s, STATE(OFF), CAUSE(SELFTEST_OK), 2, now);
    }
}

/* What is in the way of power and motion. */
static int unclear(pons_supervisor *s) {
    s->blocked_by_source = pons_safety_any_source(s);
    if (s->blocked_by_source) return REASON(RESET_BLOCKED);
    return s->interlocks_ok ? 0 : REASON(INTERLOCK);
}

int pons_safety_power(pons_supervisor *s, bool on, pons_requester who, int64_t now) {
    if (!is_operator(who) && !who.is_holder) return REASON(PERMISSION_DENIED);
    if (!on) {
        if (s->state != STATE(STANDBY)) return REASON(ILLEGAL_TRANSITION);
        move_to(s, STATE(OFF), CAUSE(POWER_OFF), 24, now);
        return 0;
    }
    if (s->state != STATE(OFF)) return pons_safety_latch(s) ? REASON(STOP_LATCHED) : REASON(ILLEGAL_TRANSITION);
    int refusal = mode_refusal(s);
    if (!refusal) refusal = unclear(s);
    if (!refusal && pons_safety_is_down(s)) refusal = REASON(INTERLOCK);
    if (!refusal) move_to(s, STATE(STANDBY), CAUSE(POWER_ON), 4, now);
    return refusal;
}

int pons_safety_enable(pons_supervisor *s, uint64_t id, pons_requester who, bool is_synchronised, int64_t now) {
    if (!who.is_holder) return REASON(NOT_IN_CONTROL);
    if (s->state != STATE(STANDBY)) {
        bool is_latched = pons_safety_motion_refusal(s) == REASON(STOP_LATCHED);
        return is_latched ? REASON(STOP_LATCHED) : REASON(ILLEGAL_TRANSITION);
    }
    int refusal = mode_refusal(s);
    if (refusal) return refusal;
    if (!is_synchronised) return REASON(NO_TIMESYNC);
    if (recently(&s->enable_ids, id)) return REASON(ENABLE_REUSED);
    refusal = unclear(s);
    if (refusal) return refusal;
    note(&s->enable_ids, id);
    s->is_disabling = false;
    move_to(s, STATE(OPERATIONAL), CAUSE(ENABLED), 5, now);
    if (s->is_reduced) move_to(s, STATE(REDUCED), CAUSE(REDUCED), 6, now);
    return 0;
}

int pons_safety_disable(pons_supervisor *s, pons_requester who, int cause) {
    if (!who.is_holder) return REASON(NOT_IN_CONTROL);
    if (s->state != STATE(OPERATIONAL) && s->state != STATE(REDUCED)) return REASON(ILLEGAL_TRANSITION);
    s->is_disabling = true;
    s->disable_cause = cause;
    return 0;
}

/* ---- Stops ---------------------------------------------------------------------------------------------------------------- */

static pons_source *find(pons_supervisor *s, uint32_t device, uint64_t session) {
    for (int i = 0; i < PONS_SOURCES; i++) {
        pons_source *source = &s->sources[i];
        if (source->is_used && source->device == device && source->session == session) return source;
    }
    return NULL;
}

static pons_source *add(pons_supervisor *s, uint32_t device, uint64_t session, int kind) {
    for (int i = 0; i < PONS_SOURCES; i++) {
        if (s->sources[i].is_used) continue;
        s->sources[i] = (pons_source){.is_used = true, .device = device, .session = session, .kind = kind};
        return &s->sources[i];
    }
    return NULL; /* the table is full: the stop itself still happens */
}

void pons_safety_declare(pons_supervisor *s, uint32_t device, int kind) {
    if (!find(s, device, 0)) add(s, device, 0, kind);
}

void pons_safety_remove(pons_supervisor *s, uint32_t device) {
    pons_source *source = find(s, device, 0);
    if (source && !source->is_active) source->is_used = false;
}

/* Ends a stop that has reached what it wants. */
static void settle(pons_supervisor *s, int64_t now) {
    if ((s->state != STATE(STOPPING) && s->state != STATE(SETTLING)) || !s->is_still) return;
    if (s->state == STATE(SETTLING) && s->stability != STABILITY(STATIC)) return;
    int cause = most_severe(s->causes, CAUSE(STANDSTILL));
    if (s->emergency_latched) {
        move_to(s, STATE(EMERGENCY_STOP), cause, 11, now);
        return;
    }
    bool stays = s->category == CATEGORY(TWO);
    s->hold = stays ? HOLD(HOLD) : HOLD(OFF);
    move_to(s, STATE(PROTECTIVE_STOP), cause, stays ? 9 : 10, now);
}

static void begin(pons_supervisor *s, int cause, int category, int64_t now, uint64_t session, uint32_t device) {
    s->category = category;
    s->is_disabling = false;
    bool settles = s->parameters.is_legged && category != CATEGORY(TWO);
    s->stop_deadline_ns = now + (settles ? s->parameters.settle_time_ns : s->parameters.stop_time_ns);
    move_by(s, settles ? STATE(SETTLING) : STATE(STOPPING), cause, 8, now, session, device);
    settle(s, now);
}

/* A stop under way may only become stronger; its clock runs on. */
static void strengthen(pons_supervisor *s, int category) {
    if (category < s->category) s->category = category;
}

static bool stands_or_moves(const pons_supervisor *s) {
    return s->state == STATE(STANDBY) || s->state == STATE(OPERATIONAL) || s->state == STATE(REDUCED) ||
           s->state == STATE(RECOVERY);
}

static bool is_stopping(const pons_supervisor *s) { return s->state == STATE(STOPPING) || s->state == STATE(SETTLING); }

static void emergency(pons_supervisor *s, int64_t now, uint64_t session, uint32_t device) {
    s->emergency_latched = true;
    if (stands_or_moves(s)) {
        begin(s, CAUSE(EMERGENCY), CATEGORY(ONE), now, session, device);
    } else if (is_stopping(s)) {
        strengthen(s, CATEGORY(ONE));
    } else if (s->state == STATE(PROTECTIVE_STOP)) {
        move_by(s, STATE(EMERGENCY_STOP), CAUSE(EMERGENCY), 15, now, session, device);
    } else if (s->state == STATE(OFF)) {
        s->category = CATEGORY(ZERO);
        move_by(s, STATE(EMERGENCY_STOP), CAUSE(EMERGENCY), 12, now, session, device);
    }
}

static void fault(pons_supervisor *s, int cause, int64_t now) {
    switch (s->state) {
        case STATE(INITIALISING):
        case STATE(FAULT):
        case STATE(EMERGENCY_STOP):
        case STATE(FALL): return;
        case STATE(PROTECTIVE_STOP): move_to(s, STATE(FAULT), cause, 15, now); return;
        case STATE(STOPPING):
        case STATE(SETTLING): move_to(s, STATE(FAULT), cause, 13, now); return;
        default: move_to(s, STATE(FAULT), cause, 20, now);
    }
}

static void fall(pons_supervisor *s, int64_t now) {
    switch (s->state) {
        case STATE(INITIALISING):
        case STATE(OFF):
        case STATE(FALL):
        case STATE(EMERGENCY_STOP):
        case STATE(FAULT): return;
        case STATE(PROTECTIVE_STOP):
            if (s->hold == HOLD(OFF)) return;
            break;
        default: break;
    }
    move_to(s, STATE(FALL), CAUSE(FALL), 21, now);
}

/* A cause holds: react as the table of causes says. */
static void raise(pons_supervisor *s, int cause, int64_t now, uint64_t session, uint32_t device) {
    int category;
    bool when_moving;
    reaction what = reaction_to(cause, &category, &when_moving);
    bool is_underway = is_stopping(s) || (stands_or_moves(s) && s->state != STATE(STANDBY));
    if (what == NOTHING || (when_moving && !is_underway) || (what == FALL && !s->parameters.is_legged)) return;
    s->causes |= BIT(cause);
    switch (what) {
        case EMERGENCY: emergency(s, now, session, device); break;
        case FAULT: fault(s, cause, now); break;
        case FALL: fall(s, now); break;
        default:
            if (stands_or_moves(s)) begin(s, cause, category, now, session, device);
            else if (is_stopping(s)) strengthen(s, category);
    }
}

int pons_safety_stop(pons_supervisor *s, int kind, uint64_t session, uint32_t device, bool hard, bool confirmed, int64_t now) {
    /* A hard cut drops a legged robot: it needs the confirmation of the stop plan (HUM-05). */
    if (hard && s->parameters.is_legged && !confirmed) return REASON(CONFIRM_REQUIRED);
    pons_source *source = find(s, device, session);
    if (!source) source = add(s, device, session, kind);
    if (source) {
        if (!source->is_active) source->since_ns = now;
        if (!(source->is_active && source->kind == KIND(EMERGENCY))) source->kind = kind;
        source->is_active = true;
    }
    if (!(hard && kind == KIND(EMERGENCY))) {
        raise(s, kind == KIND(EMERGENCY) ? CAUSE(EMERGENCY) : CAUSE(PROTECTIVE), now, session, device);
        return 0;
    }
    s->emergency_latched = true;
    s->causes |= BIT(CAUSE(EMERGENCY));
    if (s->state != STATE(INITIALISING) && s->state != STATE(EMERGENCY_STOP) && s->state != STATE(FAULT) &&
        s->state != STATE(FALL)) {
        s->category = CATEGORY(ZERO);
        move_by(s, STATE(EMERGENCY_STOP), CAUSE(EMERGENCY), 12, now, session, device);
    }
    return 0;
}

/* A cause that holds no more and led to no stop is gone: there is nothing that a reset could clear it from. */
static void forget(pons_supervisor *s, int cause) {
    bool is_stopped = s->state != STATE(OFF) && s->state != STATE(STANDBY) && s->state != STATE(OPERATIONAL) &&
                      s->state != STATE(REDUCED);
    if (!is_stopped && !(s->active & BIT(cause))) s->causes &= ~BIT(cause);
}

int pons_safety_release(pons_supervisor *s, uint64_t session, uint32_t device, int64_t now) {
    pons_source *source = find(s, device, session);
    if (!source) return REASON(UNKNOWN_NAME);
    if (source->is_active) source->since_ns = now;
    source->is_active = false;
    source->is_used = device != 0;
    if (!pons_safety_any_source(s)) forget(s, CAUSE(PROTECTIVE));
    return 0;
}

void pons_safety_detected(pons_supervisor *s, int cause, int64_t now) {
    s->active |= BIT(cause);
    raise(s, cause, now, 0, 0);
}

void pons_safety_cleared(pons_supervisor *s, int cause) {
    s->active &= ~BIT(cause);
    forget(s, cause);
}

/* ---- Leaving a stop ------------------------------------------------------------------------------------------------------- */

static bool is_resettable(const pons_supervisor *s) {
    return s->state == STATE(PROTECTIVE_STOP) || s->state == STATE(EMERGENCY_STOP) || s->state == STATE(FAULT);
}

int pons_safety_request_reset(pons_supervisor *s, pons_requester who, uint64_t nonce, int64_t now) {
    if (!is_operator(who)) return REASON(PERMISSION_DENIED);
    if (!is_resettable(s)) return REASON(ILLEGAL_TRANSITION);
    s->blocked_by_source = pons_safety_any_source(s);
    if (s->blocked_by_source) return REASON(RESET_BLOCKED);
    s->has_reset = true;
    s->reset_nonce = nonce;
    s->reset_session = who.session;
    s->reset_expires_ns = now + s->parameters.nonce_validity_ns;
    return 0;
}

int pons_safety_confirm_reset(pons_supervisor *s, pons_requester who, uint64_t nonce, int64_t now) {
    if (!is_operator(who)) return REASON(PERMISSION_DENIED);
    bool is_known = s->has_reset && nonce != 0 && s->reset_nonce == nonce && s->reset_session == who.session;
    if (!is_known || now > s->reset_expires_ns) return REASON(NONCE_INVALID);
    s->has_reset = false;
    if (!is_resettable(s)) return REASON(ILLEGAL_TRANSITION);
    s->blocked_by_source = pons_safety_any_source(s);
    if (s->blocked_by_source || s->active) return REASON(RESET_BLOCKED);
    bool stays = s->state == STATE(PROTECTIVE_STOP) && s->hold == HOLD(HOLD);
    int edge = s->state == STATE(PROTECTIVE_STOP) ? 17 : s->state == STATE(EMERGENCY_STOP) ? 18 : 19;
    clear_stop(s);
    new_epoch(s);
    move_by(s, stays ? STATE(STANDBY) : STATE(OFF), CAUSE(RESET), edge, now, who.session, 0);
    return 0;
}

int pons_safety_resume(pons_supervisor *s, uint64_t id, pons_requester who, int64_t now) {
    if (!who.is_holder) return REASON(NOT_IN_CONTROL);
    if (s->state != STATE(PROTECTIVE_STOP) || s->hold != HOLD(HOLD)) {
        return pons_safety_latch(s) ? REASON(STOP_LATCHED) : REASON(ILLEGAL_TRANSITION);
    }
    if (recently(&s->resume_ids, id)) return REASON(ENABLE_REUSED);
    if (s->causes & ~auto_clear) return REASON(STOP_LATCHED);
    s->blocked_by_source = pons_safety_any_source(s);
    if (s->active || s->blocked_by_source) return REASON(RESET_BLOCKED);
    note(&s->resume_ids, id);
    clear_stop(s);
    move_by(s, STATE(STANDBY), CAUSE(RESUMED), 16, now, who.session, 0);
    return 0;
}

static void end_recovery(pons_supervisor *s, int64_t now) {
    if (s->recovery_from == STATE(FALL)) {
        clear_stop(s);
        new_epoch(s);
        move_to(s, STATE(OFF), CAUSE(RECOVERY), 22, now);
    } else {
        s->hold = HOLD(HOLD);
        move_to(s, STATE(PROTECTIVE_STOP), CAUSE(RECOVERY), 23, now);
    }
}

int pons_safety_recover(pons_supervisor *s, pons_requester who, bool hold_to_run, bool is_clear, int64_t now) {
    if (!is_operator(who)) return REASON(PERMISSION_DENIED);
    if (s->state == STATE(RECOVERY)) {
        if (!hold_to_run) end_recovery(s, now);
        return 0;
    }
    bool lies = s->state == STATE(FALL) || (s->state == STATE(OFF) && pons_safety_is_down(s));
    bool may = s->state == STATE(PROTECTIVE_STOP) || (s->state == STATE(FAULT) && !s->emergency_latched);
    if (!hold_to_run || !(lies || may)) return REASON(ILLEGAL_TRANSITION);
    if (lies && !is_clear) return REASON(INTERLOCK);
    int refusal = unclear(s);
    if (refusal) return refusal;
    s->recovery_from = lies ? STATE(FALL) : s->state;
    move_by(s, STATE(RECOVERY), CAUSE(RECOVERY), lies ? 22 : 23, now, who.session, 0);
    return 0;
}

int pons_safety_change_mode(pons_supervisor *s, int mode, pons_requester who, bool is_local, int64_t now) {
    if (!is_operator(who) && !is_local) return REASON(PERMISSION_DENIED);
    if (s->state != STATE(OFF) && s->state != STATE(STANDBY)) return REASON(ILLEGAL_TRANSITION);
    if (mode == MODE(STARTUP) || mode == MODE(UNSPECIFIED)) return REASON(UNKNOWN_ENUM);
    bool is_left_locally = s->mode == MODE(LOCAL_MANUAL) || s->mode == MODE(TEACH) || s->mode == MODE(SERVICE);
    if (is_left_locally && !is_local) return REASON(LOCAL_CONTROL);
    bool needs_service = mode == MODE(TEST) || mode == MODE(SERVICE);
    if (needs_service && who.role != ROLE(SERVICE) && !is_local) return REASON(PERMISSION_DENIED);
    if (mode == MODE(TEST) && !is_local && !s->parameters.is_simulator) return REASON(LOCAL_CONTROL);
    if (mode == s->mode) return 0;
    s->mode = mode;
    new_epoch(s);
    if (needs_service && s->state == STATE(STANDBY)) move_to(s, STATE(OFF), CAUSE(MODE_CHANGE), 24, now);
    return 0;
}

/* ---- The body, the envelope, time ------------------------------------------------------------------------------------- */

void pons_safety_observe(pons_supervisor *s, bool is_still, int stability, int64_t now) {
    s->is_still = is_still;
    s->stability = stability;
    /* Who is being helped up lies on the floor; falling once more is a fall. */
    bool is_down = stability == STABILITY(DOWN) && s->state != STATE(RECOVERY);
    if (s->parameters.is_legged && (stability == STABILITY(FALLING) || is_down)) raise(s, CAUSE(FALL), now, 0, 0);
    settle(s, now);
    if (s->is_disabling && is_still && (s->state == STATE(OPERATIONAL) || s->state == STATE(REDUCED))) {
        s->is_disabling = false;
        move_to(s, STATE(STANDBY), s->disable_cause, 7, now);
    }
    if (s->state == STATE(PROTECTIVE_STOP) && s->hold == HOLD(HOLD) && !is_still) {
        s->causes |= BIT(CAUSE(STANDSTILL_VIOLATION));
        s->hold = HOLD(OFF);
        move_to(s, STATE(PROTECTIVE_STOP), CAUSE(STANDSTILL_VIOLATION), 14, now);
    }
}

void pons_safety_envelope(pons_supervisor *s, bool is_reduced, int64_t now) {
    if (is_reduced) {
        s->is_reduced = true;
        s->has_restore = false;
    } else if (s->is_reduced && !s->has_restore) {
        s->has_restore = true;
        s->restore_at_ns = now + s->parameters.restore_delay_ns;
    }
}

void pons_safety_elapse(pons_supervisor *s, int64_t now) {
    if (is_stopping(s) && now >= s->stop_deadline_ns) {
        s->causes |= BIT(CAUSE(STOP_OVERRUN));
        move_to(s, STATE(FAULT), CAUSE(STOP_OVERRUN), 13, now);
    }
    if (s->has_restore && now >= s->restore_at_ns) s->is_reduced = s->has_restore = false;
    if (s->state == STATE(OPERATIONAL) && s->is_reduced) move_to(s, STATE(REDUCED), CAUSE(REDUCED), 6, now);
    if (s->state == STATE(REDUCED) && !s->is_reduced) move_to(s, STATE(OPERATIONAL), CAUSE(RESTORED), 6, now);
    if (s->has_reset && now > s->reset_expires_ns) s->has_reset = false;
}
