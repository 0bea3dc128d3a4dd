import ArgumentParser

/// Only argument parsing, wiring and exit codes live here.
@main
struct Conform: ParsableCommand {
    static let version = "0.1.0"

    static let configuration = CommandConfiguration(
        commandName: "conform",
        abstract: "Tests whether a robot keeps the Pons standard, and explains what it finds.",
        discussion: """
            EXAMPLES
              conform check sim:humanoid                       the reference humanoid, started by itself
              conform check sim:humanoid --virtual-time        the same in a few seconds, replayable by --seed
              conform doctor tls://192.168.1.20:7447 --keys keys   is anything in the way?
              conform init --discover tls://192.168.1.20:7447 --keys keys   its statement, to sign
              conform keys create keys                         certificates for a laboratory
              conform check tls://192.168.1.20:7447 --keys keys   a robot of yours
              conform check "sim:humanoid?mutant=MOT-03"       a robot broken in exactly one way
              conform explain MOT-03                           what a requirement wants, and how it is judged

            EXIT CODES
              0 all selected tests passed     1 a required test failed      2 usage, or nothing was judged
              3 inconclusive                  4 error of the harness        5 the robot was lost
              6 safety abort                  8 verify: not identical       130 interrupted

            Interface behaviour only: no performance level is certified, and a network stop never replaces a
            hard-wired emergency stop.
            """,
        version: version,
        subcommands: [
            Check.self, Init.self, Doctor.self, Keys.self, Relay.self, List.self, Plan.self, Explain.self, Trace.self,
            Selftest.self, Replay.self, Verify.self, Sign.self, Diff.self, Lint.self, Record.self,
            Report.self, Spec.self, NewAdapter.self, AdapterCommand.self,
        ])
}
