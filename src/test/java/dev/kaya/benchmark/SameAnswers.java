package dev.kaya.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Asks two servers of one checkpoint the same, and compares all of the answers but their ids and
 * times: that a new version gives what an old one gave. Every field of a request is in use.
 *
 * <pre>java -cp target/test-classes dev.kaya.benchmark.SameAnswers OLD-URL NEW-URL</pre>
 */
final class SameAnswers {

    private static final JsonMapper JSON = JsonMapper.shared();

    private static final List<String> PROMPTS =
            List.of("Once upon a time", "The king's daughter", "", "There was a fox who", "a a a");

    /** Each is asked with every prompt, and with another seed each time. */
    private static final List<String> WISHES =
            List.of(
                    """
                    {"max_new_tokens": 20, "temperature": 0.9, "top_k": 40, "top_p": 0.9,
                     "min_p": 0.01, "typical_p": 0.95, "logprobs": 3}""",
                    """
                    {"max_new_tokens": 24, "preset": "creative", "repetition_penalty": 1.3,
                     "repetition_window": 12, "frequency_penalty": 0.4, "presence_penalty": 0.2,
                     "no_repeat_ngram_size": 3, "logit_bias": {"258": -5, "260": 2.5}}""",
                    """
                    {"max_new_tokens": 30, "min_new_tokens": 6, "stop": ["the", "."],
                     "stop_token_ids": [269], "ignore_eos": true, "echo": true}""",
                    """
                    {"max_new_tokens": 12, "n": 3, "best_of": 5, "prompt_logprobs": 2,
                     "logprobs": 0}""",
                    """
                    {"max_new_tokens": 12, "n": 2, "num_beams": 4, "length_penalty": 0.7,
                     "early_stopping": true}""",
                    """
                    {"max_new_tokens": 40, "response_format": {"type": "json_schema",
                     "json_schema": {"schema": {"type": "object", "required": ["name"],
                     "properties": {"name": {"type": "string", "maxLength": 12},
                     "age": {"type": "integer", "minimum": 0, "maximum": 99}}}}}}""",
                    """
                    {"max_new_tokens": 20, "response_format": {"type": "regex",
                     "pattern": "[a-z]{3,12}( [a-z]{2,8}){1,3}"}}""",
                    """
                    {"max_new_tokens": 300, "speculate": true, "context_overflow": "slide",
                     "timeout_ms": 60000}""",
                    """
                    {"max_new_tokens": 16, "allow_special_tokens": true, "stream": true, "n": 2,
                     "model": "stories"}""",
                    """
                    {"max_new_tokens": 16, "context_overflow": "stop",
                     "prompt_token_ids": [258, 455, 2878, 296]}""");

    private final HttpClient client = HttpClient.newHttpClient();
    private final PrintStream out;

    private SameAnswers(PrintStream out) {
        this.out = out;
    }

    /**
     * Compares.
     *
     * @param arguments the addresses of the servers
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        System.exit(new SameAnswers(System.out).compare(arguments[0], arguments[1]) ? 0 : 1);
    }

    private static List<ObjectNode> requests() {
        List<ObjectNode> requests = new ArrayList<>();
        for (String wish : WISHES) {
            for (String prompt : PROMPTS) {
                ObjectNode request = (ObjectNode) JSON.readTree(wish);
                if (!request.has("prompt_token_ids")) {
                    request.put("prompt", prompt);
                }
                requests.add(request.put("seed", 1000 + requests.size()));
            }
        }
        return requests;
    }

    private boolean compare(String old, String now) throws IOException, InterruptedException {
        int same = 0;
        Set<String> fields = new TreeSet<>();
        List<ObjectNode> requests = requests();
        for (ObjectNode request : requests) {
            request.propertyNames().forEach(fields::add);
            List<String> before = answer(old, request);
            List<String> after = answer(now, request);
            if (before.equals(after)) {
                same++;
            } else {
                out.printf("differs: %s%n  %s%n  %s%n", request, before, after);
            }
        }
        out.printf(
                "%d of %d answers are the same; fields in use: %s%n",
                same, requests.size(), String.join(", ", fields));
        return same == requests.size();
    }

    /** Status and body, or events, without what depends on the clock. */
    private List<String> answer(String server, ObjectNode request)
            throws IOException, InterruptedException {
        HttpResponse<String> response =
                client.send(
                        HttpRequest.newBuilder(URI.create(server + "/v1/generate"))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(request.toString()))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        List<String> lines = new ArrayList<>(List.of("status " + response.statusCode()));
        if (request.has("stream")) {
            perSample(response.body(), lines);
        } else {
            lines.add(timeless(JSON.readTree(response.body())));
        }
        return lines;
    }

    /** Samples come interleaved as their tokens are ready, so each is compared by itself. */
    private static void perSample(String events, List<String> lines) {
        List<String> all = new ArrayList<>();
        UnaryOperator<String> data = line -> line.substring("data: ".length());
        for (String line : events.lines().filter(line -> line.startsWith("data: ")).toList()) {
            all.add(timeless(JSON.readTree(data.apply(line))));
        }
        for (int sample = 0; sample < 2; sample++) {
            String mark = "{\"index\":" + sample + ",\"token_id\"";
            all.stream().filter(event -> event.startsWith(mark)).forEach(lines::add);
        }
        lines.add(all.getLast());
    }

    private static String timeless(JsonNode answer) {
        if (answer instanceof ObjectNode object) {
            object.remove(List.of("id", "created", "timing"));
            if (object.get("usage") instanceof ObjectNode usage) {
                usage.remove("cached_tokens"); // depends on what was asked before
            }
        }
        return answer instanceof ArrayNode array ? array.toString() : answer.toString();
    }
}
