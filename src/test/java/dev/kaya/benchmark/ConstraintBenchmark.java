package dev.kaya.benchmark;

import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.compile.ConstraintCompiler;
import dev.kaya.engine.constraint.compile.ConstraintCompiler.Client;
import dev.kaya.engine.constraint.token.Constraint;
import dev.kaya.engine.constraint.token.ConstraintVocabulary;
import dev.kaya.engine.sampling.Filters;
import dev.kaya.engine.sampling.Sampler;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.sampling.TokenConstraint;
import dev.kaya.engine.sampling.TokenHistory;
import dev.kaya.engine.tokenizer.read.Gpt2Vocabulary;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a schema costs over GPT-2's 50,257 tokens: once, to compile, and for every token, to tell
 * which may come next and to go on with the one that was picked. Logits are random, so that texts
 * wander through all of the schema; every second text has hardly room to end, for which masks are
 * made anew.
 *
 * <p>{@code ./mvnw -Pbenchmark process-test-classes
 * -Dbenchmark.main=dev.kaya.benchmark.ConstraintBenchmark}
 */
public final class ConstraintBenchmark {

    private static final int TEXTS = 60;
    private static final int WARM_UP = 30;
    private static final int MOST_TOKENS = 120;

    private static final String SCHEMA =
            """
            {"type": "object", "properties": {
               "id": {"type": "string", "format": "uuid"},
               "name": {"type": "string", "minLength": 1, "maxLength": 40},
               "email": {"type": "string", "format": "email"},
               "age": {"type": "integer", "minimum": 0, "maximum": 150},
               "score": {"type": "number", "minimum": 0, "maximum": 1},
               "active": {"type": "boolean"},
               "role": {"enum": ["admin", "editor", "reader"]},
               "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
               "address": {"type": "object", "properties": {
                  "street": {"type": "string"}, "city": {"type": "string"},
                  "zip": {"type": "string", "pattern": "^[0-9]{5}$"}},
                "required": ["street", "city"]}},
             "required": ["id", "name", "role", "address"]}
            """;

    private final Random random = new Random(1);
    private final float[] logits = new float[1 << 18];
    private final long[] mask = new long[(Gpt2Vocabulary.SIZE + 63) / 64];
    private final Sampler sampler;
    private long nanos;
    private long slowest;
    private long tokens;

    private ConstraintBenchmark() {
        boolean[] all = new boolean[Gpt2Vocabulary.SIZE];
        Arrays.fill(all, true);
        sampler = new Sampler(all);
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian() * 3;
        }
    }

    /** Prints milliseconds. */
    public static void main(String[] arguments) throws ConstraintException {
        var stream = new FileOutputStream(FileDescriptor.out);
        new ConstraintBenchmark().run(new PrintStream(stream, true, StandardCharsets.UTF_8));
    }

    private void run(PrintStream out) throws ConstraintException {
        boolean[] all = new boolean[Gpt2Vocabulary.SIZE];
        Arrays.fill(all, true);
        var tokenizer = Gpt2Vocabulary.tokenizer();
        var vocabulary = new ConstraintVocabulary(tokenizer, all, new int[] {50_256});
        long first = compile(vocabulary);
        long later = first;
        for (int i = 0; i < 10; i++) {
            later = Math.min(later, compile(vocabulary));
        }
        var compiler = new ConstraintCompiler(() -> vocabulary);
        for (int text = 0; text < WARM_UP + TEXTS; text++) {
            if (text == WARM_UP) {
                nanos = 0;
                slowest = 0;
                tokens = 0;
            }
            write(constraint(compiler, text % 2 == 0 ? MOST_TOKENS : 4 * MOST_TOKENS));
        }
        out.printf(
                Locale.ROOT,
                "compile %.0f ms at first, %.0f ms later%n"
                        + "mask and advance %.4f ms a token, %.2f ms the slowest of %d tokens%n",
                first / 1e6,
                later / 1e6,
                nanos / 1e6 / tokens,
                slowest / 1e6,
                tokens);
    }

    private static Constraint constraint(ConstraintCompiler compiler, int most)
            throws ConstraintException {
        var schema = JsonMapper.shared().readTree(SCHEMA);
        return compiler.jsonSchema(schema, new Constraint.Ends(false, true), most, Client.PATIENT);
    }

    private static long compile(ConstraintVocabulary vocabulary) throws ConstraintException {
        long start = System.nanoTime();
        constraint(new ConstraintCompiler(() -> vocabulary), MOST_TOKENS);
        return System.nanoTime() - start;
    }

    private void write(Constraint constraint) {
        var params = SamplingParams.of(1, Filters.NONE, tokens).within(constraint);
        var history = new TokenHistory(new int[1], constraint);
        TokenConstraint.State measured = constraint.begin();
        while (!measured.isSpent()) {
            long start = System.nanoTime();
            measured.allow(mask); // before the sampler, which then finds what was made for it
            long spent = System.nanoTime() - start;
            int offset = random.nextInt(logits.length - Gpt2Vocabulary.SIZE);
            int tokenId = sampler.sample(logits, offset, params, history, 0);
            if (tokenId == 50_256) {
                return;
            }
            history.append(tokenId);
            start = System.nanoTime();
            measured.advance(tokenId);
            spent += System.nanoTime() - start;
            nanos += spent;
            slowest = Math.max(slowest, spent);
            tokens++;
        }
    }
}
