package dev.kaya.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every command that stands in a document with its answer is run, and the whole answer compared,
 * ids and times aside. With {@code -Ddocuments.write=true} the answers are written instead.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DocumentsIT {

    private static final boolean WRITES = Boolean.getBoolean("documents.write");

    private Path folder;
    private CommandRunner runner;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException {
        this.folder = folder.toRealPath();
        runner = CommandRunner.start(this.folder);
    }

    @AfterAll
    void end() {
        if (runner != null) {
            runner.close();
        }
    }

    static List<Path> documentsWithTranscripts() throws IOException {
        return Document.all().stream()
                .filter(document -> document.blocks().stream().anyMatch(DocumentsIT::isRun))
                .map(Document::path)
                .toList();
    }

    private static boolean isRun(Document.Block block) {
        return block.language().equals("console");
    }

    @ParameterizedTest
    @MethodSource("documentsWithTranscripts")
    void everyCommandGivesTheAnswerBelowIt(Path path)
            throws IOException, InterruptedException, ExecutionException {
        Document document = Document.read(path);
        List<Transcript> transcripts = new ArrayList<>();
        for (Document.Block block : document.blocks()) {
            if (isRun(block)) {
                transcripts.addAll(Transcript.of(block));
            }
        }
        List<List<String>> answers = answers(transcripts);
        if (WRITES) {
            write(document, transcripts, answers);
            return;
        }
        for (int i = 0; i < answers.size(); i++) {
            assertThat(Transcript.comparable(answers.get(i)))
                    .as(transcripts.get(i).place())
                    .isEqualTo(Transcript.comparable(transcripts.get(i).answer()));
        }
    }

    /** Two at a time, but for those that build on each other. */
    private List<List<String>> answers(List<Transcript> transcripts)
            throws InterruptedException, ExecutionException {
        boolean inTurn =
                transcripts.stream().anyMatch(each -> each.words().contains(CommandRunner.MINE));
        try (ExecutorService threads = Executors.newFixedThreadPool(inTurn ? 1 : 2)) {
            List<Future<List<String>>> running = new ArrayList<>();
            for (Transcript transcript : transcripts) {
                running.add(
                        threads.submit(
                                () -> {
                                    prepare(transcript);
                                    return runner.run(transcript);
                                }));
            }
            List<List<String>> answers = new ArrayList<>();
            for (Future<List<String>> answer : running) {
                answers.add(answer.get());
            }
            return answers;
        }
    }

    /**
     * Brings the checkpoint that a document makes step by step to where the text has come: without
     * a configuration before the block of JSON above a command, with it below.
     */
    private void prepare(Transcript transcript) throws IOException {
        if (!transcript.words().contains(CommandRunner.MINE)) {
            return;
        }
        Path mine = folder.resolve(CommandRunner.MINE);
        if (!Files.exists(mine)) {
            OwnModel.write(mine);
        }
        for (Document.Block block : transcript.block().document().blocks()) {
            if (block.language().equals("json") && block.first() < transcript.block().first()) {
                Files.writeString(mine.resolve("config.json"), block.text());
            }
        }
    }

    /** Puts answers in the place of those that differ, from the last to the first. */
    private static void write(
            Document document, List<Transcript> transcripts, List<List<String>> answers)
            throws IOException {
        List<String> lines = new ArrayList<>(document.lines());
        for (int i = transcripts.size() - 1; i >= 0; i--) {
            Transcript transcript = transcripts.get(i);
            List<String> shown = transcript.answer();
            if (Transcript.comparable(answers.get(i)).equals(Transcript.comparable(shown))) {
                continue;
            }
            List<String> answer = new ArrayList<>(answers.get(i));
            while (!answer.isEmpty() && answer.getLast().isBlank()) {
                answer.removeLast();
            }
            int from = transcript.block().first() + transcript.answerAt();
            lines.subList(from, from + shown.size()).clear();
            lines.addAll(from, answer.stream().map(String::stripTrailing).toList());
        }
        Files.write(document.path(), lines);
    }
}
