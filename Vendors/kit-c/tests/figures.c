/* What the kit costs: memory of a robot, depth of its stack, time for a setpoint and for a cycle. Prints one line each. */
#define _DEFAULT_SOURCE
#include <openssl/sha.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "robot.h"

enum { STACK = 1 << 20, ROUNDS = 20000 };

static int64_t now = 1000000000;
static pons_robot *robot;
static int link_number;
static pons_sealer sealer;
static pons_manifest manifest;
static uint64_t commands = 1;

static void sha(const void *data, size_t size, uint8_t digest[32]) { SHA256(data, size, digest); }

static uint64_t numbers(void *context) {
    static uint64_t z = 7;
    (void)context;
    return z = z * 6364136223846793005ull + 1442695040888963407ull;
}

static int64_t clock_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static size_t frame_of(const ProtobufCMessage *message, const pons_table *table, uint8_t *frame) {
    static uint8_t payload[PONS_PAYLOAD];
    return pons_seal(&sealer, table->type_id, payload, (uint32_t)protobuf_c_message_pack(message, payload), now, frame);
}

static void drain(void) {
    static uint8_t bytes[1 << 17];
    while (pons_take(robot, link_number, bytes, sizeof bytes)) {}
}

static void say(const ProtobufCMessage *message, const pons_table *table) {
    static uint8_t frame[PONS_FRAME];
    pons_receive(robot, link_number, frame, frame_of(message, table, frame), now);
}

static void wait_ms(int ms) {
    for (int i = 0; i < ms; i++) {
        now += PONS_MS;
        pons_poll(robot, now);
        pons_peer *p = &robot->peers[link_number];
        if (p->challenge_count) { /* alive */
            PB(Heartbeat) beat = PONS__V1__HEARTBEAT__INIT;
            beat.answer = p->challenges[p->challenge_count - 1].nonce;
            beat.health = PONS__V1__HEALTH__HEALTH_OK;
            say(&beat.base, &pons_table_Heartbeat);
        }
        drain();
    }
}

static void synchronise(void) {
    PB(TimeSyncReport) sync = PONS__V1__TIME_SYNC_REPORT__INIT;
    sync.command_id = commands++;
    PONS_SET(sync, TimeSyncReport, uncertainty_ns, 1000);
    sync.last_ping_id = 1;
    sync.boot_id = (ProtobufCBinaryData){16, robot->boot_id};
    say(&sync.base, &pons_table_TimeSyncReport);
}

static void open_session(void) {
    PB(ProtocolVersion) version = PONS__V1__PROTOCOL_VERSION__INIT;
    version.major = 1;
    PB(Hello) hello = PONS__V1__HELLO__INIT;
    hello.version_min = hello.version_max = &version;
    hello.role = ROLE(SERVICE);
    hello.client_nonce = 9;
    hello.schema_fingerprint = (ProtobufCBinaryData){32, (uint8_t *)pons_fingerprint};
    say(&hello.base, &pons_table_Hello);
    pons_peer *p = &robot->peers[link_number];
    sealer.identity = pons_identity_of(robot->boot_id, p->session);
    sealer.session = p->session;
    sealer.source = p->sealer.destination;
    synchronise();
    PB(Subscribe) subscribe = PONS__V1__SUBSCRIBE__INIT;
    uint32_t type = pons_table_WholeBodyState.type_id;
    subscribe.command_id = commands++;
    subscribe.n_message_types = 1;
    subscribe.message_types = &type;
    say(&subscribe.base, &pons_table_Subscribe);
}

static void authority(int action) {
    const pons_lease *lease = pons_any_lease(&robot->authority);
    PB(AuthorityRequest) request = PONS__V1__AUTHORITY_REQUEST__INIT;
    request.command_id = commands++;
    request.action = (PB(AuthorityAction))action;
    request.resource_id = 1;
    if (lease) {
        request.epoch = lease->epoch;
        request.sequence = lease->sequence;
    }
    say(&request.base, &pons_table_AuthorityRequest);
}

static void enable(void) {
    wait_ms(200);
    authority(1);
    PB(PowerRequest) power = PONS__V1__POWER_REQUEST__INIT;
    power.command_id = commands++;
    power.action = PONS__V1__POWER_ACTION__POWER_ACTION_ON;
    say(&power.base, &pons_table_PowerRequest);
    PB(EnableRequest) request = PONS__V1__ENABLE_REQUEST__INIT;
    request.command_id = commands++;
    request.enable_id = 5;
    say(&request.base, &pons_table_EnableRequest);
}

/* Setpoints at 500 Hz; the time of the receive alone, without the cycles between. */
static double setpoint_ns(void) {
    static uint8_t frame[PONS_FRAME];
    int64_t spent = 0;
    for (int i = 0; i < ROUNDS; i++) {
        wait_ms(2);
        if (i % 100 == 0) authority(3);
        if (i % 5000 == 0) synchronise();
        const pons_lease *lease = pons_any_lease(&robot->authority);
        PB(JointSetpoint) m = PONS__V1__JOINT_SETPOINT__INIT;
        PONS_SET(m, JointSetpoint, sequence, (uint64_t)i + 1);
        PONS_SET(m, JointSetpoint, stamp_ns, now);
        PONS_SET(m, JointSetpoint, valid_until_ns, now + 40 * (int64_t)PONS_MS);
        PONS_SET(m, JointSetpoint, lease_epoch, lease->epoch);
        PONS_SET(m, JointSetpoint, lease_sequence, lease->sequence);
        PONS_SET(m, JointSetpoint, resource_id, 1);
        PONS_SET(m, JointSetpoint, descriptor_epoch, 1);
        PONS_SET(m, JointSetpoint, mode, PONS__V1__CONTROL_MODE__CONTROL_MODE_POSITION);
        m.n_position = (size_t)robot->joints;
        m.position = robot->measurement.position;
        size_t size = frame_of(&m.base, &pons_table_JointSetpoint, frame);
        int64_t start = clock_ns();
        pons_receive(robot, link_number, frame, size, now);
        spent += clock_ns() - start;
    }
    return (double)spent / ROUNDS;
}

/* Cycles with a listener, its heartbeats and what is sent to it; nothing moves. */
static double cycle_ns(void) {
    int64_t start = clock_ns();
    wait_ms(ROUNDS);
    return (double)(clock_ns() - start) / ROUNDS;
}

static void *run(void *unused) {
    (void)unused;
    pons_trust trust = {.protection = PONS_LOCAL, .valid_for_ns = -1};
    link_number = pons_link_opened(robot, &trust, now);
    open_session();
    enable();
    double setpoint = setpoint_ns();
    bool was_moving = pons_safety_permits_motion(&robot->supervisor);
    uint32_t rejected = robot->peers[link_number].gate.rejected;
    printf("time of a setpoint          %.2f us (%d accepted, %u refused, motion %s)\n", setpoint / 1000, ROUNDS - (int)rejected,
           rejected, was_moving ? "enabled" : "NOT enabled");
    printf("time of a cycle             %.2f us (1 ms cycle, state at %g Hz to one listener)\n", cycle_ns() / 1000,
           manifest.state_rate_hz);
    return was_moving && rejected == 0 ? robot : NULL;
}

int main(int count, char **arguments) {
    char complaint[512];
    if (count != 2 || !pons_manifest_load(arguments[1], &manifest, complaint, sizeof complaint)) {
        fprintf(stderr, "figures: %s\n", count == 2 ? complaint : "name a manifest");
        return 1;
    }
    pons_simulated_body *body = pons_simulated_body_make(&manifest);
    pons_config config = {.body = pons_simulated_body_interface(body), .sha256 = sha, .random = numbers, .firmware_version = "figures"};
    robot = pons_robot_start(&config, &manifest, now);
    uint8_t *stack = aligned_alloc(4096, STACK);
    if (!robot || !stack) return 1;
    memset(stack, 0xA5, STACK);
    pthread_attr_t attributes;
    pthread_t thread;
    void *result = NULL;
    pthread_attr_init(&attributes);
    pthread_attr_setstack(&attributes, stack, STACK);
    if (pthread_create(&thread, &attributes, run, NULL) != 0) return 1;
    pthread_join(thread, &result);
    size_t untouched = 0;
    while (untouched < STACK && stack[untouched] == 0xA5) untouched++;
    printf("joints                      %d\n", robot->joints);
    printf("memory of a robot           %zu KiB, of which %zu KiB remember commands (%d ids for each of %d links)\n",
           pons_robot_size() / 1024, sizeof(pons_ledger) * PONS_MAX_LINKS / 1024, PONS_LEDGER, PONS_MAX_LINKS);
    printf("deepest stack               %zu bytes\n", STACK - untouched);
    pons_robot_free(robot);
    pons_simulated_body_free(body);
    free(stack);
    return result ? 0 : 1;
}
