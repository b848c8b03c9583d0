package dev.kaya.service;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.ModelLoader;
import dev.kaya.engine.TestDecoder;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.scheduler.GenerationEvent.Finished;
import dev.kaya.service.PairServer.Scores;
import dev.kaya.service.PairServer.Text;
import dev.kaya.service.PairServer.Whole;
import dev.kaya.service.answer.Generation;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever features a request combines, its tokens and their log-probabilities are those of the
 * plainest way: without what must not change them (guesses, scores, echo, streaming), on a loop
 * with one place, no other request and nothing in the prefix cache.
 */
@Timeout(300)
class FeaturePairsTest {

    private static final int CONTEXT = 96;

    /**
     * Longer than a page of keys and values, so that the prefix cache has something to give, and
     * scored in four steps of 17 rows and one of a single row, in which guesses are possible.
     */
    private static final String PROMPT = "abcdabce".repeat(8) + "abcda";

    /** Of every two of these, a request must not have both: code and field of the refusal. */
    private static final Map<Set<Feature>, String> REFUSED =
            Map.ofEntries(
                    refused(Feature.REGEX, Feature.STOP, "stop"),
                    refused(Feature.REGEX, Feature.STOP_TOKEN_IDS, "stop_token_ids"),
                    refused(Feature.REGEX, Feature.MIN_NEW_TOKENS, "min_new_tokens"),
                    refused(Feature.REGEX, Feature.BEAMS, "num_beams"),
                    refused(Feature.BEAMS, Feature.SPECULATE, "speculate"),
                    refused(Feature.BEAMS, Feature.BEST_OF, "best_of"),
                    refused(Feature.BEAMS, Feature.DRAWN, "temperature"),
                    refused(Feature.BEAMS, Feature.SLIDING, "context_overflow"),
                    refused(Feature.BEAMS, Feature.STREAM, "num_beams"),
                    refused(Feature.BEST_OF, Feature.STREAM, "best_of"));

    private static Map.Entry<Set<Feature>, String> refused(Feature a, Feature b, String field) {
        return Map.entry(EnumSet.of(a, b), "conflicting_fields " + field);
    }

    @TempDir private Path folder;

    private final Map<Map<String, Object>, Whole> plain = new HashMap<>();

    private LoadedModel gpt2() throws IOException {
        return TinyCheckpoint.gpt2()
                .add("wpe.weight", CONTEXT, 16)
                .config("eos_token_id", "14")
                .load(folder);
    }

    private LoadedModel llama() throws IOException {
        return TinyCheckpoint.llama()
                .config("max_position_embeddings", Integer.toString(CONTEXT))
                .config("eos_token_id", "14")
                .load(folder);
    }

    private static List<EnumSet<Feature>> pairs() {
        List<EnumSet<Feature>> pairs = new ArrayList<>();
        for (Feature a : Feature.values()) {
            pairs.add(EnumSet.of(a));
            for (Feature b : EnumSet.range(a, Feature.STREAM)) {
                if (a != b) {
                    pairs.add(EnumSet.of(a, b));
                }
            }
        }
        return pairs;
    }

    /** Of three to eight features; none that holds a pair which is refused. */
    private static List<EnumSet<Feature>> mixes(int count) {
        List<EnumSet<Feature>> mixes = new ArrayList<>();
        for (int seed = 0; mixes.size() < count; seed++) {
            EnumSet<Feature> mix = mix(new Random(seed));
            if (!holdsRefusedPair(mix)) {
                mixes.add(mix);
            }
        }
        return mixes;
    }

    private static EnumSet<Feature> mix(Random random) {
        Feature[] all = Feature.values();
        int size = 3 + random.nextInt(6);
        EnumSet<Feature> mix = EnumSet.noneOf(Feature.class);
        while (mix.size() < size) {
            mix.add(all[random.nextInt(all.length)]);
        }
        return mix;
    }

    private static boolean holdsRefusedPair(Set<Feature> features) {
        return REFUSED.keySet().stream().anyMatch(features::containsAll);
    }

    @Test
    void exactlyThesePairsAreRefusedAndEveryMixWithoutThemIsTaken() throws IOException {
        try (var server = new PairServer(gpt2(), 1, 1, 256)) {
            Map<Set<Feature>, String> refused = new HashMap<>();
            for (EnumSet<Feature> pair : pairs()) {
                String refusal = server.refusal(Feature.fields(PROMPT, pair));
                if (refusal != null) {
                    refused.put(pair, refusal);
                }
            }
            assertThat(refused).isEqualTo(REFUSED);
            for (int seed = 0; seed < 2_000; seed++) {
                EnumSet<Feature> mix = mix(new Random(seed));
                assertThat(server.refusal(Feature.fields(PROMPT, mix)) != null)
                        .as("%s is refused", mix)
                        .isEqualTo(holdsRefusedPair(mix));
            }
        }
    }

    @Test
    void everyPairIsAnsweredAsIfItHadBeenAskedPlainly() throws Exception {
        List<EnumSet<Feature>> taken = new ArrayList<>(pairs());
        taken.removeIf(FeaturePairsTest::holdsRefusedPair);
        assertThat(taken).hasSize(19 * 20 / 2 - REFUSED.size());

        assertPlain(gpt2(), taken);
    }

    @Test
    void everyMixIsAnsweredAsIfItHadBeenAskedPlainly() throws Exception {
        assertPlain(llama(), mixes(150));
    }

    /** Alone on a cold loop, then with all that came before in the cache, then in a crowd. */
    private void assertPlain(LoadedModel model, Collection<EnumSet<Feature>> requests)
            throws Exception {
        Map<EnumSet<Feature>, Whole> expected = new LinkedHashMap<>();
        for (EnumSet<Feature> features : requests) {
            expected.put(features, expected(model, features));
            try (var alone = new PairServer(model, 1, 4, 256)) {
                assertThat(alone.ask(Feature.fields(PROMPT, features)))
                        .as("%s, cold", features)
                        .isEqualTo(expected.get(features));
            }
        }
        try (var warm = new PairServer(model, 1, 4, 256)) {
            assertAll(expected, warm, "warm");
            assertThat(warm.counts().rightGuesses).hasPositiveValue();
            assertThat(warm.counts().guesses).hasValueGreaterThan(warm.counts().rightGuesses.get());
            assertThat(warm.counts().cachedTokens).hasPositiveValue();
        }
        try (var busy = new PairServer(model, 2, 12, 7)) {
            try (var _ = new Crowd(busy, requests)) {
                assertAll(expected, busy, "in a crowd");
            }
            assertThat(busy.counts().widestStep).hasValueGreaterThan(4);
            Awaitility.await().until(busy::isAtRest);
        }
    }

    private static void assertAll(
            Map<EnumSet<Feature>, Whole> expected, PairServer server, String how) throws Exception {
        for (EnumSet<Feature> features : expected.keySet()) {
            assertThat(server.ask(Feature.fields(PROMPT, features)))
                    .as("%s, %s", features, how)
                    .isEqualTo(expected.get(features));
        }
    }

    /** What the request must get, put together from plain answers. */
    private Whole expected(LoadedModel model, EnumSet<Feature> features) throws Exception {
        int answered = features.contains(Feature.SAMPLES) ? 3 : 1;
        int drawn = features.contains(Feature.BEST_OF) ? 4 : answered;
        List<Text> scored = plainTexts(model, features, drawn);
        List<Text> ranked = new ArrayList<>(scored);
        if (drawn > answered) {
            ranked.sort(Comparator.comparingDouble(FeaturePairsTest::meanLogprob).reversed());
        }
        int generated = scored.stream().mapToInt(text -> text.tokenIds().size()).sum();
        List<Text> texts = new ArrayList<>();
        for (Text text : ranked.subList(0, answered)) {
            String echo = features.contains(Feature.ECHO) ? PROMPT : "";
            boolean told = features.contains(Feature.LOGPROBS);
            texts.add(
                    new Text(
                            echo + text.text(),
                            text.tokenIds(),
                            text.reason(),
                            told ? text.logprobs() : null));
        }
        boolean scores = features.contains(Feature.PROMPT_LOGPROBS);
        return new Whole(texts, scores ? promptScores(model) : null, generated);
    }

    private static double meanLogprob(Text text) {
        return requireNonNull(text.logprobs()).stream()
                .mapToDouble(Scores::logprob)
                .average()
                .orElse(Double.NEGATIVE_INFINITY);
    }

    /** So many texts with the scores of their tokens; neither may change the tokens. */
    private List<Text> plainTexts(LoadedModel model, EnumSet<Feature> features, int count)
            throws Exception {
        EnumSet<Feature> kept = EnumSet.copyOf(features);
        kept.removeAll(
                EnumSet.of(
                        Feature.SPECULATE,
                        Feature.PROMPT_LOGPROBS,
                        Feature.LOGPROBS,
                        Feature.SAMPLES,
                        Feature.BEST_OF,
                        Feature.ECHO,
                        Feature.STREAM));
        Map<String, Object> one = Feature.fields(PROMPT, kept);
        Map<String, Object> several = new TreeMap<>(one);
        several.put("n", count);
        several.put("logprobs", 3);
        List<Text> scored = plain(model, several).texts();
        Text first = plain(model, one).texts().getFirst();
        boolean differ = kept.contains(Feature.DRAWN) || kept.contains(Feature.BEAMS);
        for (Text text : differ ? scored.subList(0, 1) : scored) {
            assertThat(new Text(text.text(), text.tokenIds(), text.reason(), null))
                    .isEqualTo(first);
        }
        return scored;
    }

    private List<Scores> promptScores(LoadedModel model) throws Exception {
        Map<String, Object> scoring = Feature.fields(PROMPT, EnumSet.of(Feature.PROMPT_LOGPROBS));
        scoring.put("max_new_tokens", 1);
        return requireNonNull(plain(model, scoring).prompt());
    }

    private Whole plain(LoadedModel model, Map<String, Object> fields) throws Exception {
        Whole known = plain.get(fields);
        if (known != null) {
            return known;
        }
        int places =
                fields.containsKey("num_beams") ? 4 : 1; // beams run side by side or not at all
        try (var server = new PairServer(model, 1, places, 256)) {
            Whole whole = server.ask(fields);
            plain.put(fields, whole);
            return whole;
        }
    }

    /** Other clients that ask for the same kinds of things all the time, some leaving half-way. */
    private static final class Crowd implements AutoCloseable {
        private static final int CLIENTS = 4;

        private final PairServer server;
        private final List<EnumSet<Feature>> requests;
        private final AtomicBoolean stopped = new AtomicBoolean();
        private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        private final List<Thread> threads = new ArrayList<>();

        Crowd(PairServer server, Collection<EnumSet<Feature>> requests) {
            this.server = server;
            this.requests = List.copyOf(requests);
            for (int i = 0; i < CLIENTS; i++) {
                var random = new Random(i);
                threads.add(Thread.ofVirtual().start(() -> run(random)));
            }
        }

        private void run(Random random) {
            try {
                while (!stopped.get()) {
                    EnumSet<Feature> features = requests.get(random.nextInt(requests.size()));
                    String prompt = PROMPT.substring(0, 1 + random.nextInt(PROMPT.length()));
                    Map<String, Object> fields = Feature.fields(prompt, features);
                    fields.put("seed", random.nextInt());
                    try (Generation generation = server.begin(fields)) {
                        int patience = random.nextInt(120);
                        while (--patience > 0
                                && !(generation.next(Duration.ofSeconds(60))
                                        instanceof Finished)) {}
                    }
                }
            } catch (Exception | Error e) {
                failures.add(e);
            }
        }

        @Override
        public void close() {
            stopped.set(true);
            for (Thread thread : threads) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
            assertThat(failures).isEmpty();
        }
    }

    /** Guesses were once looked for among the rows that score a prompt. */
    @ParameterizedTest
    @ValueSource(ints = {7, 35, 256})
    void scoringARepetitivePromptWhileGuessingChangesNoToken(int chunk) throws Exception {
        LoadedModel stories = ModelLoader.load(TestDecoder.CHECKPOINTS.resolve("stories"));
        List<Integer> prompt = new ArrayList<>();
        for (int i = 0; i < 35; i++) {
            prompt.add(i % 2 == 0 ? 258 : 455);
        }
        Map<String, Object> fields = new HashMap<>();
        fields.put("prompt_token_ids", prompt);
        fields.put("temperature", 0);
        fields.put("max_new_tokens", 8);
        try (var one = new PairServer(stories, 1, 1, 256);
                var server = new PairServer(stories, 2, 4, chunk)) {
            Text plainText = one.ask(fields).texts().getFirst();
            fields.put("prompt_logprobs", 3);
            Whole scored = one.ask(fields);
            fields.put("speculate", true);

            assertThat(server.ask(fields)).isEqualTo(scored);
            assertThat(scored.texts()).containsExactly(plainText);
            assertThat(server.counts().guesses).hasPositiveValue();
        }
    }
}
