/* Joints with inertia, drive gains, torque limit and dry friction, each exact by itself. No contacts. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "pons/kit.h"

#define SETTLE_SPEED 1.2 /* rad/s, on the way to the seat */

enum { JOINT_RESISTANCE = 7, TEMPERATURE = 8, STATE_OF_CHARGE = 9, CONTACT_FORCE = 10, STUCK_JOINT = 16 };

struct pons_simulated_body {
    pons_manifest facts;
    double position[PONS_MAX_JOINTS], velocity[PONS_MAX_JOINTS], target[PONS_MAX_JOINTS], resistance[PONS_MAX_JOINTS];
    float temperature[PONS_MAX_JOINTS];
    int64_t last_ns, resistance_until_ns, stuck_until_ns, contact_until_ns;
    bool has_last;
    uint32_t stuck_joint;
    double stuck_velocity, charge;
    float contact_force;
};

static void boot(void *context, int64_t now) {
    (void)now;
    ((pons_simulated_body *)context)->has_last = false;
}

static double drive(pons_simulated_body *b, int i, const pons_command *command, double seconds, double *torque) {
    const pons_joint *j = &b->facts.joints[i];
    double speed = command->velocity[i];
    if (command->permission == PONS_SETTLE) {
        double step = SETTLE_SPEED * seconds, distance = j->seat - b->target[i];
        b->target[i] += fmax(-step, fmin(step, distance));
        speed = 0;
    } else {
        b->target[i] = command->position[i];
    }
    double stiffness = command->has_gains ? command->stiffness[i] : j->stiffness;
    double damping = command->has_gains ? command->damping[i] : j->damping;
    double wanted = stiffness * (b->target[i] - b->position[i]) + damping * (speed - b->velocity[i]);
    *torque = fmax(-j->effort, fmin(j->effort, wanted));
    double inertia = j->effort / (12 * j->velocity);
    double free_speed = b->velocity[i] + *torque / inertia * seconds;
    /* Dry friction brings a joint to rest and never turns it round. */
    double held = (0.02 * j->effort + b->resistance[i]) / inertia * seconds;
    return fabs(free_speed) <= held ? 0 : free_speed - copysign(held, free_speed);
}

static void advance(void *context, int64_t now, const pons_command *command, pons_measurement *m) {
    pons_simulated_body *b = context;
    double seconds = b->has_last ? fmin((double)(now - b->last_ns) * 1e-9, 0.01) : 0.001;
    bool is_powered = command->permission != PONS_OFF && command->permission != PONS_DAMP;
    bool is_settling = false;
    b->last_ns = now;
    b->has_last = true;
    if (b->resistance_until_ns && now >= b->resistance_until_ns) {
        memset(b->resistance, 0, sizeof b->resistance);
        b->resistance_until_ns = 0;
    }
    for (int i = 0; i < b->facts.joint_count; i++) {
        const pons_joint *j = &b->facts.joints[i];
        double torque = 0;
        b->velocity[i] = is_powered ? drive(b, i, command, seconds, &torque) : 0;
        if (is_powered && b->stuck_joint == (uint32_t)i && now < b->stuck_until_ns) b->velocity[i] = b->stuck_velocity;
        b->position[i] = fmax(j->lower, fmin(j->upper, b->position[i] + b->velocity[i] * seconds));
        is_settling = is_settling || (command->permission == PONS_SETTLE && fabs(j->seat - b->target[i]) > 0.002);
        m->position[i] = (float)b->position[i];
        m->velocity[i] = (float)b->velocity[i];
        m->effort[i] = (float)torque;
        m->temperature[i] = b->temperature[i];
    }
    static const float at_rest[10] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 9.81f};
    memcpy(m->imu, at_rest, sizeof at_rest);
    m->capture_ns = now;
    m->contact_force = now < b->contact_until_ns ? b->contact_force : 0;
    m->stability = is_settling ? 2 : 1;
    m->charge = b->charge;
    m->voltage = 48;
    m->current = 2;
}

static bool inject(void *context, int kind, uint32_t index, double value, int64_t duration_ns, int64_t now) {
    pons_simulated_body *b = context;
    if (kind == STATE_OF_CHARGE) {
        b->charge = value;
    } else if (kind == CONTACT_FORCE) {
        b->contact_force = (float)value;
        b->contact_until_ns = now + duration_ns;
    } else if (index >= (uint32_t)b->facts.joint_count) {
        return false;
    } else if (kind == JOINT_RESISTANCE) {
        b->resistance[index] = value;
        b->resistance_until_ns = duration_ns ? now + duration_ns : 0;
    } else if (kind == TEMPERATURE) {
        b->temperature[index] = (float)value;
    } else if (kind == STUCK_JOINT) {
        b->stuck_joint = index;
        b->stuck_velocity = value;
        b->stuck_until_ns = now + duration_ns;
    } else {
        return false;
    }
    return true;
}

pons_simulated_body *pons_simulated_body_make(const pons_manifest *manifest) {
    pons_simulated_body *b = calloc(1, sizeof *b);
    if (!b) return NULL;
    b->facts = *manifest;
    b->charge = 1;
    for (int i = 0; i < manifest->joint_count; i++) {
        b->position[i] = b->target[i] = manifest->joints[i].stand;
        b->temperature[i] = 30;
    }
    return b;
}

void pons_simulated_body_free(pons_simulated_body *b) { free(b); }

pons_body pons_simulated_body_interface(pons_simulated_body *b) { return (pons_body){b, boot, advance, inject}; }
