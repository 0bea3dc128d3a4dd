/* The descriptor of part DSC from the manifest, and the files that it refers to. Allocates; called once, at start. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "robot.h"

/* Where an allocation fails, everything after it is skipped, and pons_describe says so. */
typedef struct {
    bool failed;
} maker;

static void *make(maker *m, size_t size) {
    void *memory = m->failed ? NULL : calloc(1, size);
    if (!memory) m->failed = true;
    return memory;
}

static char *text(maker *m, const char *from) {
    size_t size = strlen(from) + 1;
    char *copy = make(m, size);
    if (copy) memcpy(copy, from, size);
    return copy ? copy : (char *)protobuf_c_empty_string;
}

static ProtobufCBinaryData digest(maker *m, const uint8_t *bytes) {
    ProtobufCBinaryData data = {32, make(m, 32)};
    if (data.data) memcpy(data.data, bytes, 32);
    return data;
}

static PB(Interval) *interval(maker *m, double lower, double upper) {
    PB(Interval) *i = make(m, sizeof *i);
    if (!i) return NULL;
    pons__v1__interval__init(i);
    PONS_SET(*i, Interval, lower, lower);
    PONS_SET(*i, Interval, upper, upper);
    return i;
}

static PB(JointDescription) *joint(maker *m, const pons_manifest *f, const pons_joint *j) {
    PB(JointDescription) *d = make(m, sizeof *d);
    if (!d) return NULL;
    pons__v1__joint_description__init(d);
    double margin = 0.025 * (j->upper - j->lower);
    d->name = text(m, j->name);
    d->type = PONS__V1__JOINT_TYPE__JOINT_TYPE_REVOLUTE;
    d->parent_link = text(m, j->parent);
    d->child_link = text(m, j->child);
    d->sign_convention = text(m, f->sign);
    d->zero_definition = text(m, f->zero);
    d->hard_position = interval(m, j->lower, j->upper);
    d->soft_position = interval(m, j->lower + margin, j->upper - margin);
    PONS_SET(*d, JointDescription, velocity_limit, j->velocity);
    PONS_SET(*d, JointDescription, acceleration_limit, j->velocity * f->acceleration_per_velocity);
    PONS_SET(*d, JointDescription, jerk_limit, j->velocity * f->jerk_per_velocity);
    PONS_SET(*d, JointDescription, effort_limit, j->effort);
    PONS_SET(*d, JointDescription, stiffness_limit, j->effort * f->stiffness_per_effort);
    PONS_SET(*d, JointDescription, damping_limit, j->effort * f->damping_per_effort);
    d->modes = make(m, 2 * sizeof *d->modes);
    if (d->modes) {
        d->n_modes = 2;
        d->modes[0] = PONS__V1__CONTROL_MODE__CONTROL_MODE_POSITION;
        d->modes[1] = PONS__V1__CONTROL_MODE__CONTROL_MODE_IMPEDANCE;
    }
    if (f->temperature_limit_c > 0) PONS_SET(*d, JointDescription, temperature_limit, f->temperature_limit_c);
    PONS_SET(*d, JointDescription, bump_tolerance, f->bump_tolerance_rad);
    PONS_SET(*d, JointDescription, following_error_limit, f->following_error_rad);
    PONS_SET(*d, JointDescription, following_error_time_ns, f->following_error_time_ns);
    return d;
}

static bool holds(const pons_part *part, const pons_joint *j) {
    for (int i = 0; i < part->chain_count; i++) {
        if (strcmp(part->chains[i], j->part) == 0) return true;
    }
    return part->chain_count == 0;
}

static void resources(maker *m, PB(Descriptor) *d, const pons_manifest *f) {
    d->resources = make(m, (size_t)f->part_count * sizeof *d->resources);
    for (int i = 0; d->resources && i < f->part_count; i++) {
        PB(ResourceDescription) *part = make(m, sizeof *part);
        if (!part) return;
        pons__v1__resource_description__init(part);
        part->id = (uint32_t)i + 1;
        part->name = text(m, f->parts[i].name);
        for (int k = 0; k < i; k++) {
            if (strcmp(f->parts[k].name, f->parts[i].parent) == 0) part->parent_id = (uint32_t)k + 1;
        }
        part->joint_indices = make(m, (size_t)f->joint_count * sizeof(uint32_t));
        for (int k = 0; part->joint_indices && k < f->joint_count; k++) {
            if (holds(&f->parts[i], &f->joints[k])) part->joint_indices[part->n_joint_indices++] = (uint32_t)k;
        }
        d->resources[d->n_resources++] = part;
    }
}

static void frame(maker *m, PB(Descriptor) *d, const char *name, const char *parent) {
    for (size_t i = 0; i < d->n_frames; i++) {
        if (strcmp(d->frames[i]->name, name) == 0) return;
    }
    PB(FrameDescription) *made = make(m, sizeof *made);
    if (!made || !d->frames) return;
    pons__v1__frame_description__init(made);
    made->name = text(m, name);
    made->parent = text(m, parent);
    d->frames[d->n_frames++] = made;
}

/* The base, the link that no joint moves, and the link that each sensor is on. */
static void frames(maker *m, PB(Descriptor) *d, const pons_manifest *f) {
    const char *root = "base";
    for (int i = 0; i < f->joint_count; i++) {
        bool is_moved = false;
        for (int k = 0; k < f->joint_count; k++) is_moved = is_moved || strcmp(f->joints[i].parent, f->joints[k].child) == 0;
        if (!is_moved) root = f->joints[i].parent;
    }
    d->frames = make(m, (size_t)(f->sensor_count + 2) * sizeof *d->frames);
    frame(m, d, "base", "");
    frame(m, d, root, "base");
    for (int i = 0; i < f->sensor_count; i++) frame(m, d, f->sensors[i].frame, root);
}

static PB(Pose) *nowhere(maker *m) {
    PB(Pose) *pose = make(m, sizeof *pose);
    PB(Vector3) *position = make(m, sizeof *position);
    PB(Quaternion) *orientation = make(m, sizeof *orientation);
    if (!pose || !position || !orientation) return NULL;
    pons__v1__pose__init(pose);
    pons__v1__vector3__init(position);
    pons__v1__quaternion__init(orientation);
    PONS_SET(*position, Vector3, x, 0);
    PONS_SET(*position, Vector3, y, 0);
    PONS_SET(*position, Vector3, z, 0);
    PONS_SET(*orientation, Quaternion, x, 0);
    PONS_SET(*orientation, Quaternion, y, 0);
    PONS_SET(*orientation, Quaternion, z, 0);
    PONS_SET(*orientation, Quaternion, w, 1);
    pose->position = position;
    pose->orientation = orientation;
    return pose;
}

static void sensors(maker *m, PB(Descriptor) *d, const pons_manifest *f) {
    if (f->sensor_count == 0) return;
    d->sensors = make(m, (size_t)f->sensor_count * sizeof *d->sensors);
    for (int i = 0; d->sensors && i < f->sensor_count; i++) {
        PB(SensorDescription) *sensor = make(m, sizeof *sensor);
        if (!sensor) return;
        pons__v1__sensor_description__init(sensor);
        sensor->id = text(m, f->sensors[i].id);
        sensor->kind = PONS__V1__SENSOR_KIND__SENSOR_KIND_IMU;
        sensor->frame = text(m, f->sensors[i].frame);
        sensor->extrinsics = nowhere(m);
        PONS_SET(*sensor, SensorDescription, nominal_rate_hz, f->sensors[i].rate_hz);
        sensor->latency_class = PONS__V1__LATENCY_CLASS__LATENCY_CLASS_FAST;
        sensor->stamp_source = PONS__V1__STAMP_SOURCE__STAMP_SOURCE_ARRIVAL;
        d->sensors[d->n_sensors++] = sensor;
    }
}

/* What this runtime keeps, whatever body is behind it. */
static void promises(maker *m, PB(Descriptor) *d, const pons_manifest *f) {
    PB(TimingDescription) *t = d->timing = make(m, sizeof *t);
    PB(ProtocolLimits) *l = d->limits = make(m, sizeof *l);
    if (!t || !l) return;
    pons__v1__timing_description__init(t);
    pons__v1__protocol_limits__init(l);
    PONS_SET(*t, TimingDescription, spinal_rate_hz, f->spinal_rate_hz);
    PONS_SET(*t, TimingDescription, small_brain_rate_hz, f->small_brain_rate_hz);
    PONS_SET(*t, TimingDescription, state_rate_hz, f->state_rate_hz);
    PONS_SET(*t, TimingDescription, setpoint_deadline_ns, f->setpoint_deadline_ns);
    PONS_SET(*t, TimingDescription, chunk_deadline_ns, 500 * (int64_t)PONS_MS);
    PONS_SET(*t, TimingDescription, setpoint_max_lead_ns, 100 * (int64_t)PONS_MS);
    PONS_SET(*t, TimingDescription, task_max_lead_ns, 2 * PONS_SECOND);
    PONS_SET(*t, TimingDescription, lease_duration_ns, PONS_SECOND);
    PONS_SET(*t, TimingDescription, heartbeat_period_ns, 100 * (int64_t)PONS_MS);
    PONS_SET(*t, TimingDescription, peer_timeout_ns, 300 * (int64_t)PONS_MS);
    PONS_SET(*t, TimingDescription, sync_validity_ns, 30 * PONS_SECOND);
    PONS_SET(*t, TimingDescription, max_observation_age_ns, 500 * (int64_t)PONS_MS);
    PONS_SET(*t, TimingDescription, safety_timeout_ns, 200 * (int64_t)PONS_MS);
    PONS_SET(*t, TimingDescription, array_skew_ns, 0);
    l->max_control_frame = PONS_PAYLOAD;
    l->max_datagram_frame = 1200;
    l->max_sessions = 8;
    l->max_concurrent_tasks = PONS_TASKS;
    l->max_chunk_horizon = PONS_MAX_HORIZON;
    l->max_string = 1024;
    l->max_plan_nodes = 256;
    PONS_SET(*l, ProtocolLimits, max_setpoint_rate_hz, 1000);
    l->command_memory = PONS_LEDGER;
    l->max_counter_gap = 1000000;
}

static PB(StopPlan) *plan(maker *m, const pons_stop *stop, bool is_emergency) {
    PB(StopPlan) *p = make(m, sizeof *p);
    if (!p) return NULL;
    pons__v1__stop_plan__init(p);
    p->kind = is_emergency ? KIND(EMERGENCY) : KIND(PROTECTIVE);
    p->posture = STABILITY(STATIC);
    p->category = (PB(StopCategory))(stop->category + 1);
    PONS_SET(*p, StopPlan, max_time_ns, stop->time_ns);
    PONS_SET(*p, StopPlan, max_travel, stop->travel_rad);
    p->method = text(m, stop->method);
    p->end_state = is_emergency ? STATE(EMERGENCY_STOP) : STATE(PROTECTIVE_STOP);
    return p;
}

static void safety(maker *m, PB(Descriptor) *d, const pons_manifest *f) {
    static const int clears[] = {CAUSE(PROTECTIVE),    CAUSE(HUMAN_TOO_CLOSE), CAUSE(LEASE_EXPIRED), CAUSE(LEASE_REVOKED),
                                 CAUSE(PEER_LOST),     CAUSE(NO_TIMESYNC),     CAUSE(PERCEPTION_LOST)};
    PB(SafetyDescription) *s = d->safety = make(m, sizeof *s);
    PB(StopSourceDescription) *source = make(m, sizeof *source);
    if (!s || !source) return;
    pons__v1__safety_description__init(s);
    pons__v1__stop_source_description__init(source);
    source->id = 1;
    source->name = text(m, "estop");
    source->kind = KIND(EMERGENCY);
    source->category = CATEGORY(ONE);
    source->acknowledge_place = PONS__V1__ACKNOWLEDGE_PLACE__ACKNOWLEDGE_PLACE_REMOTE_ALLOWED;
    s->stop_sources = make(m, sizeof *s->stop_sources);
    s->stop_plans = make(m, 2 * sizeof *s->stop_plans);
    s->auto_clear_causes = make(m, sizeof clears);
    if (m->failed) return;
    s->stop_sources[s->n_stop_sources++] = source;
    s->stop_plans[s->n_stop_plans++] = plan(m, &f->protective, false);
    s->stop_plans[s->n_stop_plans++] = plan(m, &f->emergency, true);
    for (size_t i = 0; i < sizeof clears / sizeof clears[0]; i++) s->auto_clear_causes[s->n_auto_clear_causes++] = (PB(Cause))clears[i];
    s->limit_policy = PONS__V1__LIMIT_POLICY__LIMIT_POLICY_REJECT;
    s->reset_place = PONS__V1__ACKNOWLEDGE_PLACE__ACKNOWLEDGE_PLACE_REMOTE_ALLOWED;
    PONS_SET(*s, SafetyDescription, settle_time_ns, f->emergency.time_ns);
    PONS_SET(*s, SafetyDescription, stop_self_test_interval_ns, 86400 * PONS_SECOND);
    PONS_SET(*s, SafetyDescription, selftest_time_ns, 100 * (int64_t)PONS_MS);
    PONS_SET(*s, SafetyDescription, reduced_speed, 0.3);
}

static char **texts(maker *m, size_t *count, const char *const *from, size_t size) {
    char **all = make(m, size * sizeof *all);
    for (*count = 0; all && *count < size; (*count)++) all[*count] = text(m, from[*count]);
    return all;
}

/* What this runtime serves; what else a manifest claims needs more than the kit has. */
bool pons_serves(const char *profile) {
    static const char *const served[] = {"CORE", "TASK", "CHUNK", "MOTION"};
    for (size_t i = 0; i < sizeof served / sizeof served[0]; i++) {
        if (strcmp(served[i], profile) == 0) return true;
    }
    return false;
}

static void claims(maker *m, PB(Descriptor) *d, const pons_manifest *f) {
    d->claims = make(m, (size_t)f->profile_count * sizeof *d->claims);
    for (int i = 0; d->claims && i < f->profile_count; i++) {
        if (!pons_serves(f->profiles[i])) continue;
        PB(ConformanceClaim) *claim = make(m, sizeof *claim);
        if (!claim) return;
        pons__v1__conformance_claim__init(claim);
        claim->profile = text(m, f->profiles[i]);
        claim->level = text(m, "L1");
        claim->spec_version = text(m, "1.0-draft");
        d->claims[d->n_claims++] = claim;
    }
}

/* ---- Files ---------------------------------------------------------------------------------------------------------------- */

static void add(pons_file *file, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int more = vsnprintf((char *)file->bytes + file->size, sizeof file->bytes - file->size, format, arguments);
    va_end(arguments);
    if (more > 0 && file->size + (size_t)more < sizeof file->bytes) file->size += (size_t)more;
}

/* URDF: links, joints and the limits that hold (DSC-09). Names have been checked by the manifest's reader. */
static void body_model(pons_file *file, const pons_manifest *f) {
    add(file, "<?xml version=\"1.0\"?>\n<robot name=\"%s\">\n", f->id);
    for (int i = 0; i < f->joint_count; i++) {
        bool is_child = false;
        for (int k = 0; k < f->joint_count; k++) is_child = is_child || strcmp(f->joints[i].parent, f->joints[k].child) == 0;
        for (int k = 0; k < i; k++) is_child = is_child || strcmp(f->joints[i].parent, f->joints[k].parent) == 0;
        if (!is_child) add(file, "  <link name=\"%s\"/>\n", f->joints[i].parent);
        add(file, "  <link name=\"%s\"/>\n", f->joints[i].child);
    }
    for (int i = 0; i < f->joint_count; i++) {
        const pons_joint *j = &f->joints[i];
        add(file, "  <joint name=\"%s\" type=\"revolute\"><parent link=\"%s\"/><child link=\"%s\"/>", j->name, j->parent, j->child);
        add(file, "<limit lower=\"%.9g\" upper=\"%.9g\" effort=\"%.9g\" velocity=\"%.9g\"/></joint>\n", j->lower, j->upper,
            j->effort, j->velocity);
    }
    add(file, "</robot>\n");
}

/* SPDX 2.3 (SEC-12). */
static void bill_of_materials(pons_file *file, const pons_manifest *f) {
    static const char *const packages[] = {"pons-kit-c", "protobuf-c", "libyaml", "openssl"};
    add(file, "{\"spdxVersion\":\"SPDX-2.3\",\"dataLicense\":\"CC0-1.0\",\"SPDXID\":\"SPDXRef-DOCUMENT\",\"name\":\"%s\",", f->id);
    add(file, "\"packages\":[");
    for (size_t i = 0; i < sizeof packages / sizeof packages[0]; i++) {
        add(file, "%s{\"SPDXID\":\"SPDXRef-%s\",\"name\":\"%s\",\"downloadLocation\":\"NOASSERTION\"}", i ? "," : "", packages[i],
            packages[i]);
    }
    add(file, "]}");
}

static PB(ContentReference) *reference(maker *m, const pons_file *file, const char *name) {
    PB(ContentReference) *made = make(m, sizeof *made);
    if (!made) return NULL;
    pons__v1__content_reference__init(made);
    made->media_type = text(m, file->media_type);
    made->sha256 = digest(m, file->sha256);
    made->size = file->size;
    made->name = text(m, name);
    return made;
}

static void files(maker *m, pons_robot *r) {
    body_model(&r->files[0], &r->manifest);
    bill_of_materials(&r->files[1], &r->manifest);
    snprintf(r->files[0].media_type, PONS_NAME, "application/urdf+xml");
    snprintf(r->files[1].media_type, PONS_NAME, "application/spdx+json");
    for (int i = 0; i < PONS_FILES; i++) r->config.sha256(r->files[i].bytes, r->files[i].size, r->files[i].sha256);
    r->descriptor->body_models = make(m, sizeof *r->descriptor->body_models);
    if (m->failed) return;
    r->descriptor->body_models[r->descriptor->n_body_models++] = reference(m, &r->files[0], "body");
    r->descriptor->software_bill_of_materials = reference(m, &r->files[1], r->manifest.id);
}

/* ---- The whole ------------------------------------------------------------------------------------------------------------- */

void pons_description_seal(pons_robot *r) {
    r->description_size = protobuf_c_message_pack(&r->descriptor->base, r->description);
    r->config.sha256(r->description, r->description_size, r->description_sha256);
    size_t plans = 0;
    for (size_t i = 0; i < r->descriptor->safety->n_stop_plans; i++) {
        plans += protobuf_c_message_pack(&r->descriptor->safety->stop_plans[i]->base, r->scratch + plans);
    }
    r->config.sha256(r->scratch, plans, r->stop_plan_sha256);
}

bool pons_describe(pons_robot *r) {
    static const char *const features[] = {"joint-position", "joint-impedance", "action-chunk", "task", "injection"};
    static const char *const spaces[] = {"joint-position"};
    static const char *const skills[] = {"wait"};
    maker all = {0}, *m = &all;
    const pons_manifest *f = &r->manifest;
    PB(Descriptor) *d = r->descriptor = make(m, sizeof *d);
    if (!d) return false;
    pons__v1__descriptor__init(d);
    d->vendor = text(m, f->vendor);
    d->model = text(m, f->model);
    d->serial_number = text(m, f->is_simulated ? "SIM" : "UNKNOWN");
    d->hardware_version = text(m, f->hardware);
    d->firmware_version = text(m, r->config.firmware_version);
    d->simulator = f->is_simulated;
    d->lab_mode = r->config.is_lab;
    d->descriptor_epoch = 1;
    d->joints = make(m, (size_t)f->joint_count * sizeof *d->joints);
    for (int i = 0; d->joints && i < f->joint_count; i++) d->joints[d->n_joints++] = joint(m, f, &f->joints[i]);
    resources(m, d, f);
    frames(m, d, f);
    sensors(m, d, f);
    promises(m, d, f);
    safety(m, d, f);
    claims(m, d, f);
    /* What hardware can't do is not promised: the last feature is a simulator's. */
    d->features = texts(m, &d->n_features, features, f->is_simulated ? 5 : 4);
    d->action_spaces = texts(m, &d->n_action_spaces, spaces, 1);
    d->skills = texts(m, &d->n_skills, skills, 1);
    d->vulnerability_contact = text(m, "https://pons.invalid/security (put your own here)");
    if (!m->failed) files(m, r);
    if (m->failed || protobuf_c_message_get_packed_size(&d->base) > sizeof r->description) return false;
    pons_description_seal(r);
    return true;
}
