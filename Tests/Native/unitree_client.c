/* A program as somebody writes it against Unitree's own topics, with Cyclone DDS 0.10 and types from its IDL compiler: it shares
   no code with Pons. It finds the robot that pons-native simulates, takes it over, moves a joint, makes the usual mistakes.

   unitree_client DOMAIN     ends with 1 at the first thing that a G1 would not do */
#include <dds/dds.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unitree.h"

typedef unitree_hg_msg_dds__LowCmd_ low_cmd;
typedef unitree_hg_msg_dds__LowState_ low_state;
typedef unitree_api_msg_dds__Request_ request;
typedef unitree_api_msg_dds__Response_ response;

enum { shoulder = 15, check_mode = 1001, release_mode = 1003 };

static dds_entity_t participant, command_writer, state_reader, request_writer, response_reader;
static low_state state;

static void require(bool holds, const char *what) {
    printf("%s: %s\n", holds ? "ok" : "NOT", what);
    fflush(stdout);
    if (!holds) exit(1);
}

/* Over the structure as it lies in memory, as the vendor's programs do. */
static uint32_t crc_of(const void *memory, size_t size) {
    const uint32_t *words = memory;
    uint32_t crc = 0xFFFFFFFF;
    for (size_t index = 0; index < size / 4; index++)
        for (uint32_t bit = 1u << 31; bit != 0; bit >>= 1) {
            crc = (crc & 0x80000000) != 0 ? (crc << 1) ^ 0x04C11DB7 : crc << 1;
            if ((words[index] & bit) != 0) crc ^= 0x04C11DB7;
        }
    return crc;
}

static void listen_for(int64_t milliseconds) {
    int64_t until = dds_time() + DDS_MSECS(milliseconds);
    while (dds_time() < until) {
        void *sample = &state;
        dds_sample_info_t info;
        while (dds_take(state_reader, &sample, &info, 1, 1) > 0)
            ;
        dds_sleepfor(DDS_MSECS(1));
    }
}

static int32_t call(int64_t api, char *answer, size_t room) {
    static int64_t id = 1;
    request sent = {0};
    sent.header.identity.id = id++;
    sent.header.identity.api_id = api;
    sent.parameter = "{}";
    require(dds_write(request_writer, &sent) == 0, "a request is written");
    for (int tries = 0; tries < 200; tries++) {
        response received = {0};
        void *sample = &received;
        dds_sample_info_t info;
        if (dds_take(response_reader, &sample, &info, 1, 1) > 0 && info.valid_data
            && received.header.identity.id == sent.header.identity.id) {
            snprintf(answer, room, "%s", received.data);
            return received.header.status.code;
        }
        dds_sleepfor(DDS_MSECS(5));
    }
    return -1;
}

/* Commands the shoulder 500 times a second; returns how far it has come. */
static float push(float target, int64_t milliseconds, uint32_t spoil, uint8_t mode_machine) {
    float before = state.motor_state[shoulder].q;
    int64_t until = dds_time() + DDS_MSECS(milliseconds);
    while (dds_time() < until) {
        low_cmd command;
        memset(&command, 0, sizeof command);
        command.mode_machine = mode_machine;
        command.motor_cmd[shoulder].mode = 1;
        command.motor_cmd[shoulder].q = target;
        command.motor_cmd[shoulder].kp = 60;
        command.motor_cmd[shoulder].kd = 2;
        command.crc = crc_of(&command, sizeof command - 4) ^ spoil;
        if (dds_write(command_writer, &command) != 0) require(false, "a command is written");
        listen_for(2);
    }
    return state.motor_state[shoulder].q - before;
}

static dds_entity_t topic(const dds_topic_descriptor_t *type, const char *name) {
    return dds_create_topic(participant, type, name, NULL, NULL);
}

int main(int count, char **arguments) {
    participant = dds_create_participant((dds_domainid_t)(count > 1 ? atoi(arguments[1]) : 1), NULL, NULL);
    require(participant > 0, "a participant");
    command_writer = dds_create_writer(participant, topic(&unitree_hg_msg_dds__LowCmd__desc, "rt/lowcmd"), NULL, NULL);
    state_reader = dds_create_reader(participant, topic(&unitree_hg_msg_dds__LowState__desc, "rt/lowstate"), NULL, NULL);
    request_writer = dds_create_writer(
        participant, topic(&unitree_api_msg_dds__Request__desc, "rt/api/motion_switcher/request"), NULL, NULL);
    response_reader = dds_create_reader(
        participant, topic(&unitree_api_msg_dds__Response__desc, "rt/api/motion_switcher/response"), NULL, NULL);
    for (int tries = 0; tries < 100 && state.tick == 0; tries++) listen_for(100);

    require(state.tick > 0, "the robot's state arrives");
    require(sizeof(low_cmd) == 1004, "a command is 1004 bytes in memory");
    require(sizeof state == 2092 && crc_of(&state, sizeof state - 4) == state.crc, "its check sum holds");
    require(state.mode_machine == 5, "it says which variant it is");
    uint32_t tick = state.tick;
    listen_for(500);
    require(state.tick - tick > 300 && state.tick - tick < 2000, "its tick counts milliseconds");

    char answer[256];
    float there = state.motor_state[shoulder].q - 0.4f;
    require(fabsf(push(there, 300, 0, 5)) < 0.02f, "while its own controller drives, commands do nothing");
    require(call(check_mode, answer, sizeof answer) == 0 && strstr(answer, "\"name\":\"ai\"") != NULL, "it says that it drives");
    require(call(release_mode, answer, sizeof answer) == 0, "it lets go");
    require(call(4711, answer, sizeof answer) != 0, "it refuses a call that it doesn't know");
    listen_for(600);
    there = state.motor_state[shoulder].q - 0.4f;
    require(fabsf(push(there, 300, 1, 5)) < 0.05f, "a command with a wrong check sum does nothing");
    require(fabsf(push(there, 300, 0, 4)) < 0.05f, "a command for another variant does nothing");
    require(push(there, 1500, 0, 5) < -0.2f, "a command moves the joint");
    require(state.motor_state[shoulder].mode == 1, "and its motor says that it is on");
    listen_for(1500);
    require(state.motor_state[shoulder].mode == 0, "after a second of silence it is limp");
    dds_delete(participant);
    return 0;
}
