# The measured messages as Cap'n Proto structures, with the fields of the schema.
@0xc3a5f2d19b7e4601;
using Cxx = import "/capnp/c++.capnp";
$Cxx.namespace("capn");
struct State {
  sequence @0 :UInt64; capture @1 :Int64; safety @2 :UInt8; mode @3 :UInt8; descriptor @4 :UInt32;
  authority @5 :UInt64; appliedSequence @6 :UInt64; appliedNs @7 :Int64; position @8 :List(Float32);
  velocity @9 :List(Float32); effort @10 :List(Float32); commanded @11 :List(Float32); applied @12 :List(Float32);
  limited @13 :List(UInt64); brake @14 :List(UInt64); fault @15 :List(UInt64); imu @16 :List(Float32);
  foot @17 :List(Float32); receivedSequence @18 :UInt64; acceptedSequence @19 :UInt64; receivedNs @20 :Int64;
  rejected @21 :UInt32; lost @22 :UInt32; depth @23 :UInt32; uncertainty @24 :Int64; sync @25 :UInt32;
  hash @26 :UInt64; test @27 :Bool;
}
struct Setpoint {
  sequence @0 :UInt64; stamp @1 :Int64; until @2 :Int64; epoch @3 :UInt64; lease @4 :UInt64; resource @5 :UInt32;
  descriptor @6 :UInt32; mode @7 :UInt8; position @8 :List(Float32); velocity @9 :List(Float32);
  effort @10 :List(Float32); stiffness @11 :List(Float32); damping @12 :List(Float32);
}
struct Picture {
  sensor @0 :Text; sequence @1 :UInt64; capture @2 :Int64; publish @3 :Int64; frame @4 :Text; encoding @5 :UInt8;
  width @6 :UInt32; height @7 :UInt32; payload @8 :Data;
}
struct Parameter { name @0 :Text; number @1 :Float64; text @2 :Text; hasText @3 :Bool; }
struct Node {
  id @0 :Text; kind @1 :UInt8; skill @2 :Text; parameters @3 :List(Parameter); children @4 :List(Node);
  timeout @5 :Int64; comment @6 :Text;
}
struct Plan {
  command @0 :UInt64; task @1 :Text; epoch @2 :UInt64; lease @3 :UInt64; resource @4 :UInt32; until @5 :Int64;
  descriptor @6 :UInt32; root @7 :Node;
}
