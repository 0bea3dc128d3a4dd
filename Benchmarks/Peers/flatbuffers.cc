// FlatBuffers: a builder that is used again; reading is checking with the verifier, then looking in place.
#include "plain.h"
#include "messages_generated.h"

using namespace plain;

namespace {

using Builder = flatbuffers::FlatBufferBuilder;
template <class T> std::vector<uint8_t> encoded[PEERS_RING];

auto build(Builder &b, const State &s) {
    auto position = b.CreateVector(s.position), velocity = b.CreateVector(s.velocity), effort = b.CreateVector(s.effort);
    auto commanded = b.CreateVector(s.commanded), applied = b.CreateVector(s.applied);
    auto limited = b.CreateVector(s.limited), brake = b.CreateVector(s.brake), fault = b.CreateVector(s.fault);
    auto imu = b.CreateVector(s.imu), foot = b.CreateVector(s.foot);
    return flat::CreateState(b, s.sequence, s.capture, s.safety, s.mode, s.descriptor, s.authority, s.applied_sequence,
        s.applied_ns, position, velocity, effort, commanded, applied, limited, brake, fault, imu, foot,
        s.received_sequence, s.accepted_sequence, s.received_ns, s.rejected, s.lost, s.depth, s.uncertainty, s.sync,
        s.hash, s.test);
}
auto build(Builder &b, const Setpoint &s) {
    auto position = b.CreateVector(s.position), velocity = b.CreateVector(s.velocity), effort = b.CreateVector(s.effort);
    auto stiffness = b.CreateVector(s.stiffness), damping = b.CreateVector(s.damping);
    return flat::CreateSetpoint(b, s.sequence, s.stamp, s.until, s.epoch, s.lease, s.resource, s.descriptor, s.mode,
        position, velocity, effort, stiffness, damping);
}
auto build(Builder &b, const Picture &p) {
    auto sensor = b.CreateString(p.sensor), frame = b.CreateString(p.frame);
    auto payload = b.CreateVector(p.payload);
    return flat::CreatePicture(b, sensor, p.sequence, p.capture, p.publish, frame, p.encoding, p.width, p.height, payload);
}
flatbuffers::Offset<flat::Node> build(Builder &b, const Node &n) {
    // Bounded by what the samples hold: no allocation of ours is measured.
    flatbuffers::Offset<flat::Parameter> parameters[8];
    flatbuffers::Offset<flat::Node> children[8];
    size_t count = 0, below = 0;
    for (auto &p : n.parameters) {
        auto name = b.CreateString(p.name), text = b.CreateString(p.text);
        parameters[count++] = flat::CreateParameter(b, name, p.number, text, p.has_text);
    }
    for (auto &child : n.children) children[below++] = build(b, child);
    auto id = b.CreateString(n.id), skill = b.CreateString(n.skill), comment = b.CreateString(n.comment);
    auto all = b.CreateVector(parameters, count);
    auto nodes = b.CreateVector(children, below);
    return flat::CreateNode(b, id, n.kind, skill, all, nodes, n.timeout, comment);
}
auto build(Builder &b, const Plan &p) {
    auto task = b.CreateString(p.task);
    auto root = build(b, p.root);
    return flat::CreatePlan(b, p.command, task, p.epoch, p.lease, p.resource, p.until, p.descriptor, root);
}

uint64_t touch(const flat::State &s) {
    float sum = 0;
    for (auto stream : {s.position(), s.velocity(), s.effort(), s.commanded(), s.applied()})
        for (float value : *stream) sum += value;
    return bits(sum);
}
uint64_t touch(const flat::Setpoint &s) { return bits(s.position()->Get(0)); }
uint64_t touch(const flat::Picture &p) { return p.payload()->size(); }
uint64_t touch(const flat::Node &n) {
    uint64_t sum = n.id()->size() + n.skill()->size() + n.comment()->size() + uint64_t(n.timeout());
    for (auto p : *n.parameters()) sum += p->name()->size() + p->text()->size() + uint64_t(p->number());
    for (auto child : *n.children()) sum += touch(*child);
    return sum;
}
uint64_t touch(const flat::Plan &p) { return touch(*p.root()); }

template <class T> uint64_t encode(size_t count) {
    static Builder builder(1 << 20);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        builder.Clear();
        builder.Finish(build(builder, ring<T>[i % PEERS_RING]));
        sum += builder.GetSize();
    }
    return sum;
}

template <class F, class T, bool isTouching> uint64_t view(size_t count) {
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        auto &bytes = encoded<T>[i % PEERS_RING];
        flatbuffers::Verifier verifier(bytes.data(), bytes.size(), 64, 1000000);
        if (!verifier.VerifyBuffer<F>(nullptr)) fail("FlatBuffers verifier");
        if (isTouching) sum += touch(*flatbuffers::GetRoot<F>(bytes.data()));
    }
    return sum + count;
}

template <class T, class M> void fill_all(const M *from) {
    load<T>(from);
    Builder builder;
    for (int i = 0; i < PEERS_RING; i++) {
        builder.Clear();
        builder.Finish(build(builder, ring<T>[i]));
        encoded<T>[i].assign(builder.GetBufferPointer(), builder.GetBufferPointer() + builder.GetSize());
    }
}

template <class F, class T, class M> void all(int message, const M *from) {
    fill_all<T>(from);
    add("FlatBuffers", message, "encode", encode<T>);
    add("FlatBuffers", message, "view", view<F, T, false>);
    add("FlatBuffers", message, "view + touch", view<F, T, true>);
}

}  // namespace

void refresh_flatbuffers() { fill_all<State>(states); }

void add_flatbuffers() {
    all<flat::State, State>(PEERS_STATE, states);
    all<flat::Setpoint, Setpoint>(PEERS_SETPOINT, setpoints);
    all<flat::Picture, Picture>(PEERS_DEPTH, images);
    all<flat::Plan, Plan>(PEERS_PLAN, plans);
}
