package dev.kaya.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A document in Markdown.
 *
 * @param path from the project's folder
 * @param lines as they stand in the file
 */
record Document(Path path, List<String> lines) {

    private static final String FENCE = "```";
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern CELL = Pattern.compile("(?<!\\\\)\\|");

    /**
     * A fenced block.
     *
     * @param document where it stands
     * @param language after the opening fence
     * @param first line of its content in the file, from 0
     * @param lines of its content
     */
    record Block(Document document, String language, int first, List<String> lines) {
        /** For messages: the file and the line, from 1. */
        String place() {
            return document.path() + ":" + (first + 1);
        }

        String text() {
            return String.join("\n", lines);
        }
    }

    /** All documents of the project. */
    static List<Document> all() throws IOException {
        List<Path> paths = new ArrayList<>();
        for (String name : List.of("README", "CONTRIBUTING", "SECURITY", "CHANGELOG")) {
            paths.add(Path.of(name + ".md"));
        }
        try (Stream<Path> docs = Files.list(Path.of("docs"));
                Stream<Path> cards = Files.list(Path.of("checkpoints"))) {
            docs.sorted().forEach(paths::add);
            cards.map(folder -> folder.resolve("README.md")).sorted().forEach(paths::add);
        }
        List<Document> documents = new ArrayList<>();
        for (Path path : paths) {
            documents.add(read(path));
        }
        return documents;
    }

    static Document read(Path path) throws IOException {
        return new Document(path, Files.readAllLines(path));
    }

    /** A document of the folder {@code docs}. */
    static Document docs(String name) throws IOException {
        return read(Path.of("docs", name + ".md"));
    }

    /** All fenced blocks in their order. */
    List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        int open = -1;
        for (int i = 0; i < lines.size(); i++) {
            if (!lines.get(i).startsWith(FENCE)) {
                continue;
            }
            if (open < 0) {
                open = i;
            } else {
                String language = lines.get(open).substring(FENCE.length()).strip();
                blocks.add(new Block(this, language, open + 1, lines.subList(open + 1, i)));
                open = -1;
            }
        }
        assertThat(open).as("%s: a block that does not end", path).isNegative();
        return blocks;
    }

    /** The lines outside of blocks. */
    List<String> prose() {
        List<String> prose = new ArrayList<>();
        boolean inside = false;
        for (String line : lines) {
            if (line.startsWith(FENCE)) {
                inside = !inside;
            } else if (!inside) {
                prose.add(line);
            }
        }
        return prose;
    }

    /** What stands between backticks, outside of blocks. */
    List<String> inlineCode() {
        return matches(CODE, String.join("\n", prose()));
    }

    /** The targets of links. */
    List<String> links() {
        return matches(LINK, String.join("\n", prose()));
    }

    /** The names by which headings can be linked to. */
    Set<String> anchors() {
        Set<String> anchors = new TreeSet<>();
        for (String line : prose()) {
            if (line.startsWith("#")) {
                anchors.add(
                        line.replaceFirst("^#+ ", "")
                                .toLowerCase(Locale.ROOT)
                                .replaceAll("[^a-z0-9 _-]", "")
                                .replace(' ', '-'));
            }
        }
        return anchors;
    }

    /**
     * The rows of the table that has these headings, without them.
     *
     * @param headings of its columns
     */
    List<List<String>> table(String... headings) {
        List<List<String>> rows = new ArrayList<>();
        boolean inside = false;
        for (String line : prose()) {
            if (!line.startsWith("|")) {
                inside = false;
            } else if (inside) {
                rows.add(cells(line));
            } else {
                inside = cells(line).equals(List.of(headings));
            }
        }
        assertThat(rows).as("%s: a table %s", path, List.of(headings)).hasSizeGreaterThan(1);
        return rows.subList(1, rows.size()); // the first one is the rule below the headings
    }

    /** What stands between backticks in a column of a table. */
    static List<String> codes(List<List<String>> rows, int column) {
        return rows.stream().flatMap(row -> matches(CODE, row.get(column)).stream()).toList();
    }

    private static List<String> cells(String line) {
        String inner = line.substring(1, line.lastIndexOf('|'));
        return Arrays.stream(CELL.split(inner, -1)).map(String::strip).toList();
    }

    private static List<String> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results().map((MatchResult match) -> match.group(1)).toList();
    }
}
