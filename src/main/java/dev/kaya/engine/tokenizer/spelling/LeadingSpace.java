package dev.kaya.engine.tokenizer.spelling;

/** What becomes of spaces at the beginning of a decoded text, where encoding put one. */
public enum LeadingSpace {
    /** They stay. */
    KEPT,
    /** The first one goes, whichever token it comes from. */
    FIRST_TAKEN,
    /** All spaces of the first token go, as in Hugging Face's {@code Metaspace}. */
    TAKEN_FROM_FIRST_TOKEN
}
