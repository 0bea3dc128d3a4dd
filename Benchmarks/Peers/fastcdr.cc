// Fast-CDR, as ROS 2 and Unitree's DDS use it: structures with sequences, written the way the IDL compiler writes them.
#include "peers.h"
#include <fastcdr/Cdr.h>

using eprosima::fastcdr::Cdr;
using eprosima::fastcdr::FastBuffer;

namespace {

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

struct Writer {
    Cdr &cdr;
    template <class T> auto operator()(T &value) -> decltype(value.each(*this), void()) { value.each(*this); }
    template <class T> auto operator()(T &value) -> std::enable_if_t<std::is_arithmetic<T>::value> { cdr << value; }
    void operator()(std::string &value) { cdr << value; }
    template <class T> void operator()(std::vector<T> &values) {
        if constexpr (std::is_arithmetic<T>::value) { cdr << values; }
        else {
            cdr << uint32_t(values.size());
            for (auto &value : values) (*this)(value);
        }
    }
};
struct Reader {
    Cdr &cdr;
    template <class T> auto operator()(T &value) -> decltype(value.each(*this), void()) { value.each(*this); }
    template <class T> auto operator()(T &value) -> std::enable_if_t<std::is_arithmetic<T>::value> { cdr >> value; }
    void operator()(std::string &value) { cdr >> value; }
    template <class T> void operator()(std::vector<T> &values) {
        if constexpr (std::is_arithmetic<T>::value) { cdr >> values; }
        else {
            uint32_t count = 0;
            cdr >> count;
            values.resize(count);
            for (auto &value : values) (*this)(value);
        }
    }
};

template <class T> T ring[PEERS_RING];
template <class T> std::vector<char> encoded[PEERS_RING];

template <class T> uint64_t encode(size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        FastBuffer buffer(reinterpret_cast<char *>(output), sizeof output);
        Cdr cdr(buffer, Cdr::LITTLE_ENDIANNESS, Cdr::DDS_CDR);
        Writer{cdr}(ring<T>[i % PEERS_RING]);
        sum += cdr.getSerializedDataLength();
    }
    return sum;
}

template <class T, bool isNew> uint64_t decode(size_t count) {
    static T kept;
    for (size_t i = 0; i < count; i++) {
        auto &bytes = encoded<T>[i % PEERS_RING];
        FastBuffer buffer(bytes.data(), bytes.size());
        Cdr cdr(buffer, Cdr::LITTLE_ENDIANNESS, Cdr::DDS_CDR);
        if constexpr (isNew) {
            T fresh;
            Reader{cdr}(fresh);
        } else {
            Reader{cdr}(kept);
        }
    }
    return count;
}

template <class V> std::vector<float> floats(const V &v) { return {v.begin(), v.end()}; }
template <class V> std::vector<uint64_t> words(const V &v) { return {v.begin(), v.end()}; }

void fill(State &to, const pons::v1::WholeBodyState &m) {
    to = {m.sequence(), m.capture_ns(), uint8_t(m.safety_state()), uint8_t(m.operating_mode()), m.descriptor_epoch(),
          m.authority_epoch(), m.applied_sequence(), m.applied_ns(), floats(m.position()), floats(m.velocity()),
          floats(m.effort()), floats(m.commanded()), floats(m.applied()), words(m.limited_mask()), words(m.brake_mask()),
          words(m.fault_mask()), floats(m.imu()), floats(m.foot_force()), m.received_sequence(), m.accepted_sequence(),
          m.received_ns(), m.rejected_setpoints(), m.lost_setpoints(), m.queue_depth(), m.clock_uncertainty_ns(),
          m.sync_source(), m.descriptor_hash_prefix(), m.test_active()};
}
void fill(Setpoint &to, const pons::v1::JointSetpoint &m) {
    to = {m.sequence(), m.stamp_ns(), m.valid_until_ns(), m.lease_epoch(), m.lease_sequence(), m.resource_id(),
          m.descriptor_epoch(), uint8_t(m.mode()), floats(m.position()), floats(m.velocity()), floats(m.effort()),
          floats(m.stiffness()), floats(m.damping())};
}
void fill(Picture &to, const pons::v1::Image &m) {
    to = {m.header().sensor_id(), m.header().sequence(), m.header().capture_midpoint_ns(), m.header().publish_ns(),
          m.header().frame(), uint8_t(m.encoding()), m.width(), m.height(), {m.payload().begin(), m.payload().end()}};
}
void fill(Node &to, const pons::v1::PlanNode &m) {
    to.id = m.id(); to.kind = uint8_t(m.kind()); to.skill = m.skill(); to.timeout = m.timeout_ns(); to.comment = m.comment();
    for (auto &p : m.parameters()) to.parameters.push_back({p.name(), p.number(), p.text(), p.has_text()});
    to.children.resize(m.children_size());
    for (int i = 0; i < m.children_size(); i++) fill(to.children[i], m.children(i));
}
void fill(Plan &to, const pons::v1::TaskRequest &m) {
    to.command = m.command_id(); to.task = m.task_id(); to.epoch = m.lease_epoch(); to.lease = m.lease_sequence();
    to.resource = m.resource_id(); to.until = m.valid_until_ns(); to.descriptor = m.descriptor_epoch();
    fill(to.root, m.root());
}

template <class T, class M> void all(int message, M *from) {
    for (int i = 0; i < PEERS_RING; i++) {
        fill(ring<T>[i], from[i]);
        FastBuffer buffer(reinterpret_cast<char *>(output), sizeof output);
        Cdr cdr(buffer, Cdr::LITTLE_ENDIANNESS, Cdr::DDS_CDR);
        Writer{cdr}(ring<T>[i]);
        encoded<T>[i].assign(output, output + cdr.getSerializedDataLength());
    }
    add("Fast-CDR", message, "encode", encode<T>);
    add("Fast-CDR", message, "decode", decode<T, false>);
    add("Fast-CDR", message, "decode new", decode<T, true>);
}

}  // namespace

void add_fastcdr() {
    all<State>(PEERS_STATE, states);
    all<Setpoint>(PEERS_SETPOINT, setpoints);
    all<Picture>(PEERS_DEPTH, images);
    all<Plan>(PEERS_PLAN, plans);
}
