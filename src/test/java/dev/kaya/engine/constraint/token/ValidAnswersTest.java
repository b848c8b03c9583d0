package dev.kaya.engine.constraint.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.RandomSchemas;
import dev.kaya.engine.constraint.Vocabularies;
import dev.kaya.engine.constraint.automaton.Dfa;
import dev.kaya.engine.constraint.compile.ConstraintCompiler;
import dev.kaya.engine.constraint.compile.ConstraintCompiler.Client;
import dev.kaya.engine.sampling.Filters;
import dev.kaya.engine.sampling.Sampler;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.sampling.TokenConstraint;
import dev.kaya.engine.sampling.TokenHistory;
import dev.kaya.engine.tokenizer.TokenDecoder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Answers under random schemas, sampled from random logits: Jackson parses each, and networknt's
 * validator accepts it, formats included, what OpenAPI and draft 4 write put into the words of
 * draft 2020-12.
 */
class ValidAnswersTest {

    private static final int SCHEMAS = 200;
    private static final float[] TEMPERATURES = {0f, 0.7f, 1f, 2f};
    private static final int[] PROMPT = {0};

    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

    private final Random random = new Random(11);
    private final float[] noise = noise();

    private float[] noise() {
        float[] values = new float[1 << 18];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian() * 3;
        }
        return values;
    }

    /** A vocabulary with what is made for it once. */
    private record Bench(
            Vocabularies.Kind kind, ConstraintCompiler compiler, Sampler sampler, int size) {

        static Bench of(Vocabularies.Kind kind) {
            ConstraintVocabulary vocabulary = kind.vocabulary();
            boolean[] all = new boolean[vocabulary.size()];
            Arrays.fill(all, true);
            return new Bench(
                    kind,
                    new ConstraintCompiler(() -> vocabulary),
                    new Sampler(all),
                    vocabulary.size());
        }
    }

    private static List<Bench> benches() {
        return Vocabularies.all().stream()
                .filter(kind -> !List.of("words", "spm-plain").contains(kind.name()))
                .map(Bench::of)
                .toList();
    }

    @Test
    void everyAnswerUnderRandomSchemasParsesAndIsValidAtEveryTemperature()
            throws ConstraintException {
        List<Bench> benches = benches();
        var schemas = new RandomSchemas(42);
        int answers = 0;
        for (int i = 0; i < SCHEMAS; i++) {
            JsonNode schema = schemas.next();
            Schema judge = REGISTRY.getSchema(RandomSchemas.plain(schema));
            Bench bench = benches.get(i % benches.size());
            boolean atStart = i % 2 == 0;
            var ends = new Constraint.Ends(atStart, i % 3 > 0);
            int fewest = fewest(bench, schema, ends);
            for (int t = 0; t < TEMPERATURES.length; t++) {
                int most = (i + t) % 2 == 0 ? fewest : fewest + random.nextInt(80);
                Constraint constraint =
                        bench.compiler().jsonSchema(schema, ends, most, Client.PATIENT);
                var params = SamplingParams.of(TEMPERATURES[t], Filters.NONE, i).within(constraint);
                String text = answer(bench, params, constraint, atStart);
                JsonNode parsed = JsonMapper.shared().readTree(text);
                assertThat(errors(judge, parsed))
                        .as("schema %d %s, answer %s", i, schema, text)
                        .isEmpty();
                answers++;
            }
        }
        assertThat(answers).isEqualTo(SCHEMAS * TEMPERATURES.length);
    }

    private static List<com.networknt.schema.Error> errors(Schema judge, JsonNode value) {
        return judge.validate(
                value,
                context -> context.executionConfig(config -> config.formatAssertionsEnabled(true)));
    }

    /** The fewest tokens of an answer; one less is refused. */
    private static int fewest(Bench bench, JsonNode schema, Constraint.Ends ends)
            throws ConstraintException {
        Constraint any = bench.compiler().jsonSchema(schema, ends, 4_096, Client.PATIENT);
        int fewest = any.automaton().next(Dfa.START, ends.atStart());
        if (fewest > 1) {
            var refusal =
                    catchThrowableOfType(
                            ConstraintException.class,
                            () ->
                                    bench.compiler()
                                            .jsonSchema(schema, ends, fewest - 1, Client.PATIENT));
            assertThat(refusal.kind()).isEqualTo(Kind.TOO_LONG);
        }
        return fewest;
    }

    private String answer(
            Bench bench, SamplingParams params, Constraint constraint, boolean atStart) {
        var history = new TokenHistory(PROMPT, constraint);
        TokenConstraint.State state = history.constraint();
        TokenDecoder decoder = bench.kind().tokenizer().decoder(atStart);
        var text = new StringBuilder();
        while (state != null && history.generated() < constraint.mostTokens()) {
            int offset = random.nextInt(noise.length - bench.size());
            int id = bench.sampler().sample(noise, offset, params, history, 0);
            assertThat(id).isNotEqualTo(Sampler.FAULT);
            if (Arrays.stream(constraint.endIds()).anyMatch(end -> end == id)) {
                break;
            }
            text.append(decoder.feed(id));
            history.append(id);
            if (state.isSpent()) {
                break;
            }
        }
        return text + decoder.finish();
    }
}
