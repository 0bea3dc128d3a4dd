// swift-tools-version: 6.3
import PackageDescription

/// Every target: Swift 6 mode, warnings are errors, imports stay internal unless a signature needs them.
let common: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

/// Code meant for the robot as well: no unsafe expression unmarked, nothing that Embedded Swift refuses.
let core: [SwiftSetting] =
    common + [
        .enableExperimentalFeature("Lifetimes"),
        .strictMemorySafety(),
        .treatWarning("EmbeddedRestrictions", as: .error),
    ]

let package = Package(
    name: "pons",
    products: [
        .library(name: "PonsMessages", targets: ["PonsMessages"]),
        .library(name: "PonsViews", targets: ["PonsViews"]),
        .library(name: "PonsClient", targets: ["PonsClient"]),
        .library(name: "PonsSession", targets: ["PonsSession"]),
        .executable(name: "protoc-gen-pons", targets: ["protoc-gen-pons"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .target(name: "PonsWire", swiftSettings: core),
        .target(name: "PonsVocabulary", swiftSettings: core),
        .target(name: "PonsSpinal", dependencies: ["PonsWire", "PonsVocabulary"], swiftSettings: core),
        .target(
            name: "PonsViews", dependencies: ["PonsSpinal", "PonsWire", "PonsVocabulary"], swiftSettings: core),
        .target(
            name: "PonsMessages", dependencies: ["PonsSpinal", "PonsWire", "PonsVocabulary"], swiftSettings: core),
        .target(name: "PonsSafety", dependencies: ["PonsVocabulary"], swiftSettings: core),
        .target(
            name: "PonsSession", dependencies: ["PonsMessages", "PonsSafety", "PonsVocabulary", "PonsWire"],
            swiftSettings: common),
        .target(
            name: "PonsRobot", dependencies: ["PonsMessages", "PonsSafety", "PonsSession", "PonsWire"],
            swiftSettings: common),
        .target(
            name: "PonsBrain", dependencies: ["PonsMessages", "PonsSession", "PonsWire"], swiftSettings: common),
        .target(
            name: "PonsPort",
            dependencies: [
                "PonsMessages", "PonsRobot", "PonsSafety", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: common),
        .systemLibrary(name: "CMuJoCo"),
        .target(
            name: "PonsSimulator",
            dependencies: [
                "CMuJoCo", "PonsMessages", "PonsPort", "PonsRobot", "PonsSafety",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: common),
        // One pair of targets a port: what runs on the robot, and the native side that it is tested against.
        .target(
            name: "Unitree", dependencies: ["PonsMessages", "PonsPort", "PonsRobot", "PonsSafety"],
            path: "Vendors/unitree/Adapter", swiftSettings: common),
        .target(
            name: "UnitreeNative",
            dependencies: ["PonsMessages", "PonsPort", "PonsRobot", "PonsSimulator", "Unitree"],
            path: "Vendors/unitree/Native", swiftSettings: common),
        .target(
            name: "ROS2Messages", dependencies: ["PonsPort"], path: "Vendors/ros2/Messages", swiftSettings: common),
        .target(
            name: "ROS2Bridge", dependencies: ["PonsMessages", "PonsPort", "PonsRobot", "PonsSafety", "ROS2Messages"],
            path: "Vendors/ros2/Adapter", swiftSettings: common),
        .target(
            name: "ROS2BridgeNative",
            dependencies: ["PonsMessages", "PonsPort", "PonsSimulator", "ROS2Bridge", "ROS2Messages"],
            path: "Vendors/ros2/Native", swiftSettings: common),
        .target(
            name: "AgiBot", dependencies: ["PonsMessages", "PonsPort", "PonsRobot", "PonsSafety", "ROS2Messages"],
            path: "Vendors/agibot/Adapter", swiftSettings: common),
        .target(
            name: "AgiBotNative",
            dependencies: ["AgiBot", "PonsMessages", "PonsPort", "PonsSimulator", "ROS2Messages"],
            path: "Vendors/agibot/Native", swiftSettings: common),
        .target(
            name: "AgiBotA3", dependencies: ["AgiBot", "PonsPort"], path: "Vendors/agibot-a3/Adapter",
            swiftSettings: common),
        .target(
            name: "AgiBotA3Native", dependencies: ["AgiBotNative"], path: "Vendors/agibot-a3/Native",
            swiftSettings: common),
        .target(
            name: "AgiBotX2", dependencies: ["AgiBot", "PonsPort"], path: "Vendors/agibot-x2/Adapter",
            swiftSettings: common),
        .target(
            name: "AgiBotA2",
            dependencies: ["PonsMessages", "PonsPort", "PonsRobot", "PonsSafety", "ROS2Bridge"],
            path: "Vendors/agibot-a2/Adapter", swiftSettings: common),
        .target(
            name: "AgiBotA2Native",
            dependencies: ["AgiBotA2", "PonsMessages", "PonsPort", "PonsSimulator", "ROS2BridgeNative"],
            path: "Vendors/agibot-a2/Native", swiftSettings: common),
        .target(
            name: "CPonsDDS", cSettings: [.define("DDS_NDEBUG")], linkerSettings: [.linkedLibrary("ddsc")]),
        .target(name: "PonsDDS", dependencies: ["CPonsDDS", "PonsPort"], swiftSettings: common),
        .target(
            name: "PonsCalls",
            dependencies: [
                "PonsPort", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: common),
        .target(
            name: "VendorPorts",
            dependencies: [
                "AgiBot", "AgiBotA2", "AgiBotA2Native", "AgiBotA3", "AgiBotA3Native", "AgiBotNative", "AgiBotX2",
                "PonsPort", "PonsSimulator", "ROS2Bridge", "ROS2BridgeNative", "Unitree", "UnitreeNative",
            ],
            path: "Vendors/Ports", swiftSettings: common),
        .target(
            name: "PonsReflection", dependencies: ["PonsMessages", "PonsVocabulary", "PonsWire"], swiftSettings: common),
        .target(
            name: "PonsPipe",
            dependencies: ["PonsMessages", "PonsReflection", "PonsSession", "PonsVocabulary", "PonsWire"],
            swiftSettings: common),
        .target(name: "CPonsSystem"),
        .target(
            name: "PonsTransport", dependencies: ["CPonsSystem", "PonsMessages", "PonsRobot", "PonsSession"],
            swiftSettings: common),
        .target(
            name: "PonsSecurity",
            dependencies: [
                "PonsMessages", "PonsSession", "PonsTransport", .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            swiftSettings: common),
        .target(
            name: "ConformJudge",
            dependencies: [
                "PonsMessages", "PonsReflection", "PonsWire", .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: common),
        .target(
            name: "ConformDriver",
            dependencies: [
                "ConformJudge", "PonsBrain", "PonsMessages", "PonsPipe", "PonsPort", "PonsRecording", "PonsReflection",
                "PonsRobot", "PonsSecurity", "PonsSession", "PonsSimulator", "PonsTransport", "PonsWire",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: common),
        .target(
            name: "PonsRecording", dependencies: ["PonsMessages", "PonsRobot", "PonsVocabulary"], swiftSettings: common),
        .target(
            name: "ConformReport",
            dependencies: [
                "ConformDriver", "ConformJudge", "PonsMessages", "PonsRecording", "PonsReflection", "PonsSession",
                "PonsWire",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: common),
        .target(
            name: "ConformDoctor",
            dependencies: [
                "ConformDriver", "ConformJudge", "PonsMessages", "PonsRecording", "PonsReflection", "PonsSecurity",
                "PonsTransport",
            ],
            swiftSettings: common),
        .executableTarget(
            name: "conform",
            dependencies: [
                "ConformDoctor", "ConformDriver", "ConformJudge", "ConformReport", "PonsBrain", "PonsMessages",
                "PonsPipe", "PonsPort", "PonsRecording", "PonsRobot", "PonsSchema", "PonsSecurity", "PonsSimulator",
                "PonsTransport", "VendorPorts",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: common),
        .executableTarget(
            name: "pons-sim",
            dependencies: [
                "PonsCalls", "PonsDDS", "PonsPort", "VendorPorts", "PonsRecording", "PonsRobot", "PonsSecurity",
                "PonsSimulator",
                "PonsTransport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: common),
        .executableTarget(
            name: "pons-native",
            dependencies: [
                "PonsCalls", "PonsDDS", "PonsPort", "VendorPorts", "PonsSimulator", "PonsTransport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: common),
        .executableTarget(
            name: "pons-brain",
            dependencies: [
                "PonsBrain", "PonsSecurity", "PonsTransport",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: common),
        .target(
            name: "PonsClient",
            dependencies: [
                "PonsMessages", "PonsSecurity", "PonsSession", "PonsTransport",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: common),
        .executableTarget(
            name: "move-arm", dependencies: ["PonsClient", "PonsMessages"], path: "Examples/integrator/swift",
            swiftSettings: common),
        .executableTarget(
            name: "pons-codec",
            dependencies: [
                "PonsPipe", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: common),
        .target(
            name: "MotorController", dependencies: ["PonsSafety", "PonsSpinal", "PonsVocabulary", "PonsWire"],
            path: "Examples/motor-controller/Sources", swiftSettings: core),
        .target(
            name: "PonsSchema", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            swiftSettings: common),
        .executableTarget(
            name: "protoc-gen-pons",
            dependencies: [
                "PonsSchema",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
                .product(name: "SwiftProtobufPluginLibrary", package: "swift-protobuf"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: common),
        .testTarget(name: "PonsWireTests", dependencies: ["PonsWire"], swiftSettings: common),
        .testTarget(
            name: "PonsMessagesTests", dependencies: ["PonsMessages", "PonsReflection", "PonsWire"],
            swiftSettings: common),
        .target(
            name: "CSecondCodec", cSettings: [.headerSearchPath("Generated")],
            linkerSettings: [.linkedLibrary("protobuf-c")]),
        .target(
            name: "ThirdCodec", dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
            path: "Tests/ThirdCodec", swiftSettings: [.swiftLanguageMode(.v6)]),
        .target(name: "CAllocations", path: "Tests/CAllocations"),
        .target(name: "CIntruder", path: "Tests/CIntruder"),
        .testTarget(
            name: "PonsCodecTests",
            dependencies: [
                "CAllocations", "CSecondCodec", "PonsMessages", "PonsReflection", "PonsSpinal", "PonsViews", "PonsWire",
                "ThirdCodec",
                "pons-codec",
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ],
            swiftSettings: common),
        .testTarget(
            name: "MotorControllerTests",
            dependencies: ["MotorController", "PonsMessages", "PonsSession", "PonsWire"], swiftSettings: common),
        .testTarget(
            name: "PonsSafetyTests", dependencies: ["PonsSafety", "PonsVocabulary"], exclude: ["Golden"],
            swiftSettings: common),
        .testTarget(
            name: "PonsSessionTests",
            dependencies: ["PonsMessages", "PonsSafety", "PonsSession", "PonsWire"], swiftSettings: common),
        .testTarget(
            name: "PonsSimulatorTests",
            dependencies: [
                "PonsMessages", "PonsRobot", "PonsSafety", "PonsSession", "PonsSimulator", "PonsTransport",
            ],
            swiftSettings: common),
        .testTarget(name: "PonsPortTests", dependencies: ["PonsMessages", "PonsPort"], swiftSettings: common),
        .testTarget(
            name: "VendorPortTests",
            dependencies: [
                "AgiBot", "AgiBotA2", "AgiBotA2Native", "AgiBotA3", "AgiBotA3Native", "AgiBotNative", "ConformDriver",
                "ConformJudge", "ConformReport", "PonsMessages", "PonsPort", "PonsRobot", "PonsSafety", "PonsSimulator",
                "PonsVocabulary", "ROS2Bridge", "ROS2BridgeNative", "ROS2Messages", "Unitree", "UnitreeNative",
                "VendorPorts",
            ],
            swiftSettings: common),
        .testTarget(
            name: "PonsSecurityTests", dependencies: ["PonsMessages", "PonsSecurity", "PonsSession", "PonsTransport"],
            swiftSettings: common),
        .testTarget(
            name: "ConformJudgeTests",
            dependencies: [
                "ConformJudge", "PonsMessages", "PonsReflection", "PonsTransport", "PonsVocabulary", "PonsWire",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            exclude: ["Golden"], swiftSettings: common),
        .testTarget(
            name: "ConformDriverTests",
            dependencies: [
                "ConformDriver", "ConformJudge", "PonsBrain", "PonsMessages", "PonsRobot", "PonsSession",
                "PonsSimulator", "PonsTransport", "PonsVocabulary", "PonsWire",
            ],
            swiftSettings: common),
        .testTarget(
            name: "PonsSchemaTests",
            dependencies: ["PonsSchema", .product(name: "SwiftProtobuf", package: "swift-protobuf")],
            swiftSettings: common),
        .testTarget(
            name: "PonsCallsTests",
            dependencies: [
                "PonsCalls", "PonsPort", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ],
            swiftSettings: common),
        .testTarget(
            name: "PonsDDSTests", dependencies: ["PonsDDS", "PonsPort", "VendorPorts"], swiftSettings: common),
        .testTarget(
            name: "PonsRecordingTests", dependencies: ["PonsMessages", "PonsRecording", "PonsRobot"],
            swiftSettings: common),
        .testTarget(
            name: "ConformTests",
            dependencies: [
                "CIntruder", "ConformDoctor", "ConformDriver", "ConformJudge", "PonsPort", "PonsRecording",
                "PonsSecurity", "PonsSimulator", "PonsTransport", "VendorPorts", "conform",
                "pons-brain", "pons-codec", "pons-sim",
            ],
            swiftSettings: common),
    ]
)
