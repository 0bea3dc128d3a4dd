/*
 * Any bytes, to a robot: as they come from a link, or as the payload of a frame that is right in everything else, of whatever
 * message, in an open session that may do everything. For libFuzzer, with the sanitizers; see scripts/check-kits.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "robot.h"

static int64_t now = 1000000000;
static pons_robot *robot;
static pons_manifest manifest;
static pons_simulated_body *body;
static pons_sealer sealer;
static int session = -1;

/* No hash at all: what it is does not matter here. */
static void digest(const void *data, size_t size, uint8_t to[32]) {
    uint64_t sum = size;
    for (size_t i = 0; i < size; i++) sum = sum * 31 + ((const uint8_t *)data)[i];
    for (int i = 0; i < 32; i++) to[i] = (uint8_t)(sum >> (i % 8 * 8));
}

static uint64_t numbers(void *context) {
    static uint64_t z = 7;
    (void)context;
    return z = z * 6364136223846793005ull + 1442695040888963407ull;
}

static void start(void) {
    char complaint[512];
    const char *path = getenv("PONS_MANIFEST");
    if (!path || !pons_manifest_load(path, &manifest, complaint, sizeof complaint)) {
        fprintf(stderr, "fuzz: PONS_MANIFEST must name a manifest: %s\n", path ? complaint : "it is not set");
        exit(1);
    }
    body = pons_simulated_body_make(&manifest);
    pons_config config = {.body = pons_simulated_body_interface(body), .sha256 = digest, .random = numbers, .firmware_version = "fuzz"};
    robot = pons_robot_start(&config, &manifest, now);
    pons_poll(robot, now += PONS_SECOND);
}

static void drain(void) {
    static uint8_t bytes[1 << 16];
    for (int link = 0; link < PONS_MAX_LINKS; link++) {
        while (pons_take(robot, link, bytes, sizeof bytes)) {}
        if (pons_take_close(robot, link) && link == session) session = -1;
    }
}

static void open_session(void) {
    static uint8_t payload[256], frame[PONS_FRAME];
    pons_trust trust = {.protection = PONS_LOCAL, .valid_for_ns = -1};
    session = pons_link_opened(robot, &trust, now);
    if (session < 0) abort(); /* a link is lost somewhere */
    sealer = (pons_sealer){0};
    PB(ProtocolVersion) version = PONS__V1__PROTOCOL_VERSION__INIT;
    version.major = 1;
    PB(Hello) hello = PONS__V1__HELLO__INIT;
    hello.version_min = hello.version_max = &version;
    hello.role = ROLE(SERVICE);
    hello.client_nonce = 9;
    hello.schema_fingerprint = (ProtobufCBinaryData){32, (uint8_t *)pons_fingerprint};
    size_t size = pons_seal(&sealer, pons_table_Hello.type_id, payload, (uint32_t)protobuf_c_message_pack(&hello.base, payload), now, frame);
    pons_receive(robot, session, frame, size, now);
    sealer.identity = pons_identity_of(robot->boot_id, robot->peers[session].session);
    sealer.session = robot->peers[session].session;
    sealer.source = robot->peers[session].sealer.destination;
}

static void as_payload(const uint8_t *data, size_t count) {
    static uint8_t frame[PONS_FRAME];
    if (session < 0) open_session();
    const pons_table *table = pons_types[data[0] % pons_type_count];
    if (table == &pons_table_Hello) return;
    size_t size = pons_seal(&sealer, table->type_id, data + 1, (uint32_t)(count - 1), now, frame);
    pons_receive(robot, session, frame, size, now);
}

static void as_bytes(const uint8_t *data, size_t count) {
    pons_trust trust = {.protection = PONS_LOCAL, .valid_for_ns = -1};
    int link = pons_link_opened(robot, &trust, now);
    if (link < 0) abort();
    pons_receive(robot, link, data, count, now);
    drain();
    if (robot->peers[link].phase != PONS_FREE) pons_link_closed(robot, link, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t count) {
    if (!robot) start();
    if (count < 2 || count > PONS_PAYLOAD) return 0;
    if (data[0] & 1) as_payload(data + 1, count - 1);
    else as_bytes(data + 1, count - 1);
    pons_poll(robot, now += PONS_MS * (data[0] >> 1 & 7));
    drain();
    /* Whatever came: every joint is told a target within its limits. */
    for (int i = 0; i < robot->joints; i++) {
        if (!(robot->command.position[i] >= robot->limits[i].hard_lower && robot->command.position[i] <= robot->limits[i].hard_upper)) abort();
    }
    return 0;
}
