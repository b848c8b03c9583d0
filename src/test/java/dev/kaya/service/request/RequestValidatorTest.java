package dev.kaya.service.request;

import static dev.kaya.engine.TinyCheckpoint.CONTEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.backend.ModelCard;
import dev.kaya.backend.local.LocalBackend;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.sampling.Filters;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.scheduler.EngineRequest;
import dev.kaya.service.TestRequest;
import dev.kaya.service.fault.GenerationException;
import dev.kaya.service.fault.GenerationException.Invalid;
import dev.kaya.service.request.RequestValidator.Validated;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestValidatorTest {

    private static final ServiceLimits LIMITS =
            new ServiceLimits(512, 4, true, Duration.ofMinutes(5));
    private static final SamplingDefaults DEFAULTS = new SamplingDefaults(7, 0.6, 30, 0.9);
    private static final long ARRIVAL = 1_000;

    @TempDir private Path folder;

    private LoadedModel model;

    @BeforeEach
    void loadModel() throws IOException {
        model = TinyCheckpoint.gpt2().load(folder);
    }

    private ModelCard card() {
        return LocalBackend.card(model, KvCacheType.F32, List.of());
    }

    /** A broken rule: the request, and the refusal whole. */
    record Rule(
            TestRequest request,
            String code,
            String field,
            String message,
            @Nullable Object limit,
            @Nullable Object given) {}

    static Stream<Rule> rules() {
        return Stream.of(
                outOfRange(request().temperature(-1), "temperature", "be from 0 to 100", 0, -1.0),
                outOfRange(
                        request().temperature(100.5),
                        "temperature",
                        "be from 0 to 100",
                        100,
                        100.5),
                outOfRange(
                        request().temperature(Double.NaN),
                        "temperature",
                        "be from 0 to 100",
                        100,
                        Double.NaN),
                outOfRange(request().topP(0), "top_p", "be above 0 and at most 1", 0, 0.0),
                outOfRange(request().topP(-0.5), "top_p", "be above 0 and at most 1", 0, -0.5),
                outOfRange(request().topP(1.5), "top_p", "be above 0 and at most 1", 1, 1.5),
                outOfRange(request().topK(-2), "top_k", "be -1, 0 or above", -1, -2),
                outOfRange(
                        request().maxNewTokens(0),
                        "max_new_tokens",
                        "be at least 1, or 0 with prompt_logprobs, which scores the prompt alone, or"
                                + " with echo",
                        1,
                        0),
                outOfRange(request().maxNewTokens(-3), "max_new_tokens", "be at least 0", 0, -3),
                new Rule(
                        request().maxNewTokens(0).with("echo", true).with("num_beams", 2),
                        "conflicting_fields",
                        "num_beams",
                        "num_beams above 1 and max_new_tokens 0 cannot both be given",
                        null,
                        null),
                new Rule(
                        request()
                                .promptOf(CONTEXT + 1)
                                .maxNewTokens(0)
                                .with("echo", true)
                                .contextOverflow("error"),
                        "context_exceeded",
                        "prompt",
                        "the prompt's 25 tokens and max_new_tokens 0 exceed the context of 24",
                        CONTEXT,
                        25),
                outOfRange(
                        request().maxNewTokens(900), "max_new_tokens", "be at most 512", 512, 900),
                outOfRange(request().timeoutMs(0), "timeout_ms", "be at least 1", 1, 0L),
                outOfRange(
                        request().contextOverflow("slice"),
                        "context_overflow",
                        "be slide, stop or error",
                        "slide, stop, error",
                        "'slice'"),
                outOfRange(request().promptOf(0), "prompt_token_ids", "not be empty", 1, "[]"),
                new Rule(
                        request().prompt("").promptTokenIds(1),
                        "conflicting_fields",
                        "prompt_token_ids",
                        "prompt and prompt_token_ids cannot both be given",
                        null,
                        null),
                new Rule(
                        request().promptTokenIds(0, 15, 16),
                        "out_of_range",
                        "prompt_token_ids",
                        "prompt_token_ids[2] must be from 0 to 15; given 16",
                        15,
                        16),
                new Rule(
                        request().promptTokenIds(-1),
                        "out_of_range",
                        "prompt_token_ids",
                        "prompt_token_ids[0] must be from 0 to 15; given -1",
                        15,
                        -1),
                new Rule(
                        request().prompt("abcé"),
                        "unknown_character",
                        "prompt",
                        "prompt: the vocabulary has no token for 'é' (U+00E9) at character 3",
                        null,
                        null),
                new Rule(
                        request().promptOf(CONTEXT + 1).contextOverflow("stop"),
                        "context_exceeded",
                        "prompt",
                        "the prompt has 25 tokens but the context only 24; shorten it or set"
                                + " context_overflow to slide",
                        CONTEXT,
                        CONTEXT + 1),
                new Rule(
                        request().promptOf(20).maxNewTokens(6).contextOverflow("error"),
                        "context_exceeded",
                        "prompt",
                        "the prompt's 20 tokens and max_new_tokens 6 exceed the context of 24",
                        CONTEXT,
                        20));
    }

    private static Rule outOfRange(
            TestRequest request, String field, String rule, Object limit, Object given) {
        String message = field + " must " + rule + "; given " + given;
        return new Rule(request, "out_of_range", field, message, limit, given);
    }

    @ParameterizedTest
    @MethodSource("rules")
    void refusesWhatBreaksARule(Rule rule) {
        Invalid refusal =
                catchThrowableOfType(Invalid.class, () -> validate(rule.request().build()));

        assertThat(refusal).hasMessage(rule.message());
        assertThat(refusal.code()).isEqualTo(rule.code());
        assertThat(refusal.location()).hasToString(rule.field());
        assertThat(refusal.limit()).isEqualTo(rule.limit());
        assertThat(refusal.given()).isEqualTo(rule.given());
    }

    @Test
    void repeatsNoMoreThanTheStartOfALongValue() {
        Invalid refusal =
                catchThrowableOfType(
                        Invalid.class,
                        () -> validate(request().contextOverflow("x".repeat(100)).build()));

        assertThat(refusal)
                .hasMessage(
                        "context_overflow must be slide, stop or error; given '%s…'"
                                .formatted("x".repeat(40)));
    }

    @Test
    void refusesAnotherModelAndAcceptsItsOwnName() {
        String name = String.valueOf(folder.getFileName());
        var refusal =
                catchThrowableOfType(
                        GenerationException.UnknownModel.class,
                        () -> validate(request().model("gpt-5").build()));

        assertThat(refusal).hasMessage("there is no model 'gpt-5'; served is '" + name + "'");
        assertThat(refusal.code()).isEqualTo("unknown_model");
        assertThat(validate(request().model(name).build()).promptTokens()).isEqualTo(1);
    }

    @Test
    void acceptsEveryBoundItself() {
        Validated least =
                validate(
                        request()
                                .temperature(0)
                                .topK(-1)
                                .topP(Double.MIN_VALUE)
                                .maxNewTokens(1)
                                .timeoutMs(1)
                                .build());
        Validated most =
                validate(
                        request()
                                .temperature(100)
                                .topK(Integer.MAX_VALUE)
                                .topP(1)
                                .maxNewTokens(512)
                                .timeoutMs(Long.MAX_VALUE)
                                .seed(Long.MIN_VALUE)
                                .build());

        assertThat(least.request().sampling().filters().topK()).isZero();
        assertThat(least.request().stops().length().most()).isEqualTo(1);
        assertThat(least.request().stops().deadlineNanos()).isEqualTo(ARRIVAL + 1_000_000);
        assertThat(most.request().sampling())
                .isEqualTo(
                        SamplingParams.of(100, Filters.of(Integer.MAX_VALUE, 1), Long.MIN_VALUE));
        assertThat(most.request().stops().deadlineNanos())
                .isEqualTo(ARRIVAL + LIMITS.requestTimeout().toNanos());
    }

    @Test
    void fillsInTheDefaults() {
        EngineRequest task = validate(request().prompt("abc").seed(9).build()).request();

        assertThat(task.prompt().tokenIds()).containsExactly(0, 1, 2);
        assertThat(task.sampling()).isEqualTo(SamplingParams.of(0.6f, Filters.of(30, 0.9), 9));
        assertThat(task.stops().length().most()).isEqualTo(7);
        assertThat(task.stops().eosIds()).isEmpty(); // this model has none
        assertThat(task.stops().deadlineNanos())
                .isEqualTo(ARRIVAL + LIMITS.requestTimeout().toNanos());
        assertThat(task.arrivalNanos()).isEqualTo(ARRIVAL);
    }

    @Test
    void defaultMaxNewTokensYieldsToTheLimit() {
        var validator =
                new RequestValidator(
                        card(), new ServiceLimits(5, 4, true, Duration.ofMinutes(5)), DEFAULTS);

        Validated valid =
                validator.validate(request().prompt("a").build(), Caller.patient(ARRIVAL));

        assertThat(valid.request().stops().length().most()).isEqualTo(5);
    }

    @Test
    void drawsSeedsBelowTwoToThe53() {
        Set<Long> seeds = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            long seed = validate(request().prompt("a").build()).request().sampling().seed();
            assertThat(seed).isBetween(0L, (1L << 53) - 1);
            seeds.add(seed);
        }

        assertThat(seeds).hasSize(1_000);
    }

    /** A prompt of P tokens leaves room for C + 1 − P new ones: the last is never fed back. */
    @ParameterizedTest
    @CsvSource({"1, 100, 24", "20, 5, 5", "20, 6, 5", "23, 9, 2", "24, 1, 1", "24, 9, 1"})
    void stopShortensTheAnswerToTheRoomThereIs(int promptLength, int asked, int granted) {
        Validated valid =
                validate(
                        request()
                                .promptOf(promptLength)
                                .maxNewTokens(asked)
                                .contextOverflow("stop")
                                .build());

        assertThat(valid.request().stops().length().most()).isEqualTo(granted);
        assertThat(valid.truncatedTokens()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1, 24", "20, 5", "24, 1"})
    void errorAcceptsWhatJustFits(int promptLength, int asked) {
        TestRequest request = request().promptOf(promptLength).contextOverflow("error");
        Validated valid = validate(request.maxNewTokens(asked).build());

        assertThat(valid.request().stops().length().most()).isEqualTo(asked);
        Invalid refusal =
                catchThrowableOfType(
                        Invalid.class, () -> validate(request.maxNewTokens(asked + 1).build()));
        assertThat(refusal.code()).isEqualTo("context_exceeded");
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "23, 0", "24, 0", "25, 1", "60, 36"})
    void slideKeepsTheEndOfThePrompt(int promptLength, int truncated) {
        int[] ids = new int[promptLength];
        for (int i = 0; i < promptLength; i++) {
            ids[i] = i % 16;
        }
        Validated valid =
                validate(
                        request()
                                .promptTokenIds(ids)
                                .maxNewTokens(300)
                                .contextOverflow("slide")
                                .build());

        assertThat(valid.promptTokens()).isEqualTo(promptLength);
        assertThat(valid.truncatedTokens()).isEqualTo(truncated);
        int[] kept = valid.request().prompt().tokenIds();
        assertThat(kept).hasSize(promptLength - truncated);
        for (int i = 0; i < kept.length; i++) {
            assertThat(kept[i]).isEqualTo((i + truncated) % 16);
        }
        assertThat(valid.request().stops().length().most()).isEqualTo(300);
    }

    @Test
    void microgptStopsAtTheContextsEndUnlessToldOtherwise() throws IOException {
        model = ModelLoader.load(TestDecoder.CHECKPOINTS.resolve("names"));
        int context = model.model().config().dimensions().context();
        TestRequest request = request().prompt("").maxNewTokens(100);

        assertThat(validate(request.build()).request().stops().length().most()).isEqualTo(context);
        assertThat(
                        validate(request.contextOverflow("slide").build())
                                .request()
                                .stops()
                                .length()
                                .most())
                .isEqualTo(100);
    }

    @Test
    void microgptTextBeginsWithBosButGivenIdsAreUsedAsGiven() throws IOException {
        model = ModelLoader.load(TestDecoder.CHECKPOINTS.resolve("names"));
        int bos = model.specialTokens().bos().orElseThrow();

        assertThat(ids(request().prompt(""))).containsExactly(bos);
        assertThat(ids(request())).containsExactly(bos);
        assertThat(ids(request().prompt("a"))).hasSize(2).startsWith(bos);
        assertThat(ids(request().promptTokenIds(3))).containsExactly(3);
    }

    @Test
    void anEmptyPromptStartsFromBos() throws IOException {
        model =
                TinyCheckpoint.gpt2()
                        .config("bos_token_id", "3")
                        .config("eos_token_id", "4")
                        .load(folder);

        assertThat(ids(request().prompt(""))).containsExactly(3);
        assertThat(ids(request())).containsExactly(3);
        assertThat(ids(request().prompt("ab"))).containsExactly(0, 1);
    }

    @Test
    void anEmptyPromptWithoutBosStartsFromEos() throws IOException {
        model = TinyCheckpoint.gpt2().config("eos_token_id", "[4, 5]").load(folder);

        assertThat(ids(request().prompt(""))).containsExactly(4);
    }

    @Test
    void anEmptyPromptWithNeitherStartsFromANewline() {
        assertThat(ids(request().prompt(""))).containsExactly(15);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a"})
    void anEmptyPromptWithNothingToBeginFromIsRefused(String prompt) throws IOException {
        model = TinyCheckpoint.gpt2().characters("abcdefghijklmnop").load(folder);
        if (!prompt.isEmpty()) {
            assertThat(ids(request().prompt(prompt))).containsExactly(0);
            return;
        }
        Invalid refusal =
                catchThrowableOfType(
                        Invalid.class, () -> validate(request().prompt(prompt).build()));

        assertThat(refusal)
                .hasMessage(
                        "prompt must not be empty: this model has no token to begin a text with");
        assertThat(refusal.code()).isEqualTo("empty_prompt");
        assertThat(refusal.location()).hasToString("prompt");
    }

    @Test
    void specialTokensInAPromptAreTextUnlessAllowed() throws IOException {
        model = ModelLoader.load(TestDecoder.FIXTURES.resolve("hf-llama"));
        int eos = model.specialTokens().eos().get(0);
        String written = model.tokenizer().decode(new int[] {eos});

        assertThat(ids(request().prompt(written))).doesNotContain(eos);
        assertThat(ids(request().prompt(written).allowSpecialTokens(true))).containsExactly(eos);
        assertThat(validate(request().prompt("a").ignoreEos(true).build()).request().stops())
                .satisfies(stops -> assertThat(stops.eosIds()).isEmpty());
        assertThat(validate(request().prompt("a").build()).request().stops())
                .satisfies(stops -> assertThat(stops.eosIds()).containsExactly(eos));
    }

    private int[] ids(TestRequest request) {
        return validate(request.build()).request().prompt().tokenIds();
    }

    private Validated validate(GenerationSpec request) {
        return new RequestValidator(card(), LIMITS, DEFAULTS)
                .validate(request, Caller.patient(ARRIVAL));
    }

    private static TestRequest request() {
        return new TestRequest();
    }
}
