// swift-tools-version: 6.3
import PackageDescription

// What an integrator writes: the messages and nothing else of Pons.
let package = Package(
    name: "setpoint",
    dependencies: [.package(name: "pons", path: "../..")],
    targets: [
        .executableTarget(name: "setpoint", dependencies: [.product(name: "PonsMessages", package: "pons")])
    ]
)
