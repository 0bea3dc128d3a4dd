/* A node as ROS 2 would run it: Cyclone DDS 0.10, types from its IDL compiler, ROS 2's names and its default quality of service. It
   shares no code with Pons. It looks at the robot that pons-native simulates behind ros2_control, and moves both of its arms.

   ros2_node DOMAIN     ends with 1 at the first thing that ros2_control would not do */
#include <dds/dds.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ros2.h"

typedef sensor_msgs_msg_dds__JointState_ joint_state;
typedef sensor_msgs_msg_dds__Imu_ imu;
typedef sensor_msgs_msg_dds__Image_ image;
typedef tf2_msgs_msg_dds__TFMessage_ transforms;
typedef trajectory_msgs_msg_dds__JointTrajectory_ trajectory;
typedef trajectory_msgs_msg_dds__JointTrajectoryPoint_ point;
typedef std_msgs_msg_dds__Float64MultiArray_ numbers;

enum { arm = 6, elbow = 2 };

static const char *joints[arm] = {
    "shoulder_pan_joint", "shoulder_lift_joint", "elbow_joint", "wrist_1_joint", "wrist_2_joint", "wrist_3_joint",
};
static dds_entity_t participant, state_reader;
static double left[arm], right[arm];
static int states, strangers;
static int32_t stamp;

static void require(bool holds, const char *what) {
    printf("%s: %s\n", holds ? "ok" : "NOT", what);
    fflush(stdout);
    if (!holds) exit(1);
}

static dds_entity_t topic(const dds_topic_descriptor_t *type, const char *name) {
    return dds_create_topic(participant, type, name, NULL, NULL);
}

/* rmw's default: reliable, volatile, the last ten; latched for what never changes. */
static dds_qos_t *quality(bool latched) {
    dds_qos_t *qos = dds_create_qos();
    dds_qset_reliability(qos, DDS_RELIABILITY_RELIABLE, DDS_MSECS(100));
    dds_qset_history(qos, DDS_HISTORY_KEEP_LAST, 10);
    dds_qset_durability(qos, latched ? DDS_DURABILITY_TRANSIENT_LOCAL : DDS_DURABILITY_VOLATILE);
    return qos;
}

static dds_entity_t reader(const dds_topic_descriptor_t *type, const char *name, bool latched) {
    dds_qos_t *qos = quality(latched);
    dds_entity_t made = dds_create_reader(participant, topic(type, name), qos, NULL);
    dds_delete_qos(qos);
    return made;
}

static dds_entity_t writer(const dds_topic_descriptor_t *type, const char *name) {
    dds_qos_t *qos = quality(false);
    dds_entity_t made = dds_create_writer(participant, topic(type, name), qos, NULL);
    dds_delete_qos(qos);
    return made;
}

/* Sorts a state by name: in which order joints come is nobody's business. */
static void sort(const joint_state *state) {
    states++;
    stamp = state->header.stamp.sec;
    for (uint32_t index = 0; index < state->name._length; index++) {
        const char *name = state->name._buffer[index];
        double *side = strncmp(name, "left_", 5) == 0 ? left : strncmp(name, "right_", 6) == 0 ? right : NULL;
        int place = 0;
        while (place < arm && (side == NULL || strcmp(strchr(name, '_') + 1, joints[place]) != 0)) place++;
        if (place == arm) strangers++;
        else side[place] = state->position._buffer[index];
    }
}

static void listen_for(int64_t milliseconds) {
    int64_t until = dds_time() + DDS_MSECS(milliseconds);
    while (dds_time() < until) {
        void *sample = NULL;
        dds_sample_info_t info;
        while (dds_take(state_reader, &sample, &info, 1, 1) > 0) {
            if (info.valid_data) sort(sample);
            dds_return_loan(state_reader, &sample, 1);
            sample = NULL;
        }
        dds_sleepfor(DDS_MSECS(1));
    }
}

static void tell(dds_entity_t commands, uint32_t count, double *values) {
    numbers message;
    memset(&message, 0, sizeof message);
    message.data._length = message.data._maximum = count;
    message.data._buffer = values;
    require(dds_write(commands, &message) == 0, "numbers are written");
}

/* One point, half a second away: the elbow farther by `way`, all else where it is. */
static void go(dds_entity_t commands, double way, bool names_wheel) {
    char name[arm][32], *names[arm];
    double positions[arm];
    for (int index = 0; index < arm; index++) {
        snprintf(name[index], sizeof name[index], "left_%s", joints[index]);
        names[index] = name[index];
        positions[index] = left[index] + (index == elbow ? way : 0);
    }
    if (names_wheel) strcpy(name[0], "left_wheel_joint");
    point goal;
    memset(&goal, 0, sizeof goal);
    goal.positions._length = goal.positions._maximum = arm;
    goal.positions._buffer = positions;
    goal.time_from_start.nanosec = 500000000;
    trajectory message;
    memset(&message, 0, sizeof message);
    message.header.frame_id = "";
    message.joint_names._length = message.joint_names._maximum = arm;
    message.joint_names._buffer = names;
    message.points._length = message.points._maximum = 1;
    message.points._buffer = &goal;
    require(dds_write(commands, &message) == 0, "a trajectory is written");
}

static bool take_mount(dds_entity_t from) {
    void *sample = NULL;
    dds_sample_info_t info;
    if (dds_take(from, &sample, &info, 1, 1) <= 0 || !info.valid_data) return false;
    const transforms *message = sample;
    bool known = false;
    for (uint32_t index = 0; index < message->transforms._length; index++) {
        const geometry_msgs_msg_dds__TransformStamped_ *one = &message->transforms._buffer[index];
        known = known || (strcmp(one->child_frame_id, "column_imu") == 0 && strcmp(one->header.frame_id, "column") == 0
                          && one->transform.translation.z == 0.9 && one->transform.rotation.w == 1);
    }
    dds_return_loan(from, &sample, 1);
    return known;
}

static bool take_picture(dds_entity_t from) {
    void *sample = NULL;
    dds_sample_info_t info;
    if (dds_take(from, &sample, &info, 1, 1) <= 0 || !info.valid_data) return false;
    const image *message = sample;
    bool whole = strcmp(message->encoding, "rgb8") == 0 && strcmp(message->header.frame_id, "camera_optical") == 0
        && message->step == 3 * message->width && message->data._length == message->height * message->step
        && message->header.stamp.sec > 1700000000;
    dds_return_loan(from, &sample, 1);
    return whole;
}

static bool take_gravity(dds_entity_t from) {
    void *sample = NULL;
    dds_sample_info_t info;
    if (dds_take(from, &sample, &info, 1, 1) <= 0 || !info.valid_data) return false;
    const imu *message = sample;
    bool up = message->linear_acceleration.z == 9.81 && message->orientation.w == 1;
    dds_return_loan(from, &sample, 1);
    return up;
}

static bool comes(bool (*take)(dds_entity_t), dds_entity_t from) {
    for (int tries = 0; tries < 500; tries++) {
        if (take(from)) return true;
        dds_sleepfor(DDS_MSECS(10));
    }
    return false;
}

int main(int count, char **arguments) {
    participant = dds_create_participant((dds_domainid_t)(count > 1 ? atoi(arguments[1]) : 1), NULL, NULL);
    require(participant > 0, "a participant");
    state_reader = reader(&sensor_msgs_msg_dds__JointState__desc, "rt/joint_states", false);
    dds_entity_t trajectories = writer(
        &trajectory_msgs_msg_dds__JointTrajectory__desc, "rt/left_arm_controller/joint_trajectory");
    dds_entity_t speeds = writer(&std_msgs_msg_dds__Float64MultiArray__desc, "rt/right_arm_velocity_controller/commands");
    dds_entity_t power = writer(&std_msgs_msg_dds__Float64MultiArray__desc, "rt/drive_power_controller/commands");
    for (int tries = 0; tries < 100 && states == 0; tries++) listen_for(100);
    require(states > 0, "the robot's state arrives, reliable as ROS 2 asks for it");
    require(strangers == 0, "its joints are two arms");
    require(stamp > 1700000000, "it is stamped with the time of day");
    dds_entity_t mounts = reader(&tf2_msgs_msg_dds__TFMessage__desc, "rt/tf_static", true);
    require(comes(take_mount, mounts), "whoever comes late still hears where the inertial unit is");
    dds_entity_t gravity = reader(&sensor_msgs_msg_dds__Imu__desc, "rt/imu_sensor_broadcaster/imu", false);
    require(comes(take_gravity, gravity), "the inertial unit feels gravity");

    dds_entity_t pictures = reader(&sensor_msgs_msg_dds__Image__desc, "rt/camera/color/image_raw", false);
    require(comes(take_picture, pictures), "pictures come, whole and stamped");

    listen_for(500);
    double elbow_before = left[elbow], wrist_before = right[arm - 1];
    go(trajectories, 0.3, false);
    listen_for(800);
    require(fabs(left[elbow] - elbow_before) < 0.1, "without power a trajectory moves nothing");
    double on = 1, off = 0;
    tell(power, 1, &on);
    listen_for(300);
    elbow_before = left[elbow];
    go(trajectories, 0.3, false);
    listen_for(1500);
    require(fabs(left[elbow] - elbow_before - 0.3) < 0.02, "with power the elbow goes where it is told, and stays");
    go(trajectories, -0.3, true);
    listen_for(800);
    require(fabs(left[elbow] - elbow_before - 0.3) < 0.02, "a trajectory for another robot is dropped");

    wrist_before = right[arm - 1];
    double two[2] = {1, 1}, turn[arm] = {0, 0, 0, 0, 0, 0.5}, stand[arm] = {0};
    tell(speeds, 2, two);
    listen_for(300);
    require(fabs(right[arm - 1] - wrist_before) < 0.02, "speeds of another length are dropped");
    tell(speeds, arm, turn);
    listen_for(1000);
    require(right[arm - 1] - wrist_before > 0.2, "a speed that was told once is kept");
    tell(speeds, arm, stand);
    tell(power, 1, &off);
    printf("ok: everything\n");
    return 0;
}
