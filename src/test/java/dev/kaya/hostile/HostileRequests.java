package dev.kaya.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.json.JsonMapper;

/**
 * Requests that combine every field at, over and far over its bounds, with bodies and behaviour to
 * match. A seed gives the same request each time.
 */
public final class HostileRequests {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final int VOCABULARY = 4_096;
    private static final int THE = 260; // the id of " the", the likeliest word of stories
    private static final int LONGEST_WAIT_MILLIS = 5_000;

    /** What a client does with its connection. */
    public enum Manner {
        READS,
        HALF_CLOSES,
        LEAVES,
        SENDS_SLOWLY,
        READS_SLOWLY
    }

    /**
     * One request.
     *
     * @param seed that gives it again
     * @param path to post to
     * @param body of it
     * @param manner of its client
     * @param millis after which it leaves, or between the pieces that it sends or reads
     */
    public record Hostile(long seed, String path, byte[] body, Manner manner, int millis) {}

    private final Random random;

    private HostileRequests(long seed) {
        random = new Random(seed * 0x9E3779B97F4A7C15L);
    }

    /** The request of a seed. */
    public static Hostile of(long seed) {
        return new HostileRequests(seed).next(seed);
    }

    private Hostile next(long seed) {
        int kind = random.nextInt(100);
        String path = kind < 85 ? "/v1/generate" : kind < 92 ? "/v1/tokenize" : "/v1/detokenize";
        byte[] body =
                switch (kind / 85 + (kind >= 92 ? 1 : 0)) {
                    case 0 -> kind < 8 ? brokenJson() : JSON.writeValueAsBytes(generate());
                    case 1 -> JSON.writeValueAsBytes(Map.of("text", text()));
                    default -> JSON.writeValueAsBytes(Map.of("token_ids", ids(250_000)));
                };
        return new Hostile(seed, path, body, manner(), random.nextInt(400));
    }

    private Manner manner() {
        int manner = random.nextInt(100);
        if (manner < 70) {
            return manner < 60 ? Manner.READS : Manner.HALF_CLOSES;
        }
        return manner < 82
                ? Manner.LEAVES
                : manner < 92 ? Manner.SENDS_SLOWLY : Manner.READS_SLOWLY;
    }

    private byte[] brokenJson() {
        String deep = random.nextBoolean() ? "[" : "{\"a\":";
        return switch (random.nextInt(7)) {
            case 0 -> deep.repeat(upTo(200_000)).getBytes(UTF_8);
            case 1 -> ("{\"logit_bias\": " + deep.repeat(upTo(900))).getBytes(UTF_8);
            case 2 -> ("{\"max_new_tokens\": " + "9".repeat(upTo(900_000)) + "}").getBytes(UTF_8);
            case 3 -> ("{\"prompt\": \"" + "\\ud83d".repeat(upTo(9)) + "\"}").getBytes(UTF_8);
            case 4 -> {
                byte[] noise = new byte[upTo(100_000)];
                random.nextBytes(noise);
                yield noise;
            }
            case 5 -> {
                byte[] good = JSON.writeValueAsBytes(generate());
                yield Arrays.copyOf(good, upTo(good.length));
            }
            default ->
                    ("{\"timeout_ms\": 5000, \"prompt\": \"" + "x".repeat(upTo(2_000_000)) + "\"}")
                            .getBytes(UTF_8);
        };
    }

    private Map<String, Object> generate() {
        Map<String, Object> fields = new LinkedHashMap<>();
        boolean obedient = random.nextInt(4) > 0; // others are refused for some field or other
        prompt(fields);
        amount(fields, obedient);
        texts(fields, obedient);
        picking(fields, obedient);
        ends(fields, obedient);
        if (random.nextInt(3) == 0) {
            fields.put("response_format", new NastyFormats(random).next());
            if (obedient) {
                List.of("stop", "stop_token_ids", "min_new_tokens", "num_beams")
                        .forEach(fields::remove);
            }
        }
        maybe(fields, "echo", random.nextBoolean());
        maybe(fields, "speculate", !fields.containsKey("num_beams"));
        maybe(fields, "ignore_eos", random.nextBoolean());
        maybe(fields, "allow_special_tokens", random.nextBoolean());
        maybe(fields, "stream", !obedient || !fields.containsKey("num_beams"));
        fields.put("timeout_ms", 1 + random.nextInt(LONGEST_WAIT_MILLIS));
        return fields;
    }

    private void prompt(Map<String, Object> fields) {
        switch (random.nextInt(5)) {
            case 0 -> fields.put("prompt_token_ids", ids(random.nextInt(9) == 0 ? 150_000 : 300));
            case 1 -> {}
            case 2 -> fields.put("prompt", text());
            default -> fields.put("prompt", "Once upon a time " + " the".repeat(upTo(200)));
        }
    }

    private void amount(Map<String, Object> fields, boolean obedient) {
        boolean slides = random.nextInt(3) == 0;
        fields.put("max_new_tokens", number(obedient, 0, slides ? 4_096 : 64, 4_096));
        if (!slides && random.nextBoolean()) {
            fields.put("context_overflow", random.nextBoolean() ? "stop" : "error");
        } else if (slides) {
            fields.put("context_overflow", "slide");
        }
        if (random.nextInt(4) == 0) {
            fields.put("min_new_tokens", number(obedient, 0, 20, 4_096));
        }
    }

    private void texts(Map<String, Object> fields, boolean obedient) {
        if (random.nextInt(8) == 0) {
            fields.put("num_beams", number(obedient, 2, 32, 64));
            fields.put("temperature", 0);
            fields.put("length_penalty", random.nextInt(21) - 10);
            fields.put("early_stopping", random.nextBoolean());
            fields.remove("context_overflow");
            fields.put("max_new_tokens", number(obedient, 1, 100, 4_096));
        } else if (random.nextInt(3) == 0) {
            fields.put("n", number(obedient, 1, 64, 64));
            if (random.nextInt(4) == 0) {
                fields.put("best_of", number(obedient, 64, 64, 64));
            }
        }
        if (random.nextInt(3) == 0) {
            fields.put("logprobs", number(obedient, 0, 20, 20));
        }
        if (random.nextInt(4) == 0) {
            fields.put("prompt_logprobs", number(obedient, 0, 20, 20));
        }
    }

    private void picking(Map<String, Object> fields, boolean obedient) {
        if (!fields.containsKey("num_beams")) {
            maybe(fields, "temperature", obedient ? random.nextInt(3) : wild());
            maybe(fields, "preset", obedient ? "creative" : "wild");
            maybe(fields, "top_k", number(obedient, -1, VOCABULARY, Integer.MAX_VALUE));
            maybe(fields, "top_p", obedient ? 0.01 + random.nextDouble() * 0.99 : wild());
            maybe(fields, "min_p", obedient ? random.nextDouble() : wild());
            maybe(fields, "typical_p", obedient ? 0.01 + random.nextDouble() * 0.99 : wild());
        }
        maybe(fields, "seed", random.nextLong());
        maybe(fields, "repetition_penalty", obedient ? 1e-9 + 100 * random.nextDouble() : wild());
        maybe(fields, "frequency_penalty", obedient ? random.nextInt(5) - 2 : wild());
        maybe(fields, "presence_penalty", obedient ? random.nextInt(5) - 2 : wild());
        maybe(fields, "no_repeat_ngram_size", number(obedient, 0, 1_000, Integer.MAX_VALUE));
        if (random.nextInt(6) == 0) {
            Map<String, Object> bias = new LinkedHashMap<>();
            int count = upTo(VOCABULARY + (obedient ? 0 : 5));
            for (int i = 0; i < count; i++) {
                bias.put(Integer.toString(i), random.nextInt(201) - 100);
            }
            fields.put("logit_bias", bias);
        }
    }

    private void ends(Map<String, Object> fields, boolean obedient) {
        if (random.nextInt(5) == 0) { // strings that begin as the text does
            List<String> stops = new ArrayList<>();
            int count = obedient ? upTo(16) : upTo(200);
            for (int i = 0; i <= count && i < (obedient ? 16 : 200); i++) {
                int length = obedient ? 999 : 1 + upTo(3_000);
                stops.add(" the".repeat(250).substring(0, Math.min(999, length)) + "z");
            }
            fields.put("stop", stops);
            fields.put("logit_bias", Map.of(Integer.toString(THE), 100));
        }
        if (random.nextInt(6) == 0) {
            fields.put("stop_token_ids", ids(obedient ? 256 : 20_000));
        }
    }

    private void maybe(Map<String, Object> fields, String name, Object value) {
        if (random.nextInt(4) == 0) {
            fields.put(name, value);
        }
    }

    private int upTo(int most) {
        return random.nextInt(random.nextInt(Math.max(1, most)) + 1);
    }

    /** Within a range of which the upper end is likely; or around and far over {@code limit}. */
    private Object number(boolean obedient, int least, int most, int limit) {
        if (obedient || random.nextInt(3) > 0) {
            return random.nextInt(3) == 0 ? most : least + upTo(most - least + 1);
        }
        return switch (random.nextInt(6)) {
            case 0 -> least - 1;
            case 1 -> limit;
            case 2 -> limit + 1L;
            case 3 -> Integer.MAX_VALUE;
            case 4 -> 1e30;
            default -> Long.MIN_VALUE;
        };
    }

    private Object wild() {
        if (random.nextInt(3) > 0) {
            return 1;
        }
        Object[] values = {-1, 0, 1e-300, 1e300, 100, 100.1, "1", true, Long.MAX_VALUE, List.of()};
        return values[random.nextInt(values.length)];
    }

    private int[] ids(int most) {
        int bound = random.nextInt(20) == 0 ? Integer.MAX_VALUE : VOCABULARY;
        return random.ints(upTo(most), 0, bound).toArray();
    }

    private String text() {
        String piece =
                switch (random.nextInt(6)) {
                    case 0 -> "once upon a time ";
                    case 1 -> "日本語";
                    case 2 -> "👩‍👩‍👧‍👦";
                    case 3 -> "\u0301";
                    case 4 -> "\u0000\u001f";
                    default -> "a";
                };
        int most = random.nextInt(8) == 0 ? 900_000 : 5_000;
        return piece.repeat(1 + upTo(most) / piece.getBytes(UTF_8).length);
    }
}
