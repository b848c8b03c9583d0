package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A whole event stream, read by the letter: anything but {@code event}, {@code data} and an empty
 * line for each event is a failure.
 *
 * @param tokens data of the events before the last
 * @param end name of the last event
 * @param last data of the last event
 */
record Events(List<JsonNode> tokens, String end, JsonNode last) {

    private static final String EVENT = "event: ";
    private static final String DATA = "data: ";

    static Events of(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("text/event-stream;charset=UTF-8");
        assertThat(answer.body()).endsWith("\n\n").doesNotContain("\r");
        List<JsonNode> tokens = new ArrayList<>();
        List<String> blocks = List.of(answer.body().split("\n\n", -1));
        String last = blocks.get(blocks.size() - 2); // behind the last empty line is nothing
        for (String block : blocks.subList(0, blocks.size() - 2)) {
            assertThat(name(block)).isEqualTo("token");
            tokens.add(data(block));
        }
        return new Events(tokens, name(last), data(last));
    }

    private static String name(String block) {
        return line(block, 0, EVENT);
    }

    private static JsonNode data(String block) {
        return JsonMapper.shared().readTree(line(block, 1, DATA));
    }

    private static String line(String block, int index, String prefix) {
        List<String> lines = block.lines().toList();
        assertThat(lines).as(block).hasSize(2);
        assertThat(lines.get(index)).startsWith(prefix);
        return lines.get(index).substring(prefix.length());
    }

    /** The texts of all tokens, joined. */
    String text() {
        var text = new StringBuilder();
        tokens.forEach(token -> text.append(token.get("text").stringValue()));
        return text.toString();
    }

    /** The ids of all events that have one. */
    List<Integer> tokenIds() {
        List<Integer> ids = new ArrayList<>();
        for (JsonNode token : tokens) {
            if (!token.get("token_id").isNull()) {
                ids.add(token.get("token_id").intValue());
            }
        }
        return ids;
    }
}
