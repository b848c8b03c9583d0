package dev.kaya.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A command of a document, and its whole answer.
 *
 * @param block where it stands
 * @param words of the command
 * @param answerAt line of the block at which the answer begins
 * @param answer its lines
 */
record Transcript(Document.Block block, List<String> words, int answerAt, List<String> answer) {

    private static final String PROMPT = "$ ";
    private static final Pattern ID = Pattern.compile("\"id\":\"gen-[0-9a-f]+\"");
    private static final Pattern CREATED = Pattern.compile("\"created\":\\d+");
    private static final Pattern TIMING = Pattern.compile("\"timing\":\\{[^}]*}");

    /** The commands of a block of {@code console}. */
    static List<Transcript> of(Document.Block block) {
        List<Transcript> transcripts = new ArrayList<>();
        List<String> lines = block.lines();
        int at = 0;
        while (at < lines.size()) {
            assertThat(lines.get(at)).as("%s: a command", block.place()).startsWith(PROMPT);
            var command = new StringBuilder(lines.get(at++).substring(PROMPT.length()));
            while (!ShellLine.of(command.toString()).complete()) {
                assertThat(at)
                        .as("%s: a command that ends", block.place())
                        .isLessThan(lines.size());
                command.append('\n').append(lines.get(at++));
            }
            int from = at;
            while (at < lines.size() && !lines.get(at).startsWith(PROMPT)) {
                at++;
            }
            transcripts.add(
                    new Transcript(
                            block,
                            ShellLine.of(command.toString()).words(),
                            from,
                            lines.subList(from, at)));
        }
        assertThat(transcripts).as(block.place()).isNotEmpty();
        return transcripts;
    }

    /** Lines without what differs from run to run, and without blanks at their ends. */
    static List<String> comparable(List<String> lines) {
        List<String> comparable = new ArrayList<>();
        for (String line : lines) {
            String same = ID.matcher(line.stripTrailing()).replaceAll("\"id\":\"…\"");
            same = CREATED.matcher(same).replaceAll("\"created\":…");
            comparable.add(TIMING.matcher(same).replaceAll("\"timing\":…"));
        }
        while (!comparable.isEmpty() && comparable.getLast().isEmpty()) {
            comparable.removeLast();
        }
        return comparable;
    }

    /** For messages. */
    String place() {
        return block.place() + ": " + String.join(" ", words);
    }
}
