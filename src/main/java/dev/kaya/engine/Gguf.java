package dev.kaya.engine;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What GGUF files say about a model beyond the settings that other files have too: which one it is,
 * and what about it would have to be computed otherwise.
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the keys</a>
 */
final class Gguf {

    /** The key that names the architecture; its value begins the names of the settings. */
    static final String ARCHITECTURE = "general.architecture";

    private static final String FREQUENCIES = "rope_freqs.weight";

    private final ConfigValues values;
    private final String prefix;

    private Gguf(ConfigValues values, String architecture) {
        this.values = values;
        this.prefix = architecture + ".";
    }

    /** The dialect of an architecture. */
    static Dialect dialect(Path path, Object architecture) throws MalformedCheckpointException {
        Dialect dialect = Dialects.BY_ARCHITECTURE.get(String.valueOf(architecture));
        if (dialect != null) {
            return dialect;
        }
        throw new MalformedCheckpointException(
                path, -1, ARCHITECTURE + " must be gpt2 or llama; given " + architecture);
    }

    /** Refuses tensors that would change the arithmetic. */
    static void refuseUnsupportedTensors(Path path, Set<String> names)
            throws MalformedCheckpointException {
        if (names.contains(FREQUENCIES)) {
            throw new MalformedCheckpointException(
                    path,
                    -1,
                    FREQUENCIES
                            + " scales the rotary frequencies, as in Llama 3.1 and later; that is"
                            + " not supported yet");
        }
    }

    /**
     * Checks what the file says against what its tensors gave, and refuses what is not computed
     * here. Files that name no architecture pass.
     *
     * @throws MalformedCheckpointException naming the key and its value
     */
    static void check(ConfigValues values, TransformerConfig config)
            throws MalformedCheckpointException {
        if (values.find(ARCHITECTURE) instanceof String architecture) {
            var gguf = new Gguf(values, architecture);
            gguf.checkSizes(config);
            gguf.refuseUnsupported(config);
        }
    }

    private void checkSizes(TransformerConfig config) throws MalformedCheckpointException {
        TransformerConfig.Dimensions size = config.dimensions();
        agree("block_count", size.layers());
        agree("embedding_length", size.embedding());
        agree("feed_forward_length", config.feedForward().length());
        agree("context_length", size.context());
        int headLength = config.attention().headLength();
        agree("attention.key_length", headLength);
        agree("attention.value_length", headLength);
        if (config.positions().kind() != PositionKind.LEARNED) {
            agree("rope.dimension_count", headLength);
        }
    }

    private void agree(String key, long length) throws MalformedCheckpointException {
        Object value = find(key);
        if (value != null && !value.equals(length)) {
            throw values.wrong(prefix + key, length + " by the weights", value);
        }
    }

    private void refuseUnsupported(TransformerConfig config) throws MalformedCheckpointException {
        if (values.find("split.count") instanceof Long count && count > 1) {
            throw values.wrong("split.count", "absent: join the parts of the model first", count);
        }
        refuseUnless("expert_count", 0L);
        refuseUnless("attention.causal", true);
        refuseUnless("rope.scaling.type", "none");
        for (String key : new String[] {"rope.scaling.factor", "rope.scale_linear"}) {
            if (find(key) instanceof Number factor
                    && factor.doubleValue() != 0
                    && factor.doubleValue() != 1) {
                throw values.wrong(prefix + key, "absent or 1", factor);
            }
        }
        if (find("attention.sliding_window") instanceof Long window
                && window > 0
                && window < config.dimensions().context()) {
            throw values.wrong(
                    prefix + "attention.sliding_window",
                    "absent or at least the context length",
                    window);
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
