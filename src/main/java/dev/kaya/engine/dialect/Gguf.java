package dev.kaya.engine.dialect;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.settings.ConfigValues;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What GGUF files say about a model beyond the settings that other files have too: which one it is,
 * and what about it would have to be computed otherwise.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the keys</a>
 */
public final class Gguf {

    private final ConfigValues values;
    private final String prefix;

    private Gguf(ConfigValues values, String architecture) {
        this.values = values;
        this.prefix = architecture + ".";
    }

    /** The dialect of an architecture. */
    static Dialect dialect(Path path, Object architecture) throws MalformedCheckpointException {
        Dialect dialect = GgufDialects.BY_ARCHITECTURE.get(String.valueOf(architecture));
        if (dialect != null) {
            return dialect;
        }
        String known =
                String.join(
                        " or ", GgufDialects.BY_ARCHITECTURE.keySet().stream().sorted().toList());
        throw new MalformedCheckpointException(
                path,
                -1,
                ConfigValues.ARCHITECTURE + " must be " + known + "; given " + architecture);
    }

    /**
     * Refuses what is not computed here. Files that name no architecture pass.
     *
     * @throws MalformedCheckpointException naming the key and its value
     */
    public static void check(ConfigValues values, TransformerConfig config)
            throws MalformedCheckpointException {
        if (values.find(ConfigValues.ARCHITECTURE) instanceof String architecture) {
            new Gguf(values, architecture).check(config.attention().headLength());
        }
    }

    private void check(long headLength) throws MalformedCheckpointException {
        if (values.find("split.count") instanceof Long count && count > 1) {
            throw values.wrong("split.count", "absent: join the parts of the model first", count);
        }
        Object valueLength = find("attention.value_length");
        if (valueLength != null && !valueLength.equals(headLength)) {
            throw values.wrong(
                    prefix + "attention.value_length",
                    headLength + ", the length of keys",
                    valueLength);
        }
        refuseUnless("expert_count", 0L);
        refuseUnless("attention.causal", true);
        Object pattern = find("attention.sliding_window_pattern");
        if (pattern != null) {
            throw values.wrong(prefix + "attention.sliding_window_pattern", "absent", pattern);
        }
    }

    private void refuseUnless(String key, Object supported) throws MalformedCheckpointException {
        Object value = find(key);
        if (value != null && !value.equals(supported)) {
            throw values.wrong(prefix + key, "absent or " + supported, value);
        }
    }

    private @Nullable Object find(String key) {
        return values.find(prefix + key);
    }
}
