public import ArgumentParser
public import ConformReport

/// Which of the standard's languages people are spoken to in.
struct LanguageOptions: ParsableArguments {
    @Option(name: .customLong("lang"), help: "en or zh.")
    var language = Language.en
}

extension Language: ExpressibleByArgument {}
