#pragma once
#include <protobuf-c/protobuf-c.h>

// Every message of the schema, closed by a null.
extern const ProtobufCMessageDescriptor *const second_codec_descriptors[];
