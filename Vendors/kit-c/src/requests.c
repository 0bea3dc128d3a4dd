/* Requests about authority and safety, and what the supervisor's transitions mean for the rest of the robot. */
#include <stdio.h>
#include <string.h>

#include "robot.h"

#define LEASE_END(name) PONS__V1__LEASE_END__LEASE_END_##name
#define ACTION(name) PONS__V1__AUTHORITY_ACTION__AUTHORITY_ACTION_##name

static PB(Lease) lease_message(const pons_lease *lease) {
    PB(Lease) message = PONS__V1__LEASE__INIT;
    message.resource_id = lease->resource;
    message.epoch = lease->epoch;
    message.sequence = lease->sequence;
    message.holder_session = lease->session;
    message.expires_ns = lease->expires_ns;
    return message;
}

static void report_end(pons_robot *r, const pons_lease *lease, int end, int64_t now) {
    PB(Lease) ended = lease_message(lease);
    PB(LeaseEnded) event = PONS__V1__LEASE_ENDED__INIT;
    event.lease = &ended;
    event.end = (PB(LeaseEnd))end;
    event.time_ns = now;
    pons_broadcast(r, &event.base, &pons_table_LeaseEnded);
    r->next_status_ns = now;
}

void pons_end_leases(pons_robot *r, uint64_t session, bool all, int end, int64_t now) {
    for (int i = 0; i < PONS_MAX_PARTS; i++) {
        pons_lease *lease = &r->authority.leases[i];
        if (!lease->is_held || !(all || lease->session == session)) continue;
        lease->is_held = false;
        report_end(r, lease, end, now);
    }
}

void pons_expire_leases(pons_robot *r, int64_t now) {
    pons_lease ended[PONS_MAX_PARTS];
    int count = 0;
    for (int i = 0; i < PONS_MAX_PARTS; i++) {
        pons_lease *lease = &r->authority.leases[i];
        if (!lease->is_held || now <= lease->expires_ns) continue;
        lease->is_held = false;
        ended[count++] = *lease;
    }
    if (count == 0) return;
    pons_drop_queues(r, CAUSE(LEASE_EXPIRED), now);
    pons_pulse(r, CAUSE(LEASE_EXPIRED), now);
    for (int i = 0; i < count; i++) report_end(r, &ended[i], LEASE_END(EXPIRED), now);
}

bool pons_may_move(pons_robot *r, const pons_peer *p, uint32_t resource, uint64_t epoch, uint64_t sequence, pons_rejection *why) {
    int reason = pons_authority_refusal(&r->authority, resource, p->session, epoch, sequence, r->supervisor.epoch);
    if (!reason) return true;
    pons_reject(why, reason, "");
    why->holder = pons_holder_session(&r->authority, resource);
    return false;
}

/* Taking over goes through monitored standstill: the old holder's motion is stopped first (CMD-08). */
static int take_over(pons_robot *r, const pons_peer *p, uint32_t resource, int64_t expires, pons_lease *lease, int64_t now) {
    if (p->role != ROLE(OPERATOR) && p->role != ROLE(SERVICE)) return REASON(PERMISSION_DENIED);
    pons_lease ended[PONS_MAX_PARTS];
    int count = 0;
    int reason = pons_take_over(&r->authority, resource, p->session, r->supervisor.epoch, expires, lease, ended, &count);
    for (int i = 0; i < count; i++) report_end(r, &ended[i], LEASE_END(REVOKED), now);
    if (count > 0 && pons_safety_permits_motion(&r->supervisor)) {
        pons_drop_queues(r, CAUSE(LEASE_REVOKED), now);
        pons_pulse(r, CAUSE(LEASE_REVOKED), now);
    }
    return reason;
}

static int give_up(pons_robot *r, const pons_peer *p, uint32_t resource, uint64_t *holder, int64_t now) {
    pons_lease lease;
    if (pons_safety_permits_motion(&r->supervisor) && pons_is_holder(&r->authority, p->session)) {
        pons_safety_disable(&r->supervisor, pons_requester_of(r, p), CAUSE(DISABLED));
        pons_carry_out(r, now);
    }
    int reason = pons_give_up(&r->authority, resource, p->session, &lease, holder);
    if (!reason) report_end(r, &lease, LEASE_END(RELEASED), now);
    return reason;
}

bool pons_on_authority(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(AuthorityRequest) *request = raw;
    pons_peer *p = &r->peers[link];
    if (p->role != ROLE(CONTROLLER) && p->role != ROLE(OPERATOR) && p->role != ROLE(SERVICE)) {
        return pons_reject(why, REASON(PERMISSION_DENIED), "");
    }
    /* Whose certificate has ended keeps what it holds until the lease ends, and gets no more (SEC-09). */
    bool is_over = p->trust.valid_for_ns >= 0 && now - p->opened_ns >= p->trust.valid_for_ns;
    if (request->action != ACTION(RELEASE) && is_over) return pons_reject(why, REASON(PERMISSION_DENIED), "");
    pons_lease lease = {0};
    uint64_t holder = 0;
    int64_t expires = now + r->descriptor->timing->lease_duration_ns;
    int reason = REASON(UNKNOWN_ENUM);
    switch ((int)request->action) {
        case ACTION(ACQUIRE):
            reason = pons_acquire(&r->authority, request->resource_id, p->session, r->supervisor.epoch, expires, &lease, &holder);
            break;
        case ACTION(TAKE): reason = take_over(r, p, request->resource_id, expires, &lease, now); break;
        case ACTION(RENEW):
            reason = pons_renew(&r->authority, request->resource_id, p->session, request->epoch, request->sequence, expires,
                                &lease, &holder);
            break;
        case ACTION(RELEASE): reason = give_up(r, p, request->resource_id, &holder, now); break;
        default: break;
    }
    if (reason) {
        pons_reject(why, reason, "");
        why->holder = holder;
        return false;
    }
    if (request->action == ACTION(RELEASE)) return true;
    PB(Lease) message = lease_message(&lease);
    PB(LeaseGranted) granted = PONS__V1__LEASE_GRANTED__INIT;
    granted.command_id = request->command_id;
    granted.lease = &message;
    pons_send(r, link, &granted.base, &pons_table_LeaseGranted);
    if (request->action != ACTION(RENEW)) {
        pons_gate_restart(&p->gate);
        r->next_status_ns = now;
    }
    return true;
}

/* ---- What the supervisor did ---------------------------------------------------------------------------------------------- */

static const char *cause_name(int cause) {
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(&pons__v1__cause__descriptor, cause);
    return value ? value->name + strlen("CAUSE_") : "?";
}

static const char *state_name(int state) {
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(&pons__v1__safety_state__descriptor, state);
    return value ? value->name + strlen("SAFETY_STATE_") : "?";
}

static void report(pons_robot *r, const pons_transition *step, int64_t now) {
    PB(Cause) causes[32];
    PB(SafetyEvent) event = PONS__V1__SAFETY_EVENT__INIT;
    event.sequence = step->sequence;
    event.time_ns = event.detected_ns = step->time_ns;
    event.from = (PB(SafetyState))step->from;
    event.to = (PB(SafetyState))step->to;
    event.cause = (PB(Cause))step->cause;
    event.all_causes = causes;
    for (int cause = 1; cause < 64 && event.n_all_causes < 32; cause++) {
        if (step->causes >> cause & 1) causes[event.n_all_causes++] = (PB(Cause))cause;
    }
    event.category = (PB(StopCategory))step->category;
    event.source_session = step->session;
    event.source_id = step->device;
    event.edge = (uint32_t)step->edge;
    event.hold = (PB(StopHold))step->hold;
    pons_log(r, step->session, now, "%s to %s, %s", state_name(step->from), state_name(step->to), cause_name(step->cause));
    pons_broadcast(r, &event.base, &pons_table_SafetyEvent);
}

/* Leases, queues and chunk ids end with their epoch (SAF-11). */
static void purge(pons_robot *r, int64_t now) {
    pons_end_leases(r, 0, true, LEASE_END(RESET), now);
    pons_player_restart(&r->player);
    r->source = PONS_NO_SOURCE;
    for (int link = 0; link < PONS_MAX_LINKS; link++) pons_gate_restart(&r->peers[link].gate);
    pons_abort_tasks(r, CAUSE(RESET), now);
}

void pons_carry_out(pons_robot *r, int64_t now) {
    pons_supervisor *s = &r->supervisor;
    if (s->purge) {
        s->purge = false;
        purge(r, now);
    }
    for (int i = 0; i < s->waiting; i++) report(r, &s->transitions[i], now);
    if (s->waiting) r->next_status_ns = now;
    s->waiting = 0;
    bool is_running = pons_safety_permits_motion(s);
    bool has_ended = r->was_running && !is_running;
    r->was_running = is_running;
    if (has_ended) pons_motion_ended(r, now);
}

void pons_pulse(pons_robot *r, int cause, int64_t now) {
    pons_safety_detected(&r->supervisor, cause, now);
    pons_safety_cleared(&r->supervisor, cause);
    pons_carry_out(r, now);
}

static void block(pons_rejection *why, const char *name) {
    if (why->blocking_count == PONS_BLOCKING) return;
    snprintf(why->blocking[why->blocking_count++], sizeof why->blocking[0], "%s", name);
}

/* Carries out what a request did, or says why it was refused and what is in the way. */
static bool settled(pons_robot *r, int reason, int64_t now, pons_rejection *why) {
    bool is_blocked = r->supervisor.blocked_by_source;
    r->supervisor.blocked_by_source = false;
    pons_carry_out(r, now);
    if (!reason) return true;
    pons_reject(why, reason, "");
    if (reason == REASON(INTERLOCK) && pons_safety_is_down(&r->supervisor)) block(why, "posture");
    for (int i = 0; is_blocked && i < PONS_SOURCES; i++) {
        const pons_source *source = &r->supervisor.sources[i];
        char name[40];
        if (!source->is_active) continue;
        if (source->device == 1) snprintf(name, sizeof name, "estop");
        else if (source->device) snprintf(name, sizeof name, "device:%u", source->device);
        else snprintf(name, sizeof name, "session:%llx", (unsigned long long)source->session);
        block(why, name);
    }
    return false;
}

/* ---- Requests ------------------------------------------------------------------------------------------------------------ */

bool pons_on_stop(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(StopRequest) *request = raw;
    bool is_confirmed = request->stop_plan_sha256.len == 32 && memcmp(request->stop_plan_sha256.data, r->stop_plan_sha256, 32) == 0;
    uint64_t session = request->source_id ? 0 : r->peers[link].session;
    int reason = pons_safety_stop(&r->supervisor, (int)request->kind, session, request->source_id, request->hard, is_confirmed, now);
    return settled(r, reason, now, why);
}

bool pons_on_release(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(StopRelease) *request = raw;
    uint64_t session = request->source_id ? 0 : r->peers[link].session;
    r->next_status_ns = now;
    return settled(r, pons_safety_release(&r->supervisor, session, request->source_id, now), now, why);
}

bool pons_on_reset(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(ResetRequest) *request = raw;
    uint64_t nonce = pons_random(r);
    int reason = pons_safety_request_reset(&r->supervisor, pons_requester_of(r, &r->peers[link]), nonce, now);
    if (!settled(r, reason, now, why)) return false;
    PB(ResetChallenge) challenge = PONS__V1__RESET_CHALLENGE__INIT;
    challenge.command_id = request->command_id;
    challenge.nonce = nonce;
    challenge.expires_ns = now + r->supervisor.parameters.nonce_validity_ns;
    pons_send(r, link, &challenge.base, &pons_table_ResetChallenge);
    return true;
}

bool pons_on_reset_confirm(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(ResetConfirm) *request = raw;
    pons_requester who = pons_requester_of(r, &r->peers[link]);
    return settled(r, pons_safety_confirm_reset(&r->supervisor, who, request->nonce, now), now, why);
}

bool pons_on_power(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(PowerRequest) *request = raw;
    bool is_on = request->action == PONS__V1__POWER_ACTION__POWER_ACTION_ON;
    return settled(r, pons_safety_power(&r->supervisor, is_on, pons_requester_of(r, &r->peers[link]), now), now, why);
}

bool pons_on_enable(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(EnableRequest) *request = raw;
    pons_peer *p = &r->peers[link];
    if (p->has_fingerprint_mismatch) return pons_reject(why, REASON(FINGERPRINT_MISMATCH), "");
    const pons_lease *lease = pons_any_lease(&r->authority);
    bool is_own = lease && lease->session == p->session;
    if (is_own && request->lease_sequence != 0 && request->lease_sequence != lease->sequence) {
        return pons_reject(why, REASON(LEASE_OLD), "");
    }
    if (now - r->stop_tested_ns > r->descriptor->safety->stop_self_test_interval_ns) {
        pons_reject(why, REASON(INTERLOCK), "");
        block(why, "stop_self_test");
        return false;
    }
    bool is_synchronised = pons_peer_is_synchronised(p, PONS_TASK_CLOCK_BOUND_NS, now);
    int reason = pons_safety_enable(&r->supervisor, request->enable_id, pons_requester_of(r, p), is_synchronised, now);
    if (!settled(r, reason, now, why)) return false;
    r->needs_bump_check = true;
    r->source = PONS_NO_SOURCE;
    pons_shaper_start(&r->shaper, r->measurement.position);
    /* The small brain's next cycle may be a millisecond away: nothing of before is handed on until then. */
    memcpy(r->command.position, r->shaper.position, sizeof r->command.position);
    for (int i = 0; i < PONS_MAX_LINKS; i++) pons_gate_restart(&r->peers[i].gate);
    return true;
}

bool pons_on_disable(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)raw, (void)extra;
    return settled(r, pons_safety_disable(&r->supervisor, pons_requester_of(r, &r->peers[link]), CAUSE(DISABLED)), now, why);
}

bool pons_on_resume(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(ResumeRequest) *request = raw;
    pons_requester who = pons_requester_of(r, &r->peers[link]);
    return settled(r, pons_safety_resume(&r->supervisor, request->resume_id, who, now), now, why);
}

bool pons_on_recovery(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(RecoveryRequest) *request = raw;
    pons_requester who = pons_requester_of(r, &r->peers[link]);
    return settled(r, pons_safety_recover(&r->supervisor, who, request->hold_to_run, request->surroundings_clear, now), now, why);
}

bool pons_on_mode(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(ModeRequest) *request = raw;
    pons_requester who = pons_requester_of(r, &r->peers[link]);
    return settled(r, pons_safety_change_mode(&r->supervisor, (int)request->mode, who, false, now), now, why);
}
