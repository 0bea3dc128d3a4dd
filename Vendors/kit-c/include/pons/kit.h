/*
 * Pons in C11: a robot that keeps the standard, for a vendor's firmware.
 *
 * No thread, no clock, no socket and, after pons_robot_start, no allocation: bytes and `now` (ns, monotonic) go in, bytes
 * come out. One thread calls. The POSIX driver in posix/ shows how.
 *
 * Times are ns of the robot's monotonic clock, which never goes back. Positions are rad, efforts N m, temperatures Celsius.
 */
#ifndef PONS_KIT_H
#define PONS_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    PONS_MAX_JOINTS = 64,
    PONS_MAX_PARTS = 16,
    PONS_MAX_LINKS = 12, /* eight sessions, one that only stops, and some that have not said hello */
    PONS_NAME = 65,
    PONS_TEXT = 129
};

/* ---- Facts: from a manifest file (schema pons.manifest/1), or filled in by hand ---------------------------------------- */

typedef struct {
    char name[PONS_NAME], part[PONS_NAME], parent[PONS_NAME], child[PONS_NAME];
    double lower, upper, velocity, effort; /* rad, rad/s, N m */
    double stiffness, damping;             /* of position mode, N m/rad and N m s/rad */
    double stand, seat;                    /* where it stands, and where it goes to before torque is taken away */
} pons_joint;

typedef struct {
    char name[PONS_NAME], parent[PONS_NAME];
    char chains[4][PONS_NAME]; /* groups of joints that it holds; none for all of them */
    int chain_count;
} pons_part;

typedef struct {
    bool is_known;
    int category;
    int64_t time_ns;
    double travel_rad;
    char method[PONS_TEXT];
} pons_stop;

typedef struct {
    char id[PONS_NAME], frame[PONS_NAME];
    double rate_hz;
} pons_sensor;

typedef struct {
    char id[PONS_NAME], vendor[PONS_TEXT], model[PONS_TEXT], hardware[PONS_NAME], sign[PONS_TEXT], zero[PONS_TEXT];
    bool is_simulated;
    char profiles[8][PONS_NAME];
    int profile_count;
    pons_joint joints[PONS_MAX_JOINTS];
    int joint_count;
    pons_part parts[PONS_MAX_PARTS];
    int part_count;
    pons_sensor sensors[4];
    int sensor_count;
    double acceleration_per_velocity, jerk_per_velocity, stiffness_per_effort, damping_per_effort;
    double temperature_limit_c; /* 0 where none is measured */
    double bump_tolerance_rad, following_error_rad;
    int64_t following_error_time_ns;
    double spinal_rate_hz, small_brain_rate_hz, state_rate_hz;
    int64_t setpoint_deadline_ns;
    pons_stop protective, emergency;
} pons_manifest;

/* Reads a manifest and checks it against itself. False with what is wrong, where, and how to mend it. */
bool pons_manifest_load(const char *path, pons_manifest *manifest, char *complaint, size_t complaint_size);

/* Whether the kit serves a profile; the descriptor claims no other. */
bool pons_serves(const char *profile);

/* ---- The body: what a vendor writes. It translates and never repairs a command ------------------------------------------ */

typedef enum { PONS_OFF, PONS_HOLD, PONS_RUN, PONS_DECELERATE, PONS_SETTLE, PONS_DAMP, PONS_RECOVER } pons_permission;

typedef struct {
    pons_permission permission;
    float position[PONS_MAX_JOINTS], velocity[PONS_MAX_JOINTS]; /* targets within all limits; feed-forward */
    bool has_gains;                                            /* or the body's own */
    float stiffness[PONS_MAX_JOINTS], damping[PONS_MAX_JOINTS];
} pons_command;

typedef struct {
    int64_t capture_ns;
    float position[PONS_MAX_JOINTS], velocity[PONS_MAX_JOINTS], effort[PONS_MAX_JOINTS], temperature[PONS_MAX_JOINTS];
    float imu[10];       /* orientation x y z w, angular velocity, specific force */
    float contact_force; /* N, the largest on the body as it is estimated */
    int stability;       /* 1 static, 2 dynamic, 3 marginal, 4 falling, 5 down */
    double charge, voltage, current;
} pons_measurement;

typedef struct {
    void *context;
    /* Powered on, or off and on again. */
    void (*boot)(void *context, int64_t now);
    /* One cycle of 1 ms: the command to the drives, what they measured into `measurement`. */
    void (*advance)(void *context, int64_t now, const pons_command *command, pons_measurement *measurement);
    /* What a tester does to the body in TEST mode (InjectionKind); hardware returns false. */
    bool (*inject)(void *context, int kind, uint32_t index, double value, int64_t duration_ns, int64_t now);
} pons_body;

/* Joints with inertia, drive gains, torque limit and dry friction. For a robot without hardware yet. */
typedef struct pons_simulated_body pons_simulated_body;
pons_simulated_body *pons_simulated_body_make(const pons_manifest *manifest);
void pons_simulated_body_free(pons_simulated_body *body);
pons_body pons_simulated_body_interface(pons_simulated_body *body);

/* ---- The robot ----------------------------------------------------------------------------------------------------------- */

typedef struct {
    pons_body body;
    void (*sha256)(const void *data, size_t size, uint8_t digest[32]);
    /* Unpredictable in a real robot (LNK-02). */
    uint64_t (*random)(void *context);
    void *random_context;
    const char *firmware_version;
    bool is_lab;    /* links in clear are admitted, and shown as INSECURE (SEC-01) */
    int latch;      /* SafetyState that was stored before power went; 0 for none (SAF-07) */
    uint64_t epoch; /* what was stored with it */
} pons_config;

typedef struct pons_robot pons_robot;

/* The only allocation: one block of pons_robot_size() bytes, and the descriptor. NULL where memory is missing. */
pons_robot *pons_robot_start(const pons_config *config, const pons_manifest *manifest, int64_t now);
void pons_robot_free(pons_robot *robot);
size_t pons_robot_size(void);

/* Powered on anew: links are gone, the boot id is another. What was latched stays. */
void pons_robot_restart(pons_robot *robot, int64_t now);

typedef enum { PONS_CLEAR, PONS_LOCAL, PONS_AUTHENTICATED } pons_protection;

/* Who stands at the other end of a link, as the transport has proven it (SEC-01, SEC-02). */
typedef struct {
    pons_protection protection;
    bool has_roles;        /* whether a certificate says which */
    uint16_t roles;        /* bit n for Role n */
    int64_t valid_for_ns;  /* of the certificate; -1 without one (SEC-09) */
    char name[PONS_NAME];
} pons_trust;

/* A link, 0 to PONS_MAX_LINKS - 1; -1 where all are taken: close the connection then. */
int pons_link_opened(pons_robot *robot, const pons_trust *trust, int64_t now);
void pons_link_closed(pons_robot *robot, int link, int64_t now);
void pons_receive(pons_robot *robot, int link, const uint8_t *bytes, size_t count, int64_t now);

/* Bytes pile up on this link: streams wait in the robot, where only the newest of each is kept (LNK-12). */
void pons_set_congestion(pons_robot *robot, int link, bool is_congested);

/* Runs every cycle up to `now`. Call it once a millisecond; sooner does no harm. */
void pons_poll(pons_robot *robot, int64_t now);

/* Takes bytes to send on a link; 0 where there are none. Call it until it returns 0. */
size_t pons_take(pons_robot *robot, int link, uint8_t *bytes, size_t capacity);

/* Whether the driver must close this link now; then the number is free again. */
bool pons_take_close(pons_robot *robot, int link);

/* What must survive a power cycle (SAF-07); true when it has changed since the last call. */
bool pons_take_latch(pons_robot *robot, int *latch, uint64_t *epoch);

#ifdef __cplusplus
}
#endif
#endif
