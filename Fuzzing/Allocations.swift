/// Allocations are counted in the tests only: here the address sanitizer brings its own malloc.
enum Allocations {
    static func count(_ body: () -> Void) -> Int {
        body()
        return 0
    }
}
