package dev.kaya.engine.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.Golden;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.SafetensorsWriter;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.checkpoint.Checkpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.weights.TensorReader;
import dev.kaya.engine.weights.WeightFormat;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model whose names nobody listed is served by a map of them in its configuration. */
class MappedDialectTest {

    private static final String MAP =
            """
            {"tensors": {
               "token_embedding": "tokens.table", "position_embedding": "places.table",
               "attention_norm": "stack.{layer}.a.weight",
               "query_key_value": "stack.{layer}.mix.weight",
               "attention_output": "stack.{layer}.mix_out.weight",
               "feed_forward_norm": "stack.{layer}.b.weight",
               "up": "stack.{layer}.wide.weight", "down": "stack.{layer}.narrow.weight",
               "output_norm": "end.weight"},
             "positions": "learned", "norm": "layer_norm", "activation": "gelu_new",
             "transposed": true, "ignored": ["alibi", "cache.k"]}
            """;

    @TempDir private Path folder;

    /** GPT-2's fixture under other names, with tensors that are no weights. */
    @Test
    void aRenamedFixtureGivesTheLogitsOfItsReference() throws IOException {
        Path fixture = TestDecoder.FIXTURES.resolve("hf-gpt2");
        var writer = new SafetensorsWriter();
        writer.add("stack.0.alibi", new float[4], 4).add("stack.1.cache.k", new float[2], 2);
        try (Checkpoint checkpoint = CheckpointReader.open(fixture.resolve("model.safetensors"))) {
            for (TensorSource tensor : checkpoint.tensors().values()) {
                float[] values = new TensorReader(WeightFormat.AUTO).floats(tensor);
                long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
                writer.add(renamed(tensor.name()), values, shape);
            }
        }
        writer.write(folder.resolve("model.safetensors"));
        for (String file : new String[] {"vocab.json", "merges.txt"}) {
            Files.copy(fixture.resolve(file), folder.resolve(file));
        }
        Files.writeString(
                folder.resolve("config.json"), "{\"n_head\": 4, \"kaya\": %s}".formatted(MAP));

        LoadedModel model = ModelLoader.load(folder);
        assertThat(model.card().dialect()).isEqualTo("the dialect mapped in config.json");
        Golden golden = Golden.read(fixture.resolve("golden.json")).getFirst();
        try (var decoder = new TestDecoder(model)) {
            float[] logits = decoder.lastLogits(golden.promptIds());
            for (int i = 0; i < golden.lastLogits().length; i++) {
                assertThat(Math.abs(logits[i] - golden.lastLogits()[i]))
                        .as("logit %d", i)
                        .isLessThanOrEqualTo(1e-4f);
            }
            assertThat(decoder.greedy(golden.promptIds(), golden.greedyIds().length))
                    .isEqualTo(golden.greedyIds());
        }
    }

    private static String renamed(String name) {
        return name.replace("wte.weight", "tokens.table")
                .replace("wpe.weight", "places.table")
                .replace("ln_f", "end")
                .replaceFirst("^h\\.", "stack.")
                .replace("ln_1", "a")
                .replace("attn.c_attn", "mix")
                .replace("attn.c_proj", "mix_out")
                .replace("ln_2", "b")
                .replace("mlp.c_fc", "wide")
                .replace("mlp.c_proj", "narrow");
    }

    @Test
    void namesWhatIsMissingOrLeftOver() {
        assertRefused(
                tiny(MAP).without("stack.1.wide.weight"),
                "model.safetensors: looks like the dialect mapped in config.json but lacks"
                        + " stack.1.wide.weight");
        assertRefused(
                tiny(MAP).add("stack.1.extra", 1),
                "model.safetensors: looks like the dialect mapped in config.json but has tensors"
                        + " that it does not know: stack.1.extra");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
"""
"token_embedding": "tokens.table", | | kaya.tensors must be a map with token_embedding; given 8 others
"up": "stack.{layer}.wide.weight", | "upwards": "x", | kaya.tensors must be an object of the roles
"up": "stack.{layer}.wide.weight", | "up": "wide.weight", | kaya.tensors.up must be the name of a tensor with {layer} for its block; given wide.weight
"up": "stack.{layer}.wide.weight", | "up": 3, | kaya.tensors.up must be the name of a tensor with {layer} for its block; given 3
"output_norm": "end.weight" | "output_norm": "end.{layer}" | kaya.tensors.output_norm must be the name of a tensor without {layer}; given end.{layer}
"query_key_value": "stack.{layer}.mix.weight", | | kaya.tensors must be a map with query, key, value; given 8 others
"query_key_value": "stack.{layer}.mix.weight", | "query_key_value": "stack.{layer}.mix.weight", "key": "k.{layer}", | kaya.tensors must be a map of either query_key_value or query, key, value; given both
"feed_forward_norm": "stack.{layer}.b.weight", | "query_norm": "q.{layer}", | kaya.tensors must be a map with key_norm; given 9 others
"attention_norm": | "attention_norm_bias": | kaya.tensors must be a map with attention_norm; given 9 others
"positions": "learned" | "positions": "rotary" | kaya.positions must be learned where position_embedding is mapped; given rotary
"position_embedding": "places.table", | | kaya.positions must be rotary or rotary_interleaved without position_embedding; given learned
"norm": "layer_norm" | "norm": "batch_norm" | kaya.norm must be layer_norm or rms_norm; given batch_norm
"norm": "layer_norm", | | kaya.norm must be layer_norm or rms_norm; given nothing
"activation": "gelu_new", | | kaya.activation must be relu, relu_squared, gelu, gelu_new or silu; given nothing
"activation": "gelu_new" | "activation": "mish" | kaya.activation must be relu, relu_squared, gelu, gelu_new or silu; given mish
"transposed": true | "transposed": "yes" | kaya.transposed must be true or false; given yes
"transposed": true | "tranposed": true | kaya must be an object of activation, ignored, norm, positions, tensors, transposed; given tranposed
"ignored": ["alibi", "cache.k"] | "ignored": "alibi" | kaya.ignored must be a list of last segments of names; given alibi
""")
    void refusesADescriptionThatSaysTooLittleOrWhatItDoesNotKnow(
            String part, String replacement, String reason) {
        assertThat(MAP).contains(part);
        String map = MAP.replace(part, replacement == null ? "" : replacement);
        assertThatThrownBy(() -> tiny(map).load(folder))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessageStartingWith(folder + "/config.json: " + reason);
    }

    @Test
    void pairsCannotBePutInOrderWhereWeightsAreTransposed() {
        String map =
                MAP.replace("\"position_embedding\": \"places.table\",", "")
                        .replace("\"learned\"", "\"rotary_interleaved\"");
        assertRefused(
                tiny(map),
                "config.json: kaya.transposed must be false where positions are interleaved; given"
                        + " true");
    }

    /** The file's own settings yield to the map, which its user wrote. */
    @Test
    void theActivationOfTheMapGoesBeforeAnyOther() throws IOException {
        TinyCheckpoint tiny = tiny(MAP).config("activation_function", "\"relu\"");
        tiny.writeJson(folder, "{\"activation\": \"silu\"}");

        assertThat(ModelLoader.load(folder).model().config().feedForward().activation())
                .hasToString("GELU_TANH");
    }

    private static TinyCheckpoint tiny(String map) {
        return TinyCheckpoint.gpt2()
                .without("lm_head.weight")
                .rename(MappedDialectTest::renamed)
                .config("kaya", map);
    }

    private void assertRefused(TinyCheckpoint tiny, String fileAndReason) {
        assertThatThrownBy(() -> tiny.load(folder))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(folder + "/" + fileAndReason);
    }
}
