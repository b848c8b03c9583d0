package dev.kaya.engine.model;

/** Whether a sequence takes over keys and values that others with the same beginning computed. */
public enum PrefixSharing {

    /** From all others, by whole pages. */
    SHARED,

    /** From none, so that nobody can tell by the time what others have sent. */
    OFF
}
