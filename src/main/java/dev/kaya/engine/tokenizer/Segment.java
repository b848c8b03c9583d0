package dev.kaya.engine.tokenizer;

/**
 * A part of a text, with whether special tokens written in it become those tokens.
 *
 * @param text any string
 * @param trusted true for what a template or an operator wrote; in what others wrote a special
 *     token is ordinary text
 */
public record Segment(String text, boolean trusted) {

    /** Text in which special tokens are those tokens. */
    public static Segment trusted(String text) {
        return new Segment(text, true);
    }

    /** Text in which special tokens are ordinary text. */
    public static Segment untrusted(String text) {
        return new Segment(text, false);
    }
}
