// Whoever works with messages needs their enumerations; one import gives both.
@_exported public import PonsVocabulary
