/* The robot of a manifest, with simulated joints: in real time over TLS, or in step with a tester. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "in_step.h"
#include "pons/kit.h"
#include "server.h"

static int usage(void) {
    fputs("usage: pons-robot --manifest FILE [--listen HOST:PORT] [--keys DIR] [--state FILE]\n"
          "       pons-robot --manifest FILE --in-step                            virtual time, on standard input\n"
          "The first is in real time, at 127.0.0.1:7447 by default; FILE keeps a latched stop over a power cycle.\n"
          "Without --keys links are in clear: a laboratory only.\n",
          stderr);
    return 64;
}

int main(int count, char **arguments) {
    const char *path = NULL, *address = "127.0.0.1:7447", *keys = NULL, *state = NULL;
    bool is_in_step = false;
    for (int i = 1; i < count; i++) {
        bool has_value = i + 1 < count;
        if (strcmp(arguments[i], "--in-step") == 0) is_in_step = true;
        else if (strcmp(arguments[i], "--manifest") == 0 && has_value) path = arguments[++i];
        else if (strcmp(arguments[i], "--listen") == 0 && has_value) address = arguments[++i];
        else if (strcmp(arguments[i], "--keys") == 0 && has_value) keys = arguments[++i];
        else if (strcmp(arguments[i], "--state") == 0 && has_value) state = arguments[++i];
        else return usage();
    }
    if (!path) return usage();
    static pons_manifest manifest;
    char complaint[512];
    if (!pons_manifest_load(path, &manifest, complaint, sizeof complaint)) {
        fprintf(stderr, "pons-robot: %s\n", complaint);
        return 1;
    }
    for (int i = 0; i < manifest.profile_count; i++) {
        if (pons_serves(manifest.profiles[i])) continue;
        fprintf(stderr, "pons-robot: %s claims %s, which this kit does not serve: the robot does not claim it\n", path,
                manifest.profiles[i]);
    }
    pons_config config = {.sha256 = pons_sha256, .random = pons_system_random, .firmware_version = "kit-c",
                          .is_lab = !is_in_step && !keys};
    if (is_in_step) return pons_run_in_step(&config, &manifest);
    pons_simulated_body *body = pons_simulated_body_make(&manifest);
    if (!body) return 1;
    config.body = pons_simulated_body_interface(body);
    if (state && !pons_state_load(state, &config.latch, &config.epoch)) {
        fprintf(stderr, "pons-robot: %s can't be read: what was latched is unknown. Look at the robot, then remove the file\n", state);
        return 1;
    }
    pons_robot *robot = pons_robot_start(&config, &manifest, pons_monotonic_ns());
    return robot ? pons_serve(robot, address, keys, state) : 1;
}
