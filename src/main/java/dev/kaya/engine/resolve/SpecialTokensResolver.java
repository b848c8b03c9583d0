package dev.kaya.engine.resolve;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.dialect.Dialect;
import dev.kaya.engine.dialect.Dialects;
import dev.kaya.engine.settings.ConfigValues;
import dev.kaya.engine.settings.ConfigValues.Setting;
import dev.kaya.engine.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Decides which tokens begin and end texts: by {@code generation_config.json}, by what the
 * checkpoint and its {@code config.json} name, by the tokenizer, and for microgpt by its custom
 * that the id behind the characters does both.
 *
 * @see <a href="https://gist.github.com/karpathy/8627fe009c40f57531cb18360106ce95">microgpt</a>
 */
public final class SpecialTokensResolver {

    private final ConfigValues values;
    private final ConfigValues generation;
    private final Tokenizer tokenizer;
    private final boolean microgpt;
    private final int vocabulary;

    /**
     * @param values of the checkpoint and its {@code config.json}
     * @param generation of its {@code generation_config.json}
     * @param tokenizer of its texts
     * @param dialect of its tensors
     * @param vocabulary rows of its token embedding
     */
    public SpecialTokensResolver(
            ConfigValues values,
            ConfigValues generation,
            Tokenizer tokenizer,
            Dialect dialect,
            int vocabulary) {
        this.values = values;
        this.generation = generation;
        this.tokenizer = tokenizer;
        this.microgpt = dialect.equals(Dialects.MICROGPT);
        this.vocabulary = vocabulary;
    }

    /**
     * The tokens that begin and end texts.
     *
     * @throws MalformedCheckpointException when an id is none of the vocabulary
     */
    public SpecialTokens resolve() throws MalformedCheckpointException {
        List<Integer> bos = bos();
        boolean addsBos = tokenizer.addsBos() || (microgpt && !bos.isEmpty());
        List<Integer> ends = ids(generation, Setting.EOS);
        if (ends.isEmpty()) {
            ends = EndTokens.of(tokenizer, namedEnds());
        }
        if (ends.isEmpty() && addsBos) {
            ends = bos; // as in microgpt, where it begins and ends a text
        }
        OptionalInt first =
                bos.isEmpty() ? OptionalInt.empty() : OptionalInt.of(bos.get(0).intValue());
        return new SpecialTokens(
                tokenizer.addsBos() ? tokenizer.bosTokenId() : first, ends, addsBos);
    }

    private List<Integer> bos() throws MalformedCheckpointException {
        List<Integer> named = ids(values, Setting.BOS);
        return named.isEmpty() && customaryBos() >= 0 ? List.of(customaryBos()) : named;
    }

    /** In microgpt the one row more than there are characters; −1 where there is no such row. */
    private int customaryBos() {
        if (!microgpt) {
            return -1;
        }
        int own = tokenizer.bosTokenId().orElse(-1);
        boolean oneMore = tokenizer.vocabularySize() == vocabulary - 1;
        return own < 0 && oneMore ? vocabulary - 1 : own;
    }

    /** What has to be assumed because no BOS is named; empty where nothing is. */
    public List<Assumption> assumptions() throws MalformedCheckpointException {
        if (!microgpt || values.find(Setting.BOS) != null) {
            return List.of();
        }
        int bos = customaryBos();
        return List.of(
                new Assumption(
                        bos < 0
                                ? "no token begins or ends a text"
                                : "token %d begins and ends a text".formatted(bos),
                        Assumption.write(Setting.BOS, "…")));
    }

    /** What the file names as the end of a text, of a turn or of a message. */
    private List<Integer> namedEnds() throws MalformedCheckpointException {
        List<Integer> ends = new ArrayList<>();
        for (Setting end : List.of(Setting.EOS, Setting.END_OF_TURN, Setting.END_OF_MESSAGE)) {
            ends.addAll(ids(values, end));
        }
        return ends;
    }

    private List<Integer> ids(ConfigValues from, Setting setting)
            throws MalformedCheckpointException {
        Object value = from.find(setting);
        if (value == null) {
            return List.of();
        }
        List<Integer> ids = new ArrayList<>();
        for (Object id : value instanceof List<?> list ? list : List.of(value)) {
            if (!(id instanceof Long number) || number < 0 || number >= vocabulary) {
                throw from.wrong(setting, "an id below " + vocabulary, value);
            }
            ids.add(number.intValue());
        }
        return ids;
    }
}
