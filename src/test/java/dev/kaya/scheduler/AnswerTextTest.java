package dev.kaya.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.TinyCheckpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The text of answers from vocabularies whose tokens have a space before them. */
class AnswerTextTest {

    private static final int BEGINNING = 0;

    @TempDir private Path folder;

    /** Sixteen tokens: a special one and fifteen words. */
    private LoadedModel words() throws IOException {
        var vocabulary = new StringJoiner(", ", "{", "}").add("\"<|endoftext|>\": 0");
        for (int id = 1; id < 16; id++) {
            vocabulary.add("\"word%d\": %d".formatted(id, id));
        }
        return TinyCheckpoint.gpt2().file("vocab.json", vocabulary.toString()).load(folder);
    }

    @Test
    void anAnswerThatBeginsATextHasNoSpaceInFrontAndAContinuationHas()
            throws IOException, InterruptedException {
        LoadedModel model = words();
        try (var loop = new TestLoop(model, TestLoop.settings(1, 1, 4, 256))) {
            var beginning = loop.run(loop.sampled(new int[] {BEGINNING}, 12, 7));
            var continuation = loop.run(loop.sampled(new int[] {BEGINNING, 3}, 12, 7));

            assertThat(beginning.text()).startsWith("word").isEqualTo(words(beginning).strip());
            assertThat(continuation.text()).startsWith(" word").isEqualTo(words(continuation));
        }
    }

    /** Special tokens have no text in an answer. */
    private static String words(TestLoop.Outcome outcome) {
        var text = new StringBuilder();
        for (int id : outcome.tokenIds()) {
            text.append(id == BEGINNING ? "" : " word" + id);
        }
        return text.toString();
    }
}
