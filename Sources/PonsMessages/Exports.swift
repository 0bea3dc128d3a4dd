// Violation, the verdict of a validator; and the heap-free forms of setpoints and states.
@_exported public import PonsSpinal
// Whoever works with messages needs their enumerations; one import gives both.
@_exported public import PonsVocabulary
