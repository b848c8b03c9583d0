package dev.kaya.engine.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamedTensorsTest {

    @TempDir private Path folder;

    @Test
    void namesTheTensorsThatAreMissing() {
        assertRefused(
                TinyCheckpoint.gpt2().without("h.1.mlp.c_fc.weight", "ln_f.weight"),
                "looks like GPT-2 (Hugging Face) but lacks ln_f.weight, h.1.mlp.c_fc.weight");
    }

    @Test
    void aLayerIsCountedByAnyOfItsTensors() {
        assertRefused(
                TinyCheckpoint.gpt2().without("h.1.attn.c_proj.weight"),
                "looks like GPT-2 (Hugging Face) but lacks h.1.attn.c_proj.weight");
        assertRefused(
                TinyCheckpoint.llama().without("model.layers.1.self_attn.o_proj.weight"),
                "looks like LLaMA (Hugging Face) but lacks model.layers.1.self_attn.o_proj.weight");
    }

    @Test
    void namesTheTensorsThatItDoesNotKnow() {
        assertRefused(
                TinyCheckpoint.gpt2().add("h.0.attn.rotary.weight", 3).add("h.0.extra", 2),
                "looks like GPT-2 (Hugging Face) but has tensors that it does not know:"
                        + " h.0.attn.rotary.weight, h.0.extra");
    }

    @Test
    void namesNoMoreThanEight() {
        TinyCheckpoint tiny = TinyCheckpoint.gpt2();
        IntStream.range(0, 11).forEach(i -> tiny.add("extra." + i, 1));
        assertRefused(
                tiny,
                "looks like GPT-2 (Hugging Face) but has tensors that it does not know: extra.0,"
                        + " extra.1, extra.2, extra.3, extra.4, extra.5, extra.6, extra.7 and 3"
                        + " more");
    }

    @Test
    void saysWhichDialectsThereAreWhenNoneFits() {
        assertRefused(
                TinyCheckpoint.gpt2().rename(name -> "my." + name),
                "no known dialect has these tensors: my.wte.weight, my.wpe.weight,"
                        + " my.h.0.ln_1.weight, my.h.0.ln_1.bias, my.h.0.attn.c_attn.weight,"
                        + " my.h.0.attn.c_attn.bias, my.h.0.attn.c_proj.weight,"
                        + " my.h.0.attn.c_proj.bias and 21 more; known are microgpt, minGPT,"
                        + " nanoGPT, GPT-2 (Hugging Face), LLMs from scratch, GPT-2 (course),"
                        + " lecture GPT, LLaMA (course), LLaMA (Meta), LLaMA (Hugging Face),"
                        + " Qwen3 (Hugging Face), StarCoder2 (Hugging Face); for another one, map"
                        + " its names under kaya.tensors in a config.json beside it: kaya inspect"
                        + " shows a map to begin with");
    }

    @Test
    void whatOneLayerHasTheOthersMustHave() {
        assertRefused(
                TinyCheckpoint.gpt2().without("h.1.attn.c_attn.bias"),
                "looks like GPT-2 (Hugging Face) but lacks h.1.attn.c_attn.bias");
        assertRefused(
                TinyCheckpoint.llama().add("model.layers.0.self_attn.q_norm.weight", 4),
                "looks like LLaMA (Hugging Face) but has tensors that it does not know:"
                        + " model.layers.0.self_attn.q_norm.weight");
    }

    @Test
    void masksWithoutASettingOfNanoGptTellMinGpt() throws IOException {
        TinyCheckpoint masked = TinyCheckpoint.nanoGpt();
        for (int layer = 0; layer < 2; layer++) {
            masked.add("transformer.h." + layer + ".attn.bias", 1, 1, 24, 24);
        }
        masked.writeJson(folder, "{}");
        assertThat(dialectAndActivation()).isEqualTo("minGPT GELU_TANH");
        masked.writeJson(folder, "{\"model_args\": {\"n_head\": 2}}");
        assertThat(dialectAndActivation()).isEqualTo("nanoGPT GELU_ERF");
        TinyCheckpoint.nanoGpt().writeJson(folder, "{}");
        assertThat(dialectAndActivation()).isEqualTo("nanoGPT GELU_ERF");
        TinyCheckpoint.nanoGpt().config("activation", "\"relu\"").writeJson(folder, "{}");
        assertThat(dialectAndActivation()).isEqualTo("nanoGPT RELU");
    }

    private String dialectAndActivation() throws IOException {
        LoadedModel model = ModelLoader.load(folder);
        return model.card().dialect() + " " + model.model().config().feedForward().activation();
    }

    @Test
    void aTiedLlamaIsRecognisedThoughEveryNameBeginsWithAPrefix() throws IOException {
        TinyCheckpoint tied = TinyCheckpoint.llama().without("lm_head.weight");
        String fingerprint = fingerprint(tied);

        assertThat(fingerprint(tied.rename(name -> name.substring("model.".length()))))
                .isEqualTo(fingerprint);
        assertThat(fingerprint(tied.rename("module.model."::concat))).isEqualTo(fingerprint);
    }

    @Test
    void buffersAreNoWeights() throws IOException {
        String plain = fingerprint(TinyCheckpoint.gpt2());

        assertThat(
                        fingerprint(
                                TinyCheckpoint.gpt2()
                                        .add("h.0.attn.bias", 1, 1, 24, 24)
                                        .add("h.0.attn.masked_bias", 1)
                                        .add("h.1.attn.bias", 1, 1, 24, 24)))
                .isEqualTo(plain);
    }

    @ParameterizedTest
    @ValueSource(strings = {"module.", "_orig_mod.", "_orig_mod.module.", "model.module."})
    void prefixesOfWrappersAreRemoved(String prefix) throws IOException {
        assertThat(fingerprint(TinyCheckpoint.gpt2().rename(prefix::concat)))
                .isEqualTo(fingerprint(TinyCheckpoint.gpt2()));
        assertThat(fingerprint(TinyCheckpoint.llama().rename(prefix::concat)))
                .isEqualTo(fingerprint(TinyCheckpoint.llama()));
    }

    @Test
    void theWholeGpt2AndItsBodyAloneAreTheSameModel() throws IOException {
        assertThat(
                        fingerprint(
                                TinyCheckpoint.gpt2()
                                        .rename(
                                                name ->
                                                        name.startsWith("lm_head")
                                                                ? name
                                                                : "transformer." + name)))
                .isEqualTo(fingerprint(TinyCheckpoint.gpt2()));
    }

    private String fingerprint(TinyCheckpoint tiny) throws IOException {
        return tiny.load(folder).card().contents().fingerprint();
    }

    private void assertRefused(TinyCheckpoint tiny, String reason) {
        assertThatThrownBy(() -> tiny.load(folder))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(folder.resolve("model.safetensors") + ": " + reason);
    }
}
