package dev.kaya.engine.checkpoint.json;

/**
 * How much of a JSON document is read.
 *
 * @param bytes most in a document; {@link #ANY} where its reader bounds it otherwise
 * @param depth how deep it may nest
 * @param values most in all trees of a document
 * @param lengths of its strings
 * @param namesRepeat whether many objects have the same names, which are then kept once
 */
public record JsonBounds(
        long bytes, Depth depth, int values, Lengths lengths, boolean namesRepeat) {

    /** Any number of bytes. */
    public static final long ANY = -1;

    /**
     * For checkpoints and what lies beside them. The values are some 400 MB of tree at the very
     * worst; the largest tokenizer.json in use, of 262,000 tokens and 515,000 merges, has two
     * million. No checkpoint nests more than a handful of levels.
     */
    public static final JsonBounds CHECKPOINT =
            new JsonBounds(ANY, new Depth(128, 64), 4_000_000, new Lengths(50_000, 16 << 20), true);

    /**
     * Most levels.
     *
     * @param document of the whole
     * @param tree of one value
     */
    public record Depth(int document, int tree) {}

    /**
     * Most characters.
     *
     * @param name of a property
     * @param string of a value
     */
    public record Lengths(int name, int string) {}
}
