// swift-tools-version: 6.3
import PackageDescription

// A package of its own, as an integrator's is: Pons is measured across the module boundary, beside its peers.
let package = Package(
    name: "bench",
    dependencies: [
        .package(name: "pons", path: ".."),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
    ],
    targets: [
        .target(name: "CPeers"),
        .executableTarget(
            name: "bench",
            dependencies: [
                "CPeers", .product(name: "PonsMessages", package: "pons"),
                .product(name: "PonsViews", package: "pons"),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: [.swiftLanguageMode(.v5), .enableExperimentalFeature("Lifetimes")],
            linkerSettings: [
                .unsafeFlags(["-L", ".build", "-lpeers", "-lprotobuf-nanopb"]),
                .linkedLibrary("protobuf"), .linkedLibrary("protobuf-c"),
                .linkedLibrary("fastcdr"), .linkedLibrary("flatbuffers"), .linkedLibrary("capnp"),
                .linkedLibrary("kj"), .linkedLibrary("stdc++"),
            ]),
    ]
)
