/* Setpoints, chunks and tasks: from a message to a target, and from targets to what the body is told. */
#include <stdio.h>
#include <string.h>

#include "robot.h"

#define LOW_CHARGE 0.15
#define TASK(name) PONS__V1__TASK_STATE__TASK_STATE_##name

/* ---- Checks that commands share ------------------------------------------------------------------------------------------ */

static bool is_current(const pons_robot *r, uint32_t epoch, pons_rejection *why) {
    if (epoch == r->descriptor->descriptor_epoch) return true;
    return pons_reject_limit(why, REASON(DESCRIPTOR_MISMATCH), "descriptor_epoch", r->descriptor->descriptor_epoch);
}

/* Stamps of a sender whose clock is not known well enough mean nothing (TIM-04). */
static bool is_synchronised(const pons_peer *p, int64_t bound_ns, const char *path, int64_t now, pons_rejection *why) {
    if (pons_peer_is_synchronised(p, bound_ns, now)) return true;
    return pons_reject_limit(why, REASON(NO_TIMESYNC), path, (double)bound_ns);
}

static bool is_enabled(const pons_robot *r, pons_rejection *why) {
    int reason = pons_safety_motion_refusal(&r->supervisor);
    return reason ? pons_reject(why, reason, "") : true;
}

/* REMOTE_MANUAL takes setpoints of a person only: nothing that runs on by itself (CMD-19). */
static bool is_autonomy_enabled(const pons_robot *r, pons_rejection *why) {
    if (!is_enabled(r, why)) return false;
    return r->supervisor.mode == MODE(REMOTE_MANUAL) ? pons_reject(why, REASON(MODE_FORBIDS), "") : true;
}

/* The first target after enable lies where the robot is (MOT-07). */
static bool is_near(pons_robot *r, const float *targets, pons_rejection *why) {
    if (!r->needs_bump_check) return true;
    for (int i = 0; i < r->joints; i++) {
        const pons_limits *limit = &r->limits[i];
        float nearest = r->measurement.position[i];
        /* A joint that hangs beyond a soft limit may be asked to where it is allowed to be again. */
        if (nearest < limit->soft_lower) nearest = limit->soft_lower;
        if (nearest > limit->soft_upper) nearest = limit->soft_upper;
        float way = targets[i] - nearest;
        if (way > limit->bump || way < -limit->bump) {
            return pons_reject_element(why, REASON(BUMP_REJECTED), "position", (size_t)i, limit->bump);
        }
    }
    r->needs_bump_check = false;
    return true;
}

/* ---- Setpoints ----------------------------------------------------------------------------------------------------------- */

static bool gains_hold(const pons_robot *r, const float *gains, size_t count, const char *name, bool is_damping,
                       pons_rejection *why) {
    for (size_t i = 0; i < count; i++) {
        float limit = is_damping ? r->limits[i].damping : r->limits[i].stiffness;
        if (!(gains[i] >= 0 && gains[i] <= limit)) return pons_reject_element(why, REASON(GAIN_LIMIT), name, i, limit);
    }
    return true;
}

static bool content_holds(const pons_robot *r, const PB(JointSetpoint) *m, pons_rejection *why) {
    int mode = (int)m->mode;
    if (mode != PONS__V1__CONTROL_MODE__CONTROL_MODE_POSITION && mode != PONS__V1__CONTROL_MODE__CONTROL_MODE_IMPEDANCE) {
        return pons_reject(why, mode == 0 ? REASON(UNKNOWN_ENUM) : REASON(UNSUPPORTED), "mode");
    }
    if (m->n_position == 0) return pons_reject(why, REASON(FIELD_MISSING), "position");
    if (!gains_hold(r, m->stiffness, m->n_stiffness, "stiffness", false, why)) return false;
    if (!gains_hold(r, m->damping, m->n_damping, "damping", true, why)) return false;
    for (size_t i = 0; i < m->n_position; i++) {
        if (!pons_check_position(&r->limits[i], m->position[i], "position", i, why)) return false;
    }
    for (size_t i = 0; i < m->n_velocity; i++) {
        if (!pons_check_symmetric(m->velocity[i], r->limits[i].velocity, "velocity", i, why)) return false;
    }
    for (size_t i = 0; i < m->n_effort; i++) {
        if (!pons_check_symmetric(m->effort[i], r->limits[i].effort, "effort", i, why)) return false;
    }
    return true;
}

static bool accept(pons_robot *r, int link, const PB(JointSetpoint) *m, int64_t now, pons_rejection *why) {
    pons_peer *p = &r->peers[link];
    if (!pons_may_move(r, p, m->resource_id, m->lease_epoch, m->lease_sequence, why)) return false;
    if (pons_is_holder(&r->authority, p->session)) r->holder_link = link;
    double rate = r->descriptor->limits->max_setpoint_rate_hz;
    if (pons_peer_is_too_fast(p, rate, now)) return pons_reject_limit(why, REASON(RATE_LIMIT), "", rate);
    if (!is_current(r, m->descriptor_epoch, why)) return false;
    if (!is_synchronised(p, PONS_SETPOINT_CLOCK_BOUND_NS, "stamp_ns", now, why)) return false;
    if (!is_enabled(r, why)) return false;
    pons_gate *g = &p->gate;
    int64_t lead = r->descriptor->timing->setpoint_max_lead_ns;
    int reason = pons_gate_check(g, m->sequence, m->stamp_ns, m->valid_until_ns, lead, now);
    if (reason) {
        bool is_order = reason == REASON(DUPLICATE) || (g->has_accepted && m->sequence < g->accepted);
        return pons_reject(why, reason, is_order ? "sequence" : "stamp_ns");
    }
    if (!content_holds(r, m, why) || !is_near(r, m->position, why)) return false;
    pons_gate_accept(g, m->sequence, m->stamp_ns, now);
    r->has_setpoint = true;
    r->setpoint_fed_ns = now;
    pons_player_clear(&r->player);
    size_t size = sizeof(float) * (size_t)r->joints;
    memcpy(r->targets, m->position, size);
    memcpy(r->commanded, m->position, size);
    r->command.has_gains = m->n_stiffness > 0 && m->n_damping > 0;
    if (r->command.has_gains) {
        memcpy(r->command.stiffness, m->stiffness, size);
        memcpy(r->command.damping, m->damping, size);
    }
    r->source = PONS_SETPOINTS;
    r->pending_sequence = m->sequence;
    return true;
}

/* Told at most a hundred times a second for each reason; bytes without a sequence are refused by their frame. */
static void report_refusal(pons_robot *r, int link, const pons_rejection *why, const PB(JointSetpoint) *m,
                           const pons_header *header, int64_t now) {
    int64_t *last = &r->refused_ns[why->reason & 127];
    if (now - *last < 10 * (int64_t)PONS_MS) return;
    *last = now;
    if (!m || !m->has_sequence_case) {
        pons_refuse(r, link, why, header);
        return;
    }
    PB(SetpointRejected) told = PONS__V1__SETPOINT_REJECTED__INIT;
    told.sequence = m->sequence;
    told.reason = (PB(RejectReason))why->reason;
    told.field_path = (char *)why->path;
    if (why->has_limit) PONS_SET(told, SetpointRejected, limit, why->limit);
    told.received_ns = now;
    told.holder_session = why->holder;
    pons_send(r, link, &told.base, &pons_table_SetpointRejected);
}

void pons_on_setpoint(pons_robot *r, int link, const pons_header *header, const uint8_t *payload, int64_t now) {
    pons_rejection why;
    bool is_good = pons_check(&pons_table_JointSetpoint, payload, header->length, (uint32_t)r->joints, &why);
    const PB(JointSetpoint) *m = (PB(JointSetpoint) *)pons_unpack(r, &pons_table_JointSetpoint, payload, header->length);
    if (is_good && !m) is_good = pons_reject(&why, REASON(LIMIT_EXCEEDED), "");
    if (is_good && accept(r, link, m, now, &why)) return;
    r->peers[link].gate.rejected++;
    report_refusal(r, link, &why, m, header, now);
}

/* ---- Chunks --------------------------------------------------------------------------------------------------------------- */

static bool chunk_time_holds(const pons_robot *r, const PB(ActionChunk) *m, int64_t now, pons_rejection *why) {
    int64_t lead = r->descriptor->timing->task_max_lead_ns, age = r->descriptor->timing->max_observation_age_ns;
    int reason = pons_check_time(m->start_ns, m->valid_until_ns, lead, now);
    if (reason == REASON(TOO_FAR)) return pons_reject_limit(why, reason, "start_ns", (double)lead);
    if (reason) return pons_reject(why, reason, reason == REASON(EXPIRED) ? "valid_until_ns" : "start_ns");
    int64_t observed = m->based_on_observation_ns;
    if (observed > now || (observed < now - age)) {
        return pons_reject_limit(why, REASON(STALE_OBSERVATION), "based_on_observation_ns", (double)age);
    }
    return true;
}

static bool chunk_size_holds(const pons_robot *r, const PB(ActionChunk) *m, pons_rejection *why) {
    uint32_t longest = r->descriptor->limits->max_chunk_horizon;
    if (m->n_gripper_opening > 0) return pons_reject_limit(why, REASON(WRONG_COUNT), "gripper_opening", 0);
    if (m->horizon > longest) return pons_reject_limit(why, REASON(LIMIT_EXCEEDED), "horizon", longest);
    if (m->commit_prefix > m->horizon) return pons_reject_limit(why, REASON(OUT_OF_RANGE), "commit_prefix", m->horizon);
    return true;
}

static bool is_known_space(const pons_robot *r, const char *space) {
    for (size_t i = 0; i < r->descriptor->n_action_spaces; i++) {
        if (strcmp(r->descriptor->action_spaces[i], space) == 0) return true;
    }
    return false;
}

static bool enqueue(pons_robot *r, const PB(ActionChunk) *m, int64_t now, pons_rejection *why, uint32_t *first_step) {
    if (m->chunk_id <= r->player.newest_id) return pons_reject(why, REASON(STALE), "chunk_id");
    pons_chunk *chunk = pons_player_slot(&r->player);
    bool replaces = r->player.next >= 0; /* the slot holds one that waits: it stays until this one is accepted */
    pons_chunk timing = {.start_ns = m->start_ns, .period_ns = m->step_period_ns};
    int64_t first = pons_chunk_first_step(&timing, now);
    if (first >= m->horizon) return pons_reject(why, REASON(EXPIRED), "horizon");
    if (!is_near(r, m->position + first * r->joints, why)) return false;
    if (replaces) r->player.next = -1;
    chunk->id = m->chunk_id;
    chunk->start_ns = m->start_ns;
    chunk->period_ns = m->step_period_ns;
    chunk->horizon = (int32_t)m->horizon;
    chunk->commit_prefix = (int32_t)m->commit_prefix;
    memcpy(chunk->positions, m->position, sizeof(float) * m->n_position);
    pons_player_enqueue(&r->player, chunk, now);
    r->has_setpoint = false;
    r->source = PONS_CHUNKS;
    *first_step = (uint32_t)first;
    return true;
}

bool pons_on_chunk(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    const PB(ActionChunk) *m = raw;
    pons_peer *p = &r->peers[link];
    if (!pons_may_move(r, p, m->resource_id, m->lease_epoch, m->lease_sequence, why)) return false;
    if (!is_current(r, m->descriptor_epoch, why)) return false;
    if (!is_synchronised(p, PONS_TASK_CLOCK_BOUND_NS, "start_ns", now, why)) return false;
    if (!is_autonomy_enabled(r, why)) return false;
    if (!is_known_space(r, m->space)) return pons_reject(why, REASON(UNKNOWN_NAME), "space");
    if (!chunk_size_holds(r, m, why) || !chunk_time_holds(r, m, now, why)) return false;
    for (size_t i = 0; i < m->n_position; i++) {
        if (!pons_check_position(&r->limits[i % (size_t)r->joints], m->position[i], "position", i, why)) return false;
    }
    return enqueue(r, m, now, why, extra);
}

/* ---- Tasks: this robot knows the skill `wait` ---------------------------------------------------------------------------- */

static bool is_alive(const pons_task *t) {
    return t->is_used && (t->state == TASK(QUEUED) || t->state == TASK(RUNNING) || t->state == TASK(PAUSED));
}

int pons_active_tasks(const pons_robot *r) {
    int count = 0;
    for (int i = 0; i < PONS_TASKS; i++) count += is_alive(&r->tasks[i]);
    return count;
}

static void change(pons_robot *r, pons_task *t, int state, int cause, int64_t now) {
    PB(TaskEvent) event = PONS__V1__TASK_EVENT__INIT;
    event.command_id = t->command_id;
    event.task_id = t->id;
    event.from = (PB(TaskState))t->state;
    event.to = (PB(TaskState))state;
    event.cause = (PB(Cause))cause;
    event.time_ns = now;
    t->state = state;
    pons_broadcast(r, &event.base, &pons_table_TaskEvent);
}

void pons_abort_tasks(pons_robot *r, int cause, int64_t now) {
    for (int i = 0; i < PONS_TASKS; i++) {
        if (is_alive(&r->tasks[i])) change(r, &r->tasks[i], TASK(ABORTED_BY_SAFETY), cause, now);
    }
}

static void advance_tasks(pons_robot *r, int64_t now) {
    pons_task *first = NULL;
    bool is_busy = false;
    for (int i = 0; i < PONS_TASKS; i++) {
        pons_task *t = &r->tasks[i];
        is_busy = is_busy || (is_alive(t) && t->state != TASK(QUEUED));
        if (is_alive(t) && t->state == TASK(QUEUED) && (!first || t->command_id < first->command_id)) first = t;
    }
    if (first && !is_busy) {
        first->ends_ns = now + first->length_ns;
        change(r, first, TASK(RUNNING), 0, now);
    }
    for (int i = 0; i < PONS_TASKS; i++) {
        pons_task *t = &r->tasks[i];
        if (is_alive(t) && t->state == TASK(RUNNING) && now >= t->ends_ns) change(r, t, TASK(SUCCEEDED), 0, now);
    }
}

static int64_t length_of(const PB(PlanNode) *node) {
    int64_t sum = 0, longest = 3600 * PONS_SECOND;
    for (size_t i = 0; i < node->n_parameters; i++) {
        const PB(Parameter) *p = node->parameters[i];
        if (p->value_case != PONS__V1__PARAMETER__VALUE_DURATION_NS || p->duration_ns < 0) continue;
        sum += p->duration_ns < longest ? p->duration_ns : longest;
    }
    for (size_t i = 0; i < node->n_children; i++) sum += length_of(node->children[i]);
    return sum;
}

static bool is_frame(const pons_robot *r, const char *name) {
    for (size_t i = 0; i < r->descriptor->n_frames; i++) {
        if (strcmp(r->descriptor->frames[i]->name, name) == 0) return true;
    }
    return false;
}

static bool plan_holds(const pons_robot *r, const PB(PlanNode) *node, const char *path, pons_rejection *why) {
    char below[sizeof why->path];
    if (node->kind == PONS__V1__NODE_KIND__NODE_KIND_SKILL && strcmp(node->skill, "wait") != 0) {
        snprintf(below, sizeof below, "%.110s.skill", path);
        return pons_reject(why, REASON(UNKNOWN_NAME), below);
    }
    for (size_t i = 0; i < node->n_parameters; i++) {
        if (!node->parameters[i]->frame[0] || is_frame(r, node->parameters[i]->frame)) continue;
        snprintf(below, sizeof below, "%.80s.parameters[%zu].frame", path, i);
        return pons_reject(why, REASON(UNKNOWN_NAME), below);
    }
    for (size_t i = 0; i < node->n_children; i++) {
        snprintf(below, sizeof below, "%.80s.children[%zu]", path, i);
        if (!plan_holds(r, node->children[i], below, why)) return false;
    }
    return true;
}

bool pons_on_task(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(TaskRequest) *m = raw;
    if (!pons_may_move(r, &r->peers[link], m->resource_id, m->lease_epoch, m->lease_sequence, why)) return false;
    if (!is_current(r, m->descriptor_epoch, why) || !is_autonomy_enabled(r, why)) return false;
    int64_t start = m->has_start_ns_case ? m->start_ns : now;
    int reason = pons_check_time(start, m->valid_until_ns, r->descriptor->timing->task_max_lead_ns, now);
    if (reason) return pons_reject(why, reason, "valid_until_ns");
    if (m->map_id[0]) return pons_reject(why, REASON(UNKNOWN_NAME), "map_id");
    if (!plan_holds(r, m->root, "root", why)) return false;
    pons_task *place = NULL;
    for (int i = 0; i < PONS_TASKS; i++) {
        if (!is_alive(&r->tasks[i])) place = &r->tasks[i];
    }
    if (!place) return pons_reject_limit(why, REASON(LIMIT_EXCEEDED), "tasks", PONS_TASKS);
    if (r->measurement.charge < LOW_CHARGE) {
        pons_reject_limit(why, REASON(INTERLOCK), "battery", LOW_CHARGE);
        snprintf(why->blocking[why->blocking_count++], sizeof why->blocking[0], "battery");
        return false;
    }
    *place = (pons_task){.is_used = true, .command_id = m->command_id, .state = TASK(QUEUED), .length_ns = length_of(m->root)};
    snprintf(place->id, sizeof place->id, "%s", m->task_id);
    return true;
}

bool pons_on_task_control(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(TaskControl) *m = raw;
    if (!pons_is_holder(&r->authority, r->peers[link].session)) return pons_reject(why, REASON(NOT_IN_CONTROL), "");
    pons_task *t = NULL;
    for (int i = 0; i < PONS_TASKS; i++) {
        if (is_alive(&r->tasks[i]) && strcmp(r->tasks[i].id, m->task_id) == 0) t = &r->tasks[i];
    }
    int next = 0;
    if (t && m->action == PONS__V1__TASK_ACTION__TASK_ACTION_CANCEL) next = TASK(CANCELLED);
    if (t && m->action == PONS__V1__TASK_ACTION__TASK_ACTION_PAUSE && t->state == TASK(RUNNING)) next = TASK(PAUSED);
    if (t && m->action == PONS__V1__TASK_ACTION__TASK_ACTION_RESUME && t->state == TASK(PAUSED)) next = TASK(RUNNING);
    if (!next) return pons_reject(why, REASON(NO_SUCH_TASK), "task_id");
    change(r, t, next, 0, now);
    return true;
}

/* ---- The small brain's cycle, 500 Hz -------------------------------------------------------------------------------------- */

void pons_drop_queues(pons_robot *r, int cause, int64_t now) {
    pons_player_clear(&r->player);
    r->source = PONS_NO_SOURCE;
    pons_abort_tasks(r, cause, now);
}

bool pons_setpoint_is_late(const pons_robot *r, int64_t now) {
    return r->has_setpoint && now - r->setpoint_fed_ns > r->descriptor->timing->setpoint_deadline_ns;
}

static void run(pons_robot *r, int64_t now, float seconds) {
    float share = pons_share_in_force(r);
    if (r->source == PONS_SETPOINTS) {
        if (pons_setpoint_is_late(r, now)) pons_shaper_coast(&r->shaper, seconds);
        else pons_shaper_follow(&r->shaper, r->targets, r->limits, share, seconds);
        if (!r->has_applied || r->applied_sequence != r->pending_sequence) {
            r->has_applied = true;
            r->applied_sequence = r->pending_sequence;
            r->applied_ns = now;
        }
    } else if (r->source == PONS_CHUNKS && pons_player_targets(&r->player, now, r->joints, r->commanded)) {
        pons_shaper_follow(&r->shaper, r->commanded, r->limits, share, seconds);
    } else {
        pons_shaper_decelerate(&r->shaper, r->limits, seconds);
    }
}

void pons_move_small_brain(pons_robot *r, int64_t now) {
    const float seconds = 0.002f;
    switch (pons_safety_permission(&r->supervisor)) {
        case PONS_RUN: run(r, now, seconds); break;
        case PONS_DECELERATE:
        case PONS_SETTLE: pons_shaper_decelerate(&r->shaper, r->limits, seconds); break;
        case PONS_HOLD: break;
        default: pons_shaper_start(&r->shaper, r->measurement.position);
    }
    memcpy(r->command.position, r->shaper.position, sizeof r->command.position);
    memcpy(r->command.velocity, r->shaper.velocity, sizeof r->command.velocity);
    advance_tasks(r, now);
}

void pons_motion_ended(pons_robot *r, int64_t now) {
    r->has_setpoint = false;
    r->source = PONS_NO_SOURCE;
    r->needs_bump_check = true;
    int cause = CAUSE(DISABLED);
    for (int each = 63; each > 0; each--) {
        if (r->supervisor.causes >> each & 1) cause = each;
    }
    pons_abort_tasks(r, cause, now);
    pons_player_clear(&r->player);
}
