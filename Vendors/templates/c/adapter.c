/* The adapter of VENDOR's robot: tells the drives what Pons decided, and Pons what they measured.
 *
 * The protocol is in docs/adapter-protocol.md of Pons. No allocation, no thread. Everything above `main` is yours to replace;
 * print to standard error only. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the protocol is little-endian: swap bytes in get and put"
#endif

enum { JOINTS = 4 }; /* TODO as many as in manifest.yaml (DSC-02) */

enum question { START = 1, BOOT = 2, CYCLE = 3, INJECT = 4 };
enum injection { RESISTANCE = 7, TEMPERATURE = 8, CHARGE = 9, STUCK = 16 };
enum { VERSION = 1, HEAD = 8, LONGEST = 65536 };

struct target {
    uint32_t is_enabled;
    float position, velocity, effort, stiffness, damping;
};

/* TODO your drives. These are simulated: each joint exact by itself, with inertia, friction and a torque limit.
 *
 * Read position, velocity, effort and temperature from your bus; hand the targets over as they are. Clamping, filtering or
 * retrying here hides faults from everybody (an adapter translates and never repairs). */
struct drive {
    double inertia, limit; /* kg·m², N·m */
    double position, velocity, effort, temperature, resistance;
};

struct drives {
    struct drive joint[JOINTS];
    int64_t last, resistance_until, stuck_until;
    double stuck_velocity, charge;
    uint32_t stuck;
};

static struct drives drives = {
    .joint = {{.inertia = 0.6, .limit = 60, .temperature = 30},
              {.inertia = 0.4, .limit = 40, .temperature = 30},
              {.inertia = 0.6, .limit = 60, .temperature = 30},
              {.inertia = 0.4, .limit = 40, .temperature = 30}},
    .charge = 1,
};

static void move_joint(struct drive *drive, const struct target *target, double seconds)
{
    if (!target->is_enabled) { /* the brakes hold */
        drive->velocity = drive->effort = 0;
        return;
    }
    double torque = target->effort + target->stiffness * (target->position - drive->position) +
                    target->damping * (target->velocity - drive->velocity);
    torque = fmax(-drive->limit, fmin(drive->limit, torque));
    double speed = drive->velocity + torque / drive->inertia * seconds;
    double held = (0.02 * drive->limit + drive->resistance) / drive->inertia * seconds;
    drive->velocity = fabs(speed) <= held ? 0 : speed - copysign(held, speed);
    drive->effort = torque;
}

static void move(int64_t now, const struct target targets[JOINTS])
{
    double seconds = drives.last == 0 ? 0.001 : fmin((double)(now - drives.last) * 1e-9, 0.01);
    drives.last = now;
    for (uint32_t index = 0; index < JOINTS; index++) {
        struct drive *drive = &drives.joint[index];
        if (drives.resistance_until != 0 && now >= drives.resistance_until)
            drive->resistance = 0;
        move_joint(drive, &targets[index], seconds);
        if (drives.stuck == index && now < drives.stuck_until && targets[index].is_enabled)
            drive->velocity = drives.stuck_velocity;
        drive->position += drive->velocity * seconds;
    }
}

/* What a tester does to the body in TEST mode. Hardware answers 0. */
static uint32_t inject(uint32_t kind, uint32_t index, double value, int64_t duration)
{
    if (kind == CHARGE) {
        drives.charge = value;
        return 1;
    }
    if (index >= JOINTS)
        return 0;
    switch (kind) {
    case RESISTANCE:
        drives.joint[index].resistance = value;
        drives.resistance_until = duration > 0 ? drives.last + duration : 0;
        return 1;
    case TEMPERATURE:
        drives.joint[index].temperature = value;
        return 1;
    case STUCK:
        drives.stuck = index;
        drives.stuck_velocity = value;
        drives.stuck_until = drives.last + duration;
        return 1;
    default:
        return 0;
    }
}

/* ---- bytes ---- */

static uint8_t question[LONGEST], answer[HEAD + 68 + 16 * JOINTS];
static size_t answer_size;

static void take(size_t *offset, void *value, size_t size, size_t length)
{
    if (*offset + size > length) {
        fprintf(stderr, "adapter: a question ends after %zu bytes\n", length);
        exit(1);
    }
    memcpy(value, question + *offset, size);
    *offset += size;
}

static void put(const void *value, size_t size)
{
    memcpy(answer + answer_size, value, size);
    answer_size += size;
}

static void put_float(double value)
{
    float narrow = (float)value;
    put(&narrow, sizeof narrow);
}

static void cycle(size_t length)
{
    size_t offset = 0;
    int64_t now;
    uint32_t permission, count;
    struct target targets[JOINTS];
    take(&offset, &now, sizeof now, length);
    take(&offset, &permission, sizeof permission, length);
    take(&offset, &count, sizeof count, length);
    if (count != JOINTS) {
        fprintf(stderr, "adapter: told %u joints, there are %d\n", count, JOINTS);
        exit(1);
    }
    for (uint32_t index = 0; index < JOINTS; index++)
        take(&offset, &targets[index], sizeof targets[index], length);
    move(now, targets);

    uint32_t stability = 1, joints = JOINTS;
    put(&now, sizeof now);
    put(&stability, sizeof stability);
    put(&joints, sizeof joints);
    for (int index = 0; index < JOINTS; index++) {
        put_float(drives.joint[index].position);
        put_float(drives.joint[index].velocity);
        put_float(drives.joint[index].effort);
        put_float(drives.joint[index].temperature);
    }
    /* TODO the inertial unit and the battery, where there are such. */
    const double rest[10] = {0, 0, 0, 1, 0, 0, 0, 0, 0, 9.81};
    for (int index = 0; index < 10; index++)
        put_float(rest[index]);
    put_float(drives.charge);
    put_float(48);
    put_float(2);
}

static void respond(uint16_t kind, size_t length)
{
    size_t offset = 0;
    uint32_t number = JOINTS, index;
    double value;
    int64_t duration;
    answer_size = HEAD;
    switch (kind) {
    case START:
        put(&number, sizeof number);
        break;
    case BOOT:
        break;
    case CYCLE:
        cycle(length);
        break;
    case INJECT:
        take(&offset, &number, sizeof number, length);
        take(&offset, &index, sizeof index, length);
        take(&offset, &value, sizeof value, length);
        take(&offset, &duration, sizeof duration, length);
        number = inject(number, index, value, duration);
        put(&number, sizeof number);
        break;
    default:
        fprintf(stderr, "adapter: unknown question %u\n", kind);
        exit(1);
    }
    uint32_t size = (uint32_t)(answer_size - HEAD);
    uint16_t version = VERSION;
    memcpy(answer, &size, sizeof size);
    memcpy(answer + 4, &kind, sizeof kind);
    memcpy(answer + 6, &version, sizeof version);
}

int main(void)
{
    uint8_t head[HEAD];
    while (fread(head, 1, HEAD, stdin) == HEAD) {
        uint32_t length;
        uint16_t kind, version;
        memcpy(&length, head, sizeof length);
        memcpy(&kind, head + 4, sizeof kind);
        memcpy(&version, head + 6, sizeof version);
        if (version != VERSION || length > LONGEST || fread(question, 1, length, stdin) != length) {
            fprintf(stderr, "adapter: not a question of protocol version %d\n", VERSION);
            return 1;
        }
        respond(kind, length);
        fwrite(answer, 1, answer_size, stdout);
        fflush(stdout);
    }
    return 0;
}
