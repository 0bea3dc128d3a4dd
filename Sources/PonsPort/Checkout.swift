public import Foundation

/// Where the files of a checkout are looked for.
public enum Checkout {
    /// The folder of the running program, links resolved.
    public static var programFolder: URL {
        (Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0])).resolvingSymlinksInPath()
            .deletingLastPathComponent()
    }

    /// The working folder and all above it, then those of the program: nearest first.
    public static var places: [URL] {
        above(URL(fileURLWithPath: FileManager.default.currentDirectoryPath)) + above(programFolder)
    }

    /// A folder and all above it.
    public static func above(_ folder: URL) -> [URL] {
        var urls = [folder.standardizedFileURL]
        while urls.last!.path != "/" { urls.append(urls.last!.deletingLastPathComponent()) }
        return urls
    }
}
