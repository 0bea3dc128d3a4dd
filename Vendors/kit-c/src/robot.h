/* One robot, seen from inside: what robot.c, requests.c, moving.c, watching.c and reporting.c share. */
#ifndef PONS_ROBOT_H
#define PONS_ROBOT_H

#include "authority.h"
#include "check.h"
#include "motion.h"
#include "names.h"
#include "peer.h"
#include "pons/kit.h"
#include "pons_schema.h"
#include "safety.h"

#include "pons/v1/authority.pb-c.h"
#include "pons/v1/description.pb-c.h"
#include "pons/v1/diagnostics.pb-c.h"
#include "pons/v1/motion.pb-c.h"
#include "pons/v1/perception.pb-c.h"
#include "pons/v1/task.pb-c.h"
#include "pons/v1/time.pb-c.h"

enum {
    PONS_ADDRESS = 1,
    PONS_ARENA = 1 << 18,   /* room for one decoded message */
    PONS_DESCRIPTION = 1 << 16,
    PONS_FILES = 2,
    PONS_FILE_BYTES = 1 << 15,
    PONS_TASKS = 4,         /* that are not over */
    PONS_AUDIT = 1024,
    PONS_CHECK_INS = 16,
    PONS_UNDOS = 64,
    PONS_LATENESS = 9
};

/* A number that has explicit presence; protobuf-c knows it as a oneof with one member. */
#define PONS_SET(message, type, field, value) ((message).has_##field##_case = PONS_##type##_##field, (message).field = (value))

typedef struct {
    bool is_used;
    uint64_t command_id;
    char id[PONS_NAME];
    int state;
    int64_t length_ns, ends_ns;
} pons_task;

typedef struct {
    uint64_t sequence, session;
    int64_t time_ns;
    char what[128];
    uint8_t sha256[32];
} pons_audit_entry;

/* A network stop source that must be heard of regularly (SAF-30). */
typedef struct {
    bool is_used, is_missing, has_session;
    uint32_t device;
    uint64_t session;
    int64_t timeout_ns, heard_ns;
} pons_check_in;

typedef struct {
    uint8_t bytes[PONS_FILE_BYTES];
    size_t size;
    uint8_t sha256[32];
    char media_type[PONS_NAME];
} pons_file;

/* How it was before an injection, and with what it is brought back (CNF-01). */
typedef struct {
    int kind;
    uint32_t index;
    double value;
    int64_t ns;
} pons_undo;

typedef enum { PONS_NO_SOURCE, PONS_SETPOINTS, PONS_CHUNKS } pons_motion_source;

struct pons_robot {
    pons_config config;
    pons_manifest manifest;
    int joints;
    pons_limits limits[PONS_MAX_JOINTS];

    PB(Descriptor) *descriptor; /* made once, at start */
    uint8_t description[PONS_DESCRIPTION];
    size_t description_size;
    uint8_t description_sha256[32], stop_plan_sha256[32];
    pons_file files[PONS_FILES];

    pons_supervisor supervisor;
    pons_authority authority;
    pons_peer peers[PONS_MAX_LINKS];
    uint8_t boot_id[16];
    uint16_t next_source;
    int64_t failed_greetings[10];
    int failed_greeting_count;

    pons_measurement measurement;
    pons_command command;
    pons_shaper shaper;
    pons_guard guard;
    pons_standstill standstill;
    pons_player player;
    pons_task tasks[PONS_TASKS];
    float commanded[PONS_MAX_JOINTS], targets[PONS_MAX_JOINTS];
    pons_motion_source source;
    bool has_setpoint, needs_bump_check, has_applied, was_running;
    int64_t setpoint_fed_ns, applied_ns;
    uint64_t applied_sequence, pending_sequence;
    int holder_link;
    bool has_spinal_target;
    uint32_t spinal_joint;
    float spinal_value;
    int64_t spinal_until_ns;

    pons_undo undos[PONS_UNDOS];
    int undo_count;

    pons_check_in check_ins[PONS_CHECK_INS];
    bool has_lag, is_touched, is_battery_critical, has_shrink, is_local;
    int heat; /* 1 derated, 2 too hot */
    int64_t lags_since_ns, shrink_ns, local_until_ns;
    int64_t refused_ns[128]; /* by reason */

    pons_audit_entry audit[PONS_AUDIT];
    uint64_t audit_count;
    uint8_t audit_last[32];
    uint64_t cycles, overruns, lateness[PONS_LATENESS];
    double worst_lateness;

    int64_t now, next_tick_ns, next_status_ns, next_heartbeat_ns, self_test_due_ns, stop_tested_ns;
    int64_t stalled_until_ns, utc_step_ns, wrong_session_ns, chunk_status_ns;
    bool has_self_test;
    uint64_t tick, state_cycles, inertia_cycles /* 0 without such a sensor */, state_sequence, status_sequence;
    uint32_t wrong_session_frames, integrity_errors;
    int stored_latch;
    uint64_t stored_epoch;
    bool has_stored;

    size_t arena_used;
    _Alignas(16) uint8_t arena[PONS_ARENA];
    uint8_t known[PONS_PAYLOAD];   /* of a message on its way in: what the schema knows of it */
    uint8_t scratch[PONS_PAYLOAD]; /* of a message on its way out */
};

/* robot.c */
uint64_t pons_random(pons_robot *r);
/* The message in the robot's arena, until the next one; NULL where it does not fit. */
ProtobufCMessage *pons_unpack(pons_robot *r, const pons_table *table, const uint8_t *payload, size_t count);
void pons_send(pons_robot *r, int link, const ProtobufCMessage *message, const pons_table *table);
void pons_broadcast(pons_robot *r, const ProtobufCMessage *message, const pons_table *table);
void pons_refuse(pons_robot *r, int link, const pons_rejection *why, const pons_header *header);
void pons_drop(pons_robot *r, int link, int cause, int64_t now);
pons_requester pons_requester_of(const pons_robot *r, const pons_peer *p);

/* One command: carried out, or refused with a reason. `extra` is the first step of a chunk. */
typedef bool pons_handler(pons_robot *r, int link, const void *message, int64_t now, pons_rejection *why, uint32_t *extra);

/* description.c */
bool pons_describe(pons_robot *r);
void pons_description_seal(pons_robot *r);

/* requests.c */
void pons_carry_out(pons_robot *r, int64_t now);
void pons_pulse(pons_robot *r, int cause, int64_t now);
void pons_end_leases(pons_robot *r, uint64_t session, bool all, int end, int64_t now);
void pons_expire_leases(pons_robot *r, int64_t now);
bool pons_may_move(pons_robot *r, const pons_peer *p, uint32_t resource, uint64_t epoch, uint64_t sequence, pons_rejection *why);
extern pons_handler pons_on_authority, pons_on_stop, pons_on_release, pons_on_reset, pons_on_reset_confirm, pons_on_power,
    pons_on_enable, pons_on_disable, pons_on_resume, pons_on_recovery, pons_on_mode, pons_on_inject;

/* moving.c */
void pons_on_setpoint(pons_robot *r, int link, const pons_header *header, const uint8_t *payload, int64_t now);
extern pons_handler pons_on_chunk, pons_on_task, pons_on_task_control;
void pons_drop_queues(pons_robot *r, int cause, int64_t now);
void pons_move_small_brain(pons_robot *r, int64_t now);
void pons_motion_ended(pons_robot *r, int64_t now);
bool pons_setpoint_is_late(const pons_robot *r, int64_t now);
void pons_abort_tasks(pons_robot *r, int cause, int64_t now);
int pons_active_tasks(const pons_robot *r);

/* watching.c */
void pons_watch(pons_robot *r, int64_t now);
/* Whatever was injected does not outlive TEST mode, however the mode was left (CNF-01). */
void pons_undo_injections(pons_robot *r, int64_t now);
void pons_watch_lag(pons_robot *r, int64_t now);
bool pons_is_envelope_reduced(const pons_robot *r);
float pons_share_in_force(const pons_robot *r); /* of velocity and acceleration */
void pons_on_check_in(pons_robot *r, int link, const PB(StopSourceCheckIn) *message, int64_t now);
extern pons_handler pons_on_configure, pons_on_stop_self_test;

/* reporting.c */
void pons_publish(pons_robot *r, int64_t now);
void pons_send_status(pons_robot *r, int link, int64_t now); /* to everybody where the link is -1 */
void pons_note_cycle(pons_robot *r, int64_t lateness_ns);
void pons_log(pons_robot *r, uint64_t session, int64_t now, const char *format, ...);
extern pons_handler pons_on_audit;

#endif
