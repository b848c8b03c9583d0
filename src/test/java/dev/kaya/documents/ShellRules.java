package dev.kaya.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What must hold of commands that are shown and not run: what they name is there. */
final class ShellRules {

    private static final Set<String> PHASES =
            Set.of(
                    "test",
                    "test-compile",
                    "process-test-classes",
                    "package",
                    "verify",
                    "spring-boot:run",
                    "spotless:apply");
    private static final Set<String> COMMANDS =
            Set.of("generate", "inspect", "bench", "convert", "archive");

    /** Properties of Maven's own plugins. */
    private static final Set<String> MAVEN =
            Set.of("skipTests", "test", "it.test", "surefire.failIfNoSpecifiedTests");

    private static final Pattern PROPERTY = Pattern.compile("-D([\\w.-]+)(?:=(.*))?");
    private static final Pattern OPTION = Pattern.compile("--[a-z][a-z_-]*");
    private static final Pattern OPTION_OF_HELP =
            Pattern.compile("(?m)^ {2,6}(?:-\\w, )?(--[a-z_-]+(?:, --[a-z_-]+)*)");
    private static final Pattern CLASS = Pattern.compile("(dev\\.kaya(?:\\.\\w+)+)");

    private final Set<String> tests = new TreeSet<>();

    /** Of each command, as its help has them. */
    private final Map<String, Set<String>> options = new TreeMap<>();

    private final String pom;
    private final String testSources;

    ShellRules() throws IOException {
        pom = Files.readString(Path.of("pom.xml"));
        List<Path> files = sources(Path.of("src/test/java"));
        var text = new StringBuilder();
        for (Path file : files) {
            tests.add(file.getFileName().toString().replace(".java", ""));
            text.append(Files.readString(file));
        }
        testSources = text.toString();
        for (String command : COMMANDS) {
            Path help = Path.of("src/test/resources/cli", command + ".txt");
            Set<String> names = new TreeSet<>();
            OPTION_OF_HELP
                    .matcher(Files.readString(help))
                    .results()
                    .forEach(match -> names.addAll(List.of(match.group(1).split(", "))));
            options.put(command, names);
        }
    }

    /** Names of all classes of tests. */
    Set<String> tests() {
        return tests;
    }

    /** The commands of a block, each as its words. */
    static List<List<String>> commands(Document.Block block) {
        List<List<String>> commands = new ArrayList<>();
        var pending = new StringBuilder();
        for (String line : block.lines()) {
            pending.append(pending.isEmpty() ? "" : "\n").append(line);
            ShellLine shell = ShellLine.of(pending.toString());
            if (shell.complete()) {
                pending.setLength(0);
                split(shell.words(), commands);
            }
        }
        assertThat(pending).as("%s: a command that ends", block.place()).isEmpty();
        return commands;
    }

    /** At {@code &&}, and without the parentheses of a subshell. */
    private static void split(List<String> words, List<List<String>> commands) {
        List<String> command = new ArrayList<>();
        for (String word : words) {
            if (word.equals("&&")) {
                commands.add(command);
                command = new ArrayList<>();
            } else {
                command.add(word.replaceAll("^\\(|\\)$", ""));
            }
        }
        if (!command.isEmpty()) {
            commands.add(command);
        }
    }

    /** Fails for a command that names what is not there, or that there is no rule for. */
    void check(String place, List<String> words) {
        List<String> rest = words.subList(1, words.size());
        switch (words.getFirst()) {
            case "./mvnw" -> rest.forEach(word -> checkMaven(place, word));
            case "java" -> checkJava(place, rest);
            case "docker", "kubectl" -> rest.forEach(word -> checkContainer(place, word));
            case "cd", "rm", "node" -> checkPeer(place, words);
            case "npm" -> assertThat(rest).as(place).containsExactly("install", "--ignore-scripts");
            default -> throw new AssertionError(place + ": no rule for " + words);
        }
        rest.forEach(word -> checkPath(place, word));
    }

    private void checkMaven(String place, String word) {
        var property = PROPERTY.matcher(word);
        if (property.matches()) {
            String name = property.group(1);
            assertThat(MAVEN.contains(name) || pom.contains(name) || isReadByTests(name))
                    .as("%s: the property %s", place, name)
                    .isTrue();
            String value = property.group(2);
            if (Set.of("test", "it.test", "benchmark").contains(name) && value != null) {
                checkTest(place, value.split(" ", 2)[0]);
            }
            checkClasses(place, word);
        } else if (word.startsWith("-P")) {
            assertThat(pom).as(place).contains("<id>" + word.substring(2) + "</id>");
        } else {
            assertThat(PHASES).as("%s: a phase or goal", place).contains(word);
        }
    }

    private boolean isReadByTests(String name) {
        return testSources.contains("\"" + name + "\"");
    }

    private void checkTest(String place, String name) {
        if (!name.equals("none") && !name.startsWith("/")) {
            assertThat(tests).as(place).contains(name);
        }
    }

    private void checkJava(String place, List<String> words) {
        int jar = words.indexOf("-jar");
        if (jar < 0) {
            assertThat(words).as(place).anyMatch(word -> CLASS.matcher(word).matches());
            words.forEach(word -> checkClasses(place, word));
            return;
        }
        assertThat(words.get(jar + 1)).as(place).isIn("target/kaya.jar", "kaya.jar");
        List<String> arguments = words.subList(jar + 2, words.size());
        boolean serves = arguments.isEmpty() || arguments.getFirst().startsWith("-");
        if (!serves) {
            assertThat(COMMANDS).as("%s: a command", place).contains(arguments.getFirst());
        }
        for (String word : arguments) {
            String name = word.split("=", 2)[0];
            if (name.startsWith("--kaya.")) {
                assertThat(ConfigurationKeys.all()).as(place).contains(name.substring(2));
            } else if (OPTION.matcher(name).matches()) {
                assertThat(serves).as("%s: an option of a command", place).isFalse();
                assertThat(options.get(arguments.getFirst())).as(place).contains(name);
            }
        }
    }

    private void checkClasses(String place, String word) {
        CLASS.matcher(word)
                .results()
                .forEach(
                        match ->
                                checkExists(
                                        place,
                                        Path.of(
                                                "src/test/java",
                                                match.group(1).replace('.', '/') + ".java")));
    }

    private static void checkContainer(String place, String word) {
        if (word.startsWith("KAYA_")) {
            assertThat(ConfigurationKeys.variables()).as(place).contains(word.split("=", 2)[0]);
        }
    }

    private static void checkPeer(String place, List<String> words) {
        if (words.getFirst().equals("node")) {
            checkExists(place, Path.of("src/test/peer", words.get(1)));
        }
    }

    private static void checkPath(String place, String word) {
        String path = word.startsWith("@") ? word.substring(1) : word;
        boolean ours = path.matches("(deploy|src|checkpoints|docs)/.*");
        if (ours && !path.contains("node_modules")) {
            checkExists(place, Path.of(path));
        }
    }

    private static void checkExists(String place, Path path) {
        assertThat(Files.exists(path)).as("%s: %s", place, path).isTrue();
    }

    private static List<Path> sources(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
