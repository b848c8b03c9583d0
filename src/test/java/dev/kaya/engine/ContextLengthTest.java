package dev.kaya.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.model.TransformerConfig;
import dev.kaya.engine.weights.WeightFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model served with a shorter context than its own. */
class ContextLengthTest {

    private static final int SHORT = 9;
    private static final String YARN =
            "{\"rope_type\": \"yarn\", \"factor\": 4, \"original_max_position_embeddings\": 12}";

    @TempDir private Path folder;

    @Test
    void theLogitsAreThoseOfTheWholeContext() throws IOException {
        for (TinyCheckpoint tiny :
                List.of(
                        TinyCheckpoint.gpt2(),
                        TinyCheckpoint.llama(),
                        TinyCheckpoint.llama().config("sliding_window", "5"),
                        TinyCheckpoint.llama().config("rope_scaling", YARN),
                        TinyCheckpoint.llama()
                                .config(
                                        "rope_scaling",
                                        "{\"type\": \"dynamic\", \"factor\": 2}"))) {
            LoadedModel whole = tiny.load(folder);
            LoadedModel cut = load(SHORT);

            assertThat(cut.model().config()).isEqualTo(whole.model().config().withContext(SHORT));
            assertThat(logits(cut, SHORT)).isEqualTo(logits(whole, SHORT));
        }
    }

    @Test
    void aContextOfOneOrOfAllIsOne() throws IOException {
        TransformerConfig stored = TinyCheckpoint.llama().load(folder).model().config();

        assertThat(load(1).model().config().dimensions().context()).isEqualTo(1);
        assertThat(load(TinyCheckpoint.CONTEXT).model().config()).isEqualTo(stored);
    }

    @Test
    void aLongerOneIsRefusedWithTheReason() throws IOException {
        TinyCheckpoint.gpt2().write(folder);
        assertRefused("which learned no more positions");
        TinyCheckpoint.llama().write(folder);
        assertRefused(
                "which was trained for no more; where it is stretched by rope_scaling, its"
                        + " config.json says so");
    }

    private void assertRefused(String reason) {
        assertThatThrownBy(() -> load(TinyCheckpoint.CONTEXT + 1))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(
                        folder.resolve("model.safetensors")
                                + ": kaya.context-length must be at most 24, the context of this"
                                + " model, "
                                + reason
                                + "; given 25");
    }

    private LoadedModel load(int context) throws IOException {
        return ModelLoader.load(
                folder, new LoadOptions(WeightFormat.AUTO, OptionalInt.of(context)));
    }

    private static float[] logits(LoadedModel model, int length) {
        int[] ids = new int[length];
        Arrays.setAll(ids, i -> (i * 7 + 3) % TinyCheckpoint.CHARACTERS.length());
        try (var decoder = new TestDecoder(model)) {
            return decoder.lastLogits(ids);
        }
    }
}
