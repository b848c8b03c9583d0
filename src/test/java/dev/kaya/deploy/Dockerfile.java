package dev.kaya.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * A Dockerfile, as far as ours goes: stages of instructions; no variables, no escapes but the
 * line's.
 *
 * @param stages from first to last; the last one is the image
 */
record Dockerfile(List<Stage> stages) {

    private static final Pattern FROM = Pattern.compile("(\\S+)(?:\\s+AS\\s+(\\S+))?");
    private static final Pattern PAIR = Pattern.compile("([\\w.]+)=(?:\"([^\"]*)\"|(\\S+))");

    /**
     * What follows one FROM.
     *
     * @param base image it builds on
     * @param name others call it by
     * @param instructions without the FROM
     */
    record Stage(String base, @Nullable String name, List<Instruction> instructions) {

        /** The arguments of every instruction of a kind. */
        List<String> all(String keyword) {
            return instructions.stream()
                    .filter(instruction -> instruction.keyword().equals(keyword))
                    .map(Instruction::arguments)
                    .toList();
        }

        /** The arguments of the last instruction of a kind, which is the one that counts. */
        String last(String keyword) {
            return all(keyword).getLast();
        }

        /** What copies files, in order. */
        List<Copy> copies() {
            return all("COPY").stream().map(Copy::of).toList();
        }

        /** Pairs of every ENV or LABEL. */
        Map<String, String> pairs(String keyword) {
            Map<String, String> pairs = new LinkedHashMap<>();
            for (String arguments : all(keyword)) {
                Matcher pair = PAIR.matcher(arguments);
                while (pair.find()) {
                    pairs.put(pair.group(1), pair.group(2) == null ? pair.group(3) : pair.group(2));
                }
            }
            return pairs;
        }

        /** The command of ENTRYPOINT, which must be in exec form. */
        List<String> entryPoint() {
            return execForm(last("ENTRYPOINT"));
        }

        /** The command of HEALTHCHECK, which must be in exec form. */
        List<String> healthCheck() {
            String arguments = last("HEALTHCHECK");
            return execForm(arguments.substring(arguments.indexOf(" CMD ") + " CMD ".length()));
        }
    }

    /**
     * One instruction.
     *
     * @param keyword in capitals
     * @param arguments the rest, on one line
     */
    record Instruction(String keyword, String arguments) {}

    /**
     * One COPY.
     *
     * @param from stage to copy from, or the build context
     * @param sources files and folders
     * @param destination where to
     */
    record Copy(@Nullable String from, List<String> sources, String destination) {

        private static Copy of(String arguments) {
            List<String> words = new ArrayList<>(Arrays.asList(arguments.split("\\s+", -1)));
            String from = null;
            while (words.getFirst().startsWith("--")) {
                String flag = words.removeFirst();
                if (flag.startsWith("--from=")) {
                    from = flag.substring("--from=".length());
                }
            }
            String destination = words.removeLast();
            return new Copy(from, List.copyOf(words), destination);
        }
    }

    /** Reads a file. */
    static Dockerfile read(Path file) throws IOException {
        List<Stage> stages = new ArrayList<>();
        List<Instruction> instructions = new ArrayList<>();
        for (String line : logicalLines(file)) {
            String[] words = line.split("\\s+", 2);
            if (words[0].equals("FROM")) {
                Matcher from = FROM.matcher(words[1]);
                if (!from.matches()) {
                    throw new IOException("not understood: " + line);
                }
                instructions = new ArrayList<>();
                stages.add(new Stage(from.group(1), from.group(2), instructions));
            } else {
                instructions.add(new Instruction(words[0], words[1]));
            }
        }
        return new Dockerfile(stages);
    }

    /** The stage that becomes the image. */
    Stage image() {
        return stages.getLast();
    }

    private static List<String> logicalLines(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String physical : Files.readAllLines(file)) {
            String text = physical.strip();
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            boolean goesOn = text.endsWith("\\");
            line.append(goesOn ? text.substring(0, text.length() - 1) : text);
            if (!goesOn) {
                lines.add(line.toString());
                line.setLength(0);
            }
        }
        return lines;
    }

    private static List<String> execForm(String arguments) {
        return List.of(JsonMapper.shared().readValue(arguments, String[].class));
    }
}
