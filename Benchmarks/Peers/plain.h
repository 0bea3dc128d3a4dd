// The messages as plain structures: what the peers without one of their own encode from, and Fast-CDR decodes to.
#pragma once
#include "peers.h"

namespace plain {

struct State {
    uint64_t sequence; int64_t capture; uint8_t safety, mode; uint32_t descriptor; uint64_t authority, applied_sequence;
    int64_t applied_ns; std::vector<float> position, velocity, effort, commanded, applied;
    std::vector<uint64_t> limited, brake, fault; std::vector<float> imu, foot;
    uint64_t received_sequence, accepted_sequence; int64_t received_ns; uint32_t rejected, lost, depth;
    int64_t uncertainty; uint32_t sync; uint64_t hash; bool test;
    template <class F> void each(F f) {
        f(sequence); f(capture); f(safety); f(mode); f(descriptor); f(authority); f(applied_sequence); f(applied_ns);
        f(position); f(velocity); f(effort); f(commanded); f(applied); f(limited); f(brake); f(fault); f(imu); f(foot);
        f(received_sequence); f(accepted_sequence); f(received_ns); f(rejected); f(lost); f(depth); f(uncertainty);
        f(sync); f(hash); f(test);
    }
};
struct Setpoint {
    uint64_t sequence; int64_t stamp, until; uint64_t epoch, lease; uint32_t resource, descriptor; uint8_t mode;
    std::vector<float> position, velocity, effort, stiffness, damping;
    template <class F> void each(F f) {
        f(sequence); f(stamp); f(until); f(epoch); f(lease); f(resource); f(descriptor); f(mode);
        f(position); f(velocity); f(effort); f(stiffness); f(damping);
    }
};
struct Picture {
    std::string sensor; uint64_t sequence; int64_t capture, publish; std::string frame; uint8_t encoding;
    uint32_t width, height; std::vector<uint8_t> payload;
    template <class F> void each(F f) {
        f(sensor); f(sequence); f(capture); f(publish); f(frame); f(encoding); f(width); f(height); f(payload);
    }
};
struct Parameter {
    std::string name; double number; std::string text; bool has_text;
    template <class F> void each(F f) { f(name); f(number); f(text); f(has_text); }
};
struct Node {
    std::string id; uint8_t kind; std::string skill; std::vector<Parameter> parameters; std::vector<Node> children;
    int64_t timeout; std::string comment;
    template <class F> void each(F f) { f(id); f(kind); f(skill); f(parameters); f(children); f(timeout); f(comment); }
};
struct Plan {
    uint64_t command; std::string task; uint64_t epoch, lease; uint32_t resource; int64_t until; uint32_t descriptor;
    Node root;
    template <class F> void each(F f) {
        f(command); f(task); f(epoch); f(lease); f(resource); f(until); f(descriptor); f(root);
    }
};

template <class V> std::vector<float> floats(const V &v) { return {v.begin(), v.end()}; }
template <class V> std::vector<uint64_t> words(const V &v) { return {v.begin(), v.end()}; }

inline void fill(State &to, const pons::v1::WholeBodyState &m) {
    to = {m.sequence(), m.capture_ns(), uint8_t(m.safety_state()), uint8_t(m.operating_mode()), m.descriptor_epoch(),
          m.authority_epoch(), m.applied_sequence(), m.applied_ns(), floats(m.position()), floats(m.velocity()),
          floats(m.effort()), floats(m.commanded()), floats(m.applied()), words(m.limited_mask()), words(m.brake_mask()),
          words(m.fault_mask()), floats(m.imu()), floats(m.foot_force()), m.received_sequence(), m.accepted_sequence(),
          m.received_ns(), m.rejected_setpoints(), m.lost_setpoints(), m.queue_depth(), m.clock_uncertainty_ns(),
          m.sync_source(), m.descriptor_hash_prefix(), m.test_active()};
}
inline void fill(Setpoint &to, const pons::v1::JointSetpoint &m) {
    to = {m.sequence(), m.stamp_ns(), m.valid_until_ns(), m.lease_epoch(), m.lease_sequence(), m.resource_id(),
          m.descriptor_epoch(), uint8_t(m.mode()), floats(m.position()), floats(m.velocity()), floats(m.effort()),
          floats(m.stiffness()), floats(m.damping())};
}
inline void fill(Picture &to, const pons::v1::Image &m) {
    to = {m.header().sensor_id(), m.header().sequence(), m.header().capture_midpoint_ns(), m.header().publish_ns(),
          m.header().frame(), uint8_t(m.encoding()), m.width(), m.height(), {m.payload().begin(), m.payload().end()}};
}
inline void fill(Node &to, const pons::v1::PlanNode &m) {
    to.id = m.id(); to.kind = uint8_t(m.kind()); to.skill = m.skill(); to.timeout = m.timeout_ns(); to.comment = m.comment();
    for (auto &p : m.parameters()) to.parameters.push_back({p.name(), p.number(), p.text(), p.has_text()});
    to.children.resize(m.children_size());
    for (int i = 0; i < m.children_size(); i++) fill(to.children[i], m.children(i));
}
inline void fill(Plan &to, const pons::v1::TaskRequest &m) {
    to.command = m.command_id(); to.task = m.task_id(); to.epoch = m.lease_epoch(); to.lease = m.lease_sequence();
    to.resource = m.resource_id(); to.until = m.valid_until_ns(); to.descriptor = m.descriptor_epoch();
    fill(to.root, m.root());
}

template <class T> T ring[PEERS_RING];

template <class T, class M> void load(const M *from) {
    for (int i = 0; i < PEERS_RING; i++) {
        ring<T>[i] = T();
        fill(ring<T>[i], from[i]);
    }
}

}  // namespace plain
