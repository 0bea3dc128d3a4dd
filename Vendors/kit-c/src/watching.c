/* What the robot watches besides its commands: deadlines, stop sources that check in, joints that lag, heat, charge, touch. */
#include <string.h>

#include "robot.h"

#define CONTACT_LIMIT_N 140.0f /* quasi-static, chest: order of the technical specification on collaborative robots */
#define CRITICAL_CHARGE 0.05
#define DERATE_MARGIN_K 10.0f
#define RESTORE_MARGIN_K 15.0f
#define DERATED_SHARE 0.5f

/* ---- Stop sources that check in (SAF-30) ---------------------------------------------------------------------------------- */

static pons_check_in *check_in_of(pons_robot *r, uint32_t device) {
    for (int i = 0; i < PONS_CHECK_INS; i++) {
        if (r->check_ins[i].is_used && r->check_ins[i].device == device) return &r->check_ins[i];
    }
    return NULL;
}

static void stop_by(pons_robot *r, uint32_t device, int64_t now) {
    int kind = KIND(PROTECTIVE);
    for (int i = 0; i < PONS_SOURCES; i++) {
        const pons_source *source = &r->supervisor.sources[i];
        if (source->is_used && source->device == device) kind = source->kind;
    }
    pons_safety_stop(&r->supervisor, kind, 0, device, false, false, now);
    pons_carry_out(r, now);
}

bool pons_on_configure(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(StopSourceConfigure) *request = raw;
    const PB(StopSourceDescription) *source = request->source;
    int role = r->peers[link].role;
    if (role != ROLE(OPERATOR) && role != ROLE(SERVICE)) return pons_reject(why, REASON(PERMISSION_DENIED), "");
    if (pons_safety_permits_motion(&r->supervisor)) return pons_reject(why, REASON(ILLEGAL_TRANSITION), "");
    /* What is built in can't be configured away. */
    if (source->id == 1) return pons_reject(why, REASON(ID_REUSED), "source.id");
    pons_check_in *place = check_in_of(r, source->id);
    if (request->remove) {
        if (place) place->is_used = false;
        pons_safety_release(&r->supervisor, 0, source->id, now);
        pons_safety_remove(&r->supervisor, source->id);
        return true;
    }
    if (!source->has_check_in_timeout_ns_case || source->check_in_timeout_ns <= 0) {
        return pons_reject(why, REASON(FIELD_MISSING), "source.check_in_timeout_ns");
    }
    for (int i = 0; i < PONS_CHECK_INS && !place; i++) {
        if (!r->check_ins[i].is_used) place = &r->check_ins[i];
    }
    if (!place) return pons_reject_limit(why, REASON(LIMIT_EXCEEDED), "source", PONS_CHECK_INS);
    pons_safety_declare(&r->supervisor, source->id, (int)source->kind);
    *place = (pons_check_in){.is_used = true, .device = source->id, .timeout_ns = source->check_in_timeout_ns, .heard_ns = now};
    return true;
}

void pons_on_check_in(pons_robot *r, int link, const PB(StopSourceCheckIn) *message, int64_t now) {
    pons_check_in *source = check_in_of(r, message->source_id);
    uint64_t session = r->peers[link].session;
    /* The first that checks in owns the source: another one can't keep a dead source alive. */
    if (!source || (source->has_session && source->session != session)) return;
    source->has_session = true;
    source->session = session;
    source->heard_ns = now;
    if (message->active) {
        stop_by(r, message->source_id, now);
    } else if (source->is_missing) {
        source->is_missing = false;
        pons_safety_release(&r->supervisor, 0, message->source_id, now);
        pons_carry_out(r, now);
    }
}

static void watch_check_ins(pons_robot *r, int64_t now) {
    for (int i = 0; i < PONS_CHECK_INS; i++) {
        pons_check_in *source = &r->check_ins[i];
        if (!source->is_used || source->is_missing || now - source->heard_ns <= source->timeout_ns) continue;
        source->is_missing = true;
        stop_by(r, source->device, now);
    }
}

/* A test of the stop path is no stop: only where nothing moves anyway (SAF-29). */
bool pons_on_stop_self_test(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)raw, (void)extra;
    int role = r->peers[link].role;
    if (role == ROLE(OBSERVER) || role == ROLE(STOP_ONLY)) return pons_reject(why, REASON(PERMISSION_DENIED), "");
    if (pons_safety_permits_motion(&r->supervisor)) return pons_reject(why, REASON(ILLEGAL_TRANSITION), "");
    r->stop_tested_ns = r->next_status_ns = now;
    return true;
}

/* ---- The body ------------------------------------------------------------------------------------------------------------- */

/* Joints that don't follow their targets (MOT-17). */
void pons_watch_lag(pons_robot *r, int64_t now) {
    int64_t patience = INT64_MAX;
    for (int i = 0; r->command.permission == PONS_RUN && i < r->joints; i++) {
        float lag = r->command.position[i] - r->measurement.position[i];
        bool is_late = lag > r->limits[i].lag || lag < -r->limits[i].lag;
        if (is_late && r->limits[i].lag_ns < patience) patience = r->limits[i].lag_ns;
    }
    if (patience == INT64_MAX) {
        r->has_lag = false;
    } else if (!r->has_lag) {
        r->has_lag = true;
        r->lags_since_ns = now;
    } else if (now - r->lags_since_ns > patience) {
        r->has_lag = false;
        pons_pulse(r, CAUSE(FOLLOWING_ERROR), now);
    }
}

static void watch_contact(pons_robot *r, int64_t now) {
    bool is_touched = r->measurement.contact_force > CONTACT_LIMIT_N;
    bool is_new = is_touched && !r->is_touched;
    r->is_touched = is_touched;
    if (is_new) pons_pulse(r, CAUSE(CONTACT_LIMIT), now);
}

/* Slower first, then a stop (SAF-24). */
static void watch_heat(pons_robot *r, int64_t now) {
    float margin = 1e9f;
    for (int i = 0; i < r->joints; i++) {
        float each = r->limits[i].temperature - r->measurement.temperature[i];
        if (each < margin) margin = each;
    }
    int heat = margin <= 0 ? 2 : margin < (r->heat ? RESTORE_MARGIN_K : DERATE_MARGIN_K) ? 1 : 0;
    int was = r->heat;
    if (heat == was) return;
    r->heat = heat;
    if ((heat > 0) != (was > 0)) {
        pons_safety_envelope(&r->supervisor, heat > 0, now);
        /* Told first: the next status leaves at once, the limits shrink after it. */
        r->next_status_ns = now;
        r->has_shrink = heat > 0;
        r->shrink_ns = now + 50 * (int64_t)PONS_MS;
    }
    if (heat == 2) pons_safety_detected(&r->supervisor, CAUSE(THERMAL), now);
    else if (was == 2) pons_safety_cleared(&r->supervisor, CAUSE(THERMAL));
    pons_carry_out(r, now);
}

static void watch_battery(pons_robot *r, int64_t now) {
    bool is_critical = r->measurement.charge < CRITICAL_CHARGE;
    if (is_critical == r->is_battery_critical) return;
    r->is_battery_critical = is_critical;
    if (is_critical) pons_safety_detected(&r->supervisor, CAUSE(BATTERY), now);
    else pons_safety_cleared(&r->supervisor, CAUSE(BATTERY));
    pons_carry_out(r, now);
}

bool pons_is_envelope_reduced(const pons_robot *r) { return r->has_shrink || r->supervisor.state == STATE(REDUCED); }

float pons_share_in_force(const pons_robot *r) {
    bool is_shrunk = r->has_shrink ? r->now >= r->shrink_ns : r->supervisor.state == STATE(REDUCED);
    return is_shrunk ? DERATED_SHARE : 1;
}

static void watch_local_control(pons_robot *r, int64_t now) {
    const pons_requester local = {0, ROLE(OPERATOR), true};
    if (!r->is_local || now < r->local_until_ns) return;
    r->is_local = false;
    pons_safety_change_mode(&r->supervisor, MODE(TEST), local, true, now);
    pons_carry_out(r, now);
}

void pons_watch(pons_robot *r, int64_t now) {
    pons_expire_leases(r, now);
    watch_check_ins(r, now);
    watch_local_control(r, now);
    watch_contact(r, now);
    if (r->tick % 10 == 0) {
        watch_heat(r, now);
        watch_battery(r, now);
    }
    if (pons_safety_permits_motion(&r->supervisor)) {
        bool is_dry = r->source == PONS_CHUNKS && r->player.has_underrun &&
                      now - r->player.underrun_ns > r->descriptor->timing->chunk_deadline_ns;
        if (pons_setpoint_is_late(r, now) || is_dry) pons_pulse(r, CAUSE(COMMAND_TIMEOUT), now);
    }
    pons_safety_elapse(&r->supervisor, now);
    pons_carry_out(r, now);
}
