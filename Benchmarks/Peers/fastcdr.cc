// Fast-CDR, as ROS 2 and Unitree's DDS use it: structures with sequences, written the way the IDL compiler writes them.
#include "plain.h"
#include <fastcdr/Cdr.h>

using eprosima::fastcdr::Cdr;
using eprosima::fastcdr::FastBuffer;

using namespace plain;

namespace {

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

template <class T, class M> void all(int message, M *from) {
    load<T>(from);
    for (int i = 0; i < PEERS_RING; i++) {
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
