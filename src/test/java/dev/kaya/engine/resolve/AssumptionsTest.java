package dev.kaya.engine.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.kaya.engine.Golden;
import dev.kaya.engine.GoldenLogitsTest;
import dev.kaya.engine.Inspection;
import dev.kaya.engine.LoadOptions;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.PreparedModel;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.tensor.kernel.Activation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a file does not say is said to be assumed, and what it says is not. */
class AssumptionsTest {

    private static final String NORMS_BEFORE = "norms stand before attention and feed-forward";
    private static final String HEAD_SCALE = "scores divided by the root of the length of a head";

    @TempDir private Path folder;

    @Test
    void theLecturesFileSaysNothingOfItsArithmetic() throws IOException {
        assertThat(assumed(TestDecoder.FIXTURES.resolve("lecture-gpt")))
                .containsExactly(
                        "epsilon of norms 1.0E-5", NORMS_BEFORE, "activation relu", HEAD_SCALE);
    }

    /** {@code torch.save(model)} holds the modules, which say their kind and their epsilon. */
    @ParameterizedTest
    @CsvSource({
        "whole-eps, RELU, 0.01",
        "whole-gelu-tanh, GELU_TANH, 1e-5",
        "whole-silu, SILU, 1e-5"
    })
    void pickledModulesSayTheirs(String name, Activation activation, float epsilon)
            throws IOException {
        Path path = TestDecoder.FIXTURES.resolve(name);
        LoadedModel model = ModelLoader.load(path);

        assertThat(model.model().config().feedForward().activation()).isEqualTo(activation);
        assertThat(model.model().config().normalization().epsilon())
                .isCloseTo(epsilon, within(1e-9f));
        assertThat(assumed(path)).containsExactly(NORMS_BEFORE, HEAD_SCALE);
    }

    /** The lecture's video divides by the root of the embedding's length: a line makes it so. */
    @Test
    void theScaleOfTheVideoIsALineInAConfiguration() throws IOException {
        Path source = TestDecoder.FIXTURES.resolve("lecture-gpt-width-scale");
        copy(source);
        assertThat(Inspection.of(folder).assumptions())
                .contains(
                        new Assumption(
                                HEAD_SCALE,
                                "write \"attention_scale\": 0.176777 where it is the root of the"
                                        + " embedding's into a config.json beside the weights"));
        Files.writeString(
                folder.resolve("config.json"), "{\"attention_scale\": 0.17677669529663687}");
        new GoldenLogitsTest()
                .givesTheIdsAndLogitsOfTheReference(folder, source.resolve("golden.json"));
        assertThat(assumed(folder)).doesNotContain(HEAD_SCALE);
    }

    @Test
    void microgptEndsItsTextsWithTheIdBehindItsCharacters() throws IOException {
        Path path = TestDecoder.FIXTURES.resolve("microgpt-no-bos");
        LoadedModel model = ModelLoader.load(path);

        assertThat(model.specialTokens())
                .isEqualTo(new SpecialTokens(OptionalInt.of(26), List.of(26), true));
        assertThat(model.vocabulary().sampleable()[26]).isTrue();
        assertThat(assumed(path)).contains("token 26 begins and ends a text");
        // The reference goes on from its golden text with that token.
        Golden golden = Golden.read(path.resolve("golden.json")).getFirst();
        try (var decoder = new TestDecoder(model)) {
            int[] greedy = decoder.greedy(golden.promptIds(), golden.greedyIds().length + 1);
            assertThat(greedy).endsWith(26);
        }
    }

    @Test
    void aMicrogptWithoutARowForItHasNoEnd() throws IOException {
        String json =
                Files.readString(TestDecoder.FIXTURES.resolve("microgpt-no-bos/weights.json"));
        String oneMore = json.replaceFirst("\"uchars\": *\\[", "\"uchars\": [\"A\", ");
        assertThat(oneMore).isNotEqualTo(json);
        Files.writeString(folder.resolve("weights.json"), oneMore);
        LoadedModel model = ModelLoader.load(folder);

        assertThat(model.specialTokens())
                .isEqualTo(new SpecialTokens(OptionalInt.empty(), List.of(), false));
        assertThat(assumed(folder)).contains("no token begins or ends a text");
    }

    @Test
    void whatAConfigurationStatesIsNotAssumed() throws IOException {
        TinyCheckpoint tiny = TinyCheckpoint.llama();
        tiny.write(folder);
        assertThat(assumed(folder))
                .containsExactly(
                        "epsilon of norms 1.0E-6",
                        "activation silu",
                        "rotary base 10000",
                        "element i of a head rotates with i + half its length, not with its"
                                + " neighbour");
        tiny.config("rms_norm_eps", "1e-5")
                .config("hidden_act", "\"silu\"")
                .config("rope_theta", "10000.0")
                .config("model_type", "\"llama\"")
                .write(folder);
        assertThat(assumed(folder)).isEmpty();
        tiny.config("model_type", "\"mistral\"")
                .config("max_position_embeddings", "5000")
                .write(folder);
        assertThat(assumed(folder)).containsExactly("attention looks back 4096 tokens");
    }

    private void copy(Path source) throws IOException {
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.toList()) {
                if (!file.endsWith("golden.json")) {
                    Files.copy(file, folder.resolve(String.valueOf(file.getFileName())));
                }
            }
        }
    }

    private static List<String> assumed(Path path) throws IOException {
        Inspection inspection = Inspection.of(path);
        assertThat(inspection.problems()).isEmpty();
        List<String> what = new ArrayList<>();
        inspection.assumptions().forEach(assumption -> what.add(assumption.what()));
        try (PreparedModel prepared = ModelLoader.open(path, LoadOptions.AS_STORED)) {
            assertThat(prepared.assumptions()).isEqualTo(inspection.assumptions());
        }
        return what;
    }
}
