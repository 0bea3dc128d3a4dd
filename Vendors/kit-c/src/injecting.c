/* What a tester does to the robot in TEST mode, and how it is taken back (part CNF). */
#include "robot.h"

#define INJECTION(name) PONS__V1__INJECTION_KIND__INJECTION_KIND_##name

static void change_tool(pons_robot *r, int64_t now) {
    r->descriptor->descriptor_epoch++;
    pons_description_seal(r);
    PB(DescriptorChanged) event = PONS__V1__DESCRIPTOR_CHANGED__INIT;
    event.descriptor_epoch = r->descriptor->descriptor_epoch;
    event.sha256 = (ProtobufCBinaryData){32, r->description_sha256};
    event.what = (char *)"tool change";
    event.time_ns = now;
    pons_broadcast(r, &event.base, &pons_table_DescriptorChanged);
    r->next_status_ns = now;
}

static double bounded(double value, double limit) { return value > limit ? limit : value < -limit ? -limit : value; }

/* An event leaves nothing behind; a stop source that is pressed keeps the robot in the mode; local control ends by itself. */
static bool leaves_nothing(int kind) {
    return kind == INJECTION(ROBOT_CLOCK_STEP) || kind == INJECTION(TOOL_CHANGE) || kind == INJECTION(STALL_LOOP) ||
           kind == INJECTION(LOCAL_CONTROL) || kind == INJECTION(POWER_CYCLE) || kind == INJECTION(STOP_SOURCE);
}

/* What is there before an injection: a body is held and pushed by nothing, and is as warm and as full as it measures. */
static pons_undo before(const pons_robot *r, int kind, uint32_t index) {
    pons_undo undo = {.kind = kind, .index = index};
    switch (kind) {
        case INJECTION(UTC_STEP): undo.ns = r->utc_step_ns; break;
        case INJECTION(SELF_TEST_AGE): undo.ns = r->stop_tested_ns; break;
        case INJECTION(INTERLOCK): undo.value = r->supervisor.interlocks_ok; break;
        case INJECTION(STATE_OF_CHARGE): undo.value = r->measurement.charge; break;
        case INJECTION(TEMPERATURE):
            if (index < (uint32_t)r->joints) undo.value = r->measurement.temperature[index];
            break;
        default: break;
    }
    return undo;
}

/* How it was before the first injection of a kind and index is what counts. */
static bool is_noted(const pons_robot *r, int kind, uint32_t index) {
    for (int i = 0; i < r->undo_count; i++) {
        if (r->undos[i].kind == kind && r->undos[i].index == index) return true;
    }
    return false;
}

static void take_back(pons_robot *r, const pons_undo *undo, int64_t now) {
    switch (undo->kind) {
        case INJECTION(UTC_STEP): r->utc_step_ns = undo->ns; break;
        case INJECTION(SELF_TEST_AGE): /* a test of the stop path since then counts */
            if (r->stop_tested_ns < undo->ns) r->stop_tested_ns = undo->ns;
            break;
        case INJECTION(INTERLOCK): r->supervisor.interlocks_ok = undo->value != 0; break;
        case INJECTION(SPINAL_TARGET): r->has_spinal_target = false; break;
        default: r->config.body.inject(r->config.body.context, undo->kind, undo->index, undo->value, 0, now);
    }
}

void pons_undo_injections(pons_robot *r, int64_t now) {
    if (r->supervisor.mode == MODE(TEST) || r->is_local) return;
    while (r->undo_count > 0) take_back(r, &r->undos[--r->undo_count], now);
}

static bool carry_out(pons_robot *r, const PB(InjectRequest) *request, int64_t now, pons_rejection *why) {
    const pons_requester local = {0, ROLE(OPERATOR), true};
    int64_t length = request->duration_ns < 3600 * PONS_SECOND ? request->duration_ns : 3600 * PONS_SECOND;
    double value = request->has_value_case ? bounded(request->value, 1e9) : 0;
    switch ((int)request->kind) {
        case INJECTION(UTC_STEP): r->utc_step_ns = (int64_t)bounded((double)r->utc_step_ns + value * 1e9, 2e18); break;
        case INJECTION(ROBOT_CLOCK_STEP):
            for (int i = 0; i < PONS_MAX_LINKS; i++) r->peers[i].sync_expires_ns = INT64_MIN;
            pons_pulse(r, CAUSE(CLOCK_FAULT), now);
            break;
        case INJECTION(TOOL_CHANGE): change_tool(r, now); break;
        case INJECTION(STALL_LOOP): r->stalled_until_ns = now + length; break;
        case INJECTION(LOCAL_CONTROL):
            pons_safety_change_mode(&r->supervisor, MODE(LOCAL_MANUAL), local, true, now);
            pons_carry_out(r, now);
            r->is_local = true;
            r->local_until_ns = now + length;
            break;
        case INJECTION(SPINAL_TARGET):
            if (request->index >= (uint32_t)r->joints) return pons_reject_limit(why, REASON(OUT_OF_RANGE), "index", r->joints - 1);
            r->has_spinal_target = true;
            r->spinal_joint = request->index;
            r->spinal_value = (float)value;
            r->spinal_until_ns = now + length;
            break;
        case INJECTION(SELF_TEST_AGE): r->stop_tested_ns = now - (int64_t)(value * 1e9); break;
        case INJECTION(POWER_CYCLE): pons_robot_restart(r, now); break;
        case INJECTION(STOP_SOURCE):
            if (value != 0) pons_safety_stop(&r->supervisor, KIND(EMERGENCY), 0, request->index, false, false, now);
            else pons_safety_release(&r->supervisor, 0, request->index, now);
            pons_carry_out(r, now);
            break;
        case INJECTION(INTERLOCK): r->supervisor.interlocks_ok = value != 0; break;
        default:
            if (r->config.body.inject(r->config.body.context, (int)request->kind, request->index, value, length, now)) break;
            return pons_reject(why, REASON(UNSUPPORTED), "");
    }
    return true;
}

bool pons_on_inject(pons_robot *r, int link, const void *raw, int64_t now, pons_rejection *why, uint32_t *extra) {
    (void)extra;
    const PB(InjectRequest) *request = raw;
    int kind = (int)request->kind;
    if (!r->manifest.is_simulated) return pons_reject(why, REASON(UNSUPPORTED), "");
    if (r->peers[link].role != ROLE(SERVICE)) return pons_reject(why, REASON(PERMISSION_DENIED), "");
    if (r->supervisor.mode != MODE(TEST)) return pons_reject(why, REASON(MODE_FORBIDS), "");
    bool is_new = !leaves_nothing(kind) && !is_noted(r, kind, request->index);
    if (is_new && r->undo_count == PONS_UNDOS) return pons_reject_limit(why, REASON(LIMIT_EXCEEDED), "index", PONS_UNDOS);
    pons_undo undo = before(r, kind, request->index);
    if (!carry_out(r, request, now, why)) return false;
    if (is_new) r->undos[r->undo_count++] = undo;
    return true;
}
