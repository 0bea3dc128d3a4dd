/* What the robot tells: state, safety status, streams, statistics of its loop, the audit log. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "robot.h"

static const double bounds[PONS_LATENESS - 1] = {50e-6, 100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3};

/* A cycle began this late; later than a whole cycle is an overrun (MOT-02). */
void pons_note_cycle(pons_robot *r, int64_t lateness_ns) {
    double seconds = (double)lateness_ns / 1e9;
    int place = 0;
    while (place < PONS_LATENESS - 1 && seconds > bounds[place]) place++;
    r->lateness[place]++;
    r->cycles++;
    if (lateness_ns > PONS_MS) r->overruns++;
    if (seconds > r->worst_lateness) r->worst_lateness = seconds;
}

/* To those who subscribed. */
static bool has_listeners(const pons_robot *r, const pons_table *table) {
    for (int link = 0; link < PONS_MAX_LINKS; link++) {
        const pons_peer *p = &r->peers[link];
        if (p->phase == PONS_OPEN && p->subscriptions[table->type_id / 64 % 4] >> table->type_id % 64 & 1) return true;
    }
    return false;
}

static void publish(pons_robot *r, const ProtobufCMessage *message, const pons_table *table) {
    uint32_t length = (uint32_t)protobuf_c_message_pack(message, r->scratch);
    for (int link = 0; link < PONS_MAX_LINKS; link++) {
        pons_peer *p = &r->peers[link];
        if (p->phase != PONS_OPEN || !(p->subscriptions[table->type_id / 64 % 4] >> table->type_id % 64 & 1)) continue;
        pons_peer_send(p, table->type_id, table->stream_class, r->scratch, length, r->now);
    }
}

static void publish_state(pons_robot *r, int64_t now) {
    const pons_table *table = &pons_table_WholeBodyState;
    r->state_sequence++;
    if (!has_listeners(r, table)) return;
    const pons_supervisor *s = &r->supervisor;
    size_t count = (size_t)r->joints;
    uint64_t none = 0, brakes = 0;
    if (pons_safety_permission(s) == PONS_OFF) brakes = count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
    uint64_t prefix = 0;
    for (int i = 0; i < 8; i++) prefix |= (uint64_t)r->description_sha256[i] << (8 * i);
    PB(WholeBodyState) m = PONS__V1__WHOLE_BODY_STATE__INIT;
    PONS_SET(m, WholeBodyState, sequence, r->state_sequence);
    PONS_SET(m, WholeBodyState, capture_ns, r->measurement.capture_ns);
    PONS_SET(m, WholeBodyState, safety_state, (PB(SafetyState))s->state);
    PONS_SET(m, WholeBodyState, operating_mode, (PB(OperatingMode))s->mode);
    PONS_SET(m, WholeBodyState, descriptor_epoch, r->descriptor->descriptor_epoch);
    PONS_SET(m, WholeBodyState, authority_epoch, s->epoch);
    if (r->has_applied) {
        PONS_SET(m, WholeBodyState, applied_sequence, r->applied_sequence);
        PONS_SET(m, WholeBodyState, applied_ns, r->applied_ns);
    }
    m.n_position = m.n_velocity = m.n_effort = m.n_commanded = m.n_applied = count;
    m.position = r->measurement.position;
    m.velocity = r->measurement.velocity;
    m.effort = r->measurement.effort;
    m.commanded = r->commanded;
    m.applied = r->command.position;
    m.n_limited_mask = m.n_brake_mask = m.n_fault_mask = 1;
    m.limited_mask = m.fault_mask = &none;
    m.brake_mask = &brakes;
    m.n_imu = 10;
    m.imu = r->measurement.imu;
    pons_gate none_yet = {0};
    const pons_gate *g = r->holder_link >= 0 ? &r->peers[r->holder_link].gate : &none_yet;
    if (g->has_received) PONS_SET(m, WholeBodyState, received_sequence, g->received);
    if (g->has_accepted) PONS_SET(m, WholeBodyState, accepted_sequence, g->accepted);
    if (g->ever_accepted) PONS_SET(m, WholeBodyState, received_ns, g->accepted_receive_ns);
    PONS_SET(m, WholeBodyState, rejected_setpoints, g->rejected);
    PONS_SET(m, WholeBodyState, lost_setpoints, g->lost);
    PONS_SET(m, WholeBodyState, queue_depth, (uint32_t)(pons_player_depth(&r->player, now) + pons_active_tasks(r)));
    PONS_SET(m, WholeBodyState, clock_uncertainty_ns, 1000);
    PONS_SET(m, WholeBodyState, sync_source, PONS__V1__SYNC_SOURCE__SYNC_SOURCE_NONE);
    PONS_SET(m, WholeBodyState, descriptor_hash_prefix, prefix);
    PONS_SET(m, WholeBodyState, test_active, s->mode == MODE(TEST));
    publish(r, &m.base, table);
}

void pons_send_status(pons_robot *r, int link, int64_t now) {
    const pons_supervisor *s = &r->supervisor;
    PB(SafetyStatus) m = PONS__V1__SAFETY_STATUS__INIT;
    PB(StopSourceStatus) sources[PONS_SOURCES], *places[PONS_SOURCES];
    PB(Cause) causes[32];
    m.sequence = ++r->status_sequence;
    m.time_ns = now;
    m.state = (PB(SafetyState))s->state;
    m.hold = (PB(StopHold))s->hold;
    m.mode = (PB(OperatingMode))s->mode;
    m.stability = (PB(Stability))s->stability;
    m.category = (PB(StopCategory))s->category;
    m.authority_epoch = s->epoch;
    m.torque_on = r->command.permission != PONS_OFF && pons_safety_permission(s) != PONS_OFF;
    m.brakes_on = !m.torque_on;
    m.test_active = s->mode == MODE(TEST);
    m.insecure = r->config.is_lab;
    m.causes = causes;
    for (int cause = 1; cause < 64 && m.n_causes < 32; cause++) {
        if (s->causes >> cause & 1) causes[m.n_causes++] = (PB(Cause))cause;
    }
    m.sources = places;
    for (int i = 0; i < PONS_SOURCES; i++) {
        const pons_source *from = &s->sources[i];
        if (!from->is_used) continue;
        PB(StopSourceStatus) *to = places[m.n_sources] = &sources[m.n_sources];
        m.n_sources++;
        pons__v1__stop_source_status__init(to);
        to->id = from->device;
        to->enabled = true;
        to->active = from->is_active;
        to->since_ns = from->since_ns;
        to->kind = (PB(StopKind))from->kind;
        to->session = from->session;
    }
    m.queue_depth = (uint32_t)(pons_player_depth(&r->player, now) + pons_active_tasks(r));
    if (pons_is_envelope_reduced(r)) PONS_SET(m, SafetyStatus, speed_scale, 0.5);
    const pons_lease *lease = pons_any_lease(&r->authority);
    if (lease) {
        m.holder_session = lease->session;
        m.lease_sequence = lease->sequence;
        m.lease_expires_ns = lease->expires_ns;
    }
    m.descriptor_sha256 = (ProtobufCBinaryData){32, r->description_sha256};
    m.descriptor_epoch = r->descriptor->descriptor_epoch;
    m.stop_self_test_age_ns = now - r->stop_tested_ns;
    m.stop_plan_sha256 = (ProtobufCBinaryData){32, r->stop_plan_sha256};
    m.wrong_session_frames = r->wrong_session_frames;
    m.integrity_errors = r->integrity_errors;
    for (int i = 0; i < PONS_CHECK_INS; i++) m.fail_safe_values |= r->check_ins[i].is_used && r->check_ins[i].is_missing;
    if (link >= 0) pons_send(r, link, &m.base, &pons_table_SafetyStatus);
    else pons_broadcast(r, &m.base, &pons_table_SafetyStatus);
}

static void publish_chunk_status(pons_robot *r, int64_t now) {
    if (r->source != PONS_CHUNKS || now - r->chunk_status_ns < 20 * (int64_t)PONS_MS) return;
    r->chunk_status_ns = now;
    const pons_chunk *chunk = pons_player_running(&r->player);
    PB(ChunkStatus) m = PONS__V1__CHUNK_STATUS__INIT;
    m.chunk_id = chunk ? chunk->id : r->player.newest_id;
    m.underrun = r->player.has_underrun;
    if (chunk) {
        int64_t step = now < chunk->start_ns ? 0 : (now - chunk->start_ns) / chunk->period_ns;
        m.step_index = (uint32_t)(step < chunk->horizon ? step : chunk->horizon - 1);
        m.step_total = (uint32_t)chunk->horizon;
    }
    m.steps_left = (uint32_t)pons_player_depth(&r->player, now);
    m.time_ns = now;
    pons_broadcast(r, &m.base, &pons_table_ChunkStatus);
}

static void publish_slow(pons_robot *r) {
    PB(BatteryState) battery = PONS__V1__BATTERY_STATE__INIT;
    battery.capture_ns = r->measurement.capture_ns;
    PONS_SET(battery, BatteryState, charge, r->measurement.charge);
    PONS_SET(battery, BatteryState, voltage, r->measurement.voltage);
    PONS_SET(battery, BatteryState, current, r->measurement.current);
    publish(r, &battery.base, &pons_table_BatteryState);
    PB(JointHealth) health = PONS__V1__JOINT_HEALTH__INIT;
    health.capture_ns = r->measurement.capture_ns;
    health.n_temperature = (size_t)r->joints;
    health.temperature = r->measurement.temperature;
    publish(r, &health.base, &pons_table_JointHealth);
}

/* What the inertial unit measures, at the rate that is declared for it. */
static void publish_inertia(pons_robot *r, int64_t now) {
    const pons_sensor *sensor = &r->manifest.sensors[0];
    if (r->tick % r->inertia_cycles || !has_listeners(r, &pons_table_ImuSample)) return;
    const float *imu = r->measurement.imu;
    PB(CaptureHeader) header = PONS__V1__CAPTURE_HEADER__INIT;
    header.sensor_id = (char *)sensor->id;
    PONS_SET(header, CaptureHeader, sequence, r->tick / r->inertia_cycles);
    PONS_SET(header, CaptureHeader, capture_midpoint_ns, r->measurement.capture_ns);
    PONS_SET(header, CaptureHeader, exposure_ns, 0);
    PONS_SET(header, CaptureHeader, publish_ns, now);
    header.stamp_source = PONS__V1__STAMP_SOURCE__STAMP_SOURCE_ARRIVAL;
    PONS_SET(header, CaptureHeader, uncertainty_ns, 1000);
    header.valid = true;
    header.fault = PONS__V1__SENSOR_FAULT__SENSOR_FAULT_NONE;
    header.frame = (char *)sensor->frame;
    PB(Quaternion) orientation = PONS__V1__QUATERNION__INIT;
    PONS_SET(orientation, Quaternion, x, imu[0]);
    PONS_SET(orientation, Quaternion, y, imu[1]);
    PONS_SET(orientation, Quaternion, z, imu[2]);
    PONS_SET(orientation, Quaternion, w, imu[3]);
    PB(Vector3) vectors[2];
    for (int i = 0; i < 2; i++) {
        pons__v1__vector3__init(&vectors[i]);
        PONS_SET(vectors[i], Vector3, x, imu[4 + 3 * i]);
        PONS_SET(vectors[i], Vector3, y, imu[5 + 3 * i]);
        PONS_SET(vectors[i], Vector3, z, imu[6 + 3 * i]);
    }
    PB(ImuSample) sample = PONS__V1__IMU_SAMPLE__INIT;
    sample.header = &header;
    sample.orientation = &orientation;
    sample.angular_velocity = &vectors[0];
    sample.specific_force = &vectors[1];
    publish(r, &sample.base, &pons_table_ImuSample);
}

static void publish_loop(pons_robot *r, int64_t now) {
    PB(Histogram) latency = PONS__V1__HISTOGRAM__INIT;
    latency.name = (char *)"cycle-lateness";
    latency.unit = PONS__V1__UNIT__UNIT_SECOND;
    latency.n_upper_bounds = PONS_LATENESS - 1;
    latency.upper_bounds = (double *)bounds;
    latency.n_counts = PONS_LATENESS;
    latency.counts = r->lateness;
    latency.total = r->cycles;
    PONS_SET(latency, Histogram, max, r->worst_lateness);
    PB(LoopStatistics) m = PONS__V1__LOOP_STATISTICS__INIT;
    m.time_ns = now;
    m.tier = PONS__V1__TIER__TIER_SPINAL;
    m.cycles = r->cycles;
    m.overruns = r->overruns;
    m.latency = &latency;
    publish(r, &m.base, &pons_table_LoopStatistics);
}

/* ---- Audit: append-only, each entry hashed with the one before it (SEC-10) ------------------------------------------------ */

void pons_log(pons_robot *r, uint64_t session, int64_t now, const char *format, ...) {
    pons_audit_entry *entry = &r->audit[r->audit_count % PONS_AUDIT];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(entry->what, sizeof entry->what, format, arguments);
    va_end(arguments);
    entry->sequence = ++r->audit_count;
    entry->session = session;
    entry->time_ns = now;
    PB(AuditEntry) m = PONS__V1__AUDIT_ENTRY__INIT;
    uint8_t chained[32 + 256];
    m.sequence = entry->sequence;
    m.time_ns = now;
    m.what = entry->what;
    m.session = session;
    memcpy(chained, r->audit_last, 32);
    r->config.sha256(chained, 32 + protobuf_c_message_pack(&m.base, chained + 32), r->audit_last);
    memcpy(entry->sha256, r->audit_last, 32);
}

bool pons_on_audit(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)now, (void)extra;
    const PB(AuditRequest) *request = raw;
    pons_peer *p = &r->peers[link];
    if (p->role != ROLE(OPERATOR) && p->role != ROLE(SERVICE)) return pons_reject(why, REASON(PERMISSION_DENIED), "");
    p->audit_next = request->from_sequence > 0 ? request->from_sequence : 1;
    return true;
}

/* Piece by piece: at once it would be more than may wait on a link. */
static void publish_audit(pons_robot *r) {
    for (int link = 0; link < PONS_MAX_LINKS; link++) {
        pons_peer *p = &r->peers[link];
        if (!p->audit_next || p->phase != PONS_OPEN || p->is_congested) continue;
        uint64_t oldest = r->audit_count > PONS_AUDIT ? r->audit_count - PONS_AUDIT + 1 : 1;
        if (p->audit_next < oldest) p->audit_next = oldest;
        for (int i = 0; i < 64 && p->audit_next <= r->audit_count; i++, p->audit_next++) {
            pons_audit_entry *entry = &r->audit[(p->audit_next - 1) % PONS_AUDIT];
            PB(AuditEntry) m = PONS__V1__AUDIT_ENTRY__INIT;
            m.sequence = entry->sequence;
            m.time_ns = entry->time_ns;
            m.what = entry->what;
            m.session = entry->session;
            m.sha256 = (ProtobufCBinaryData){32, entry->sha256};
            pons_send(r, link, &m.base, &pons_table_AuditEntry);
        }
        if (p->audit_next > r->audit_count) p->audit_next = 0;
    }
}

void pons_publish(pons_robot *r, int64_t now) {
    if (r->tick % r->state_cycles == 0) publish_state(r, now);
    if (now >= r->next_status_ns) {
        r->next_status_ns = now + 50 * (int64_t)PONS_MS;
        pons_send_status(r, -1, now);
    }
    publish_chunk_status(r, now);
    publish_audit(r);
    if (r->inertia_cycles) publish_inertia(r, now);
    if (r->tick % 500 == 0) publish_slow(r);
    if (r->tick % 100 == 0) publish_loop(r, now);
}
