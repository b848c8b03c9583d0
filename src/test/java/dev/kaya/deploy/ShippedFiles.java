package dev.kaya.deploy;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The files that are shipped around the jar, from the folder the build runs in. */
final class ShippedFiles {

    static final Path PROJECT = Path.of("").toAbsolutePath();
    static final Path PROMETHEUS = PROJECT.resolve("deploy/prometheus");

    private static final Pattern STRING = Pattern.compile("\"[^\"]*\"");
    private static final Pattern SELECTOR = Pattern.compile("\\{[^}]*}|\\[[^]]*]");
    private static final Pattern GROUPING =
            Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");
    private static final Pattern NAME =
            Pattern.compile("(?<![\\w:.$])[a-zA-Z_:][\\w:]*(?![\\w:]|\\s*\\()");
    private static final Set<String> OPERATORS = Set.of("by", "and", "or", "unless", "bool");

    private ShippedFiles() {}

    static Dockerfile dockerfile() throws IOException {
        return Dockerfile.read(PROJECT.resolve("Dockerfile"));
    }

    static JsonNode compose() throws IOException {
        return yaml(PROJECT.resolve("docker-compose.yml"));
    }

    static JsonNode scrapeFile() throws IOException {
        return yaml(PROMETHEUS.resolve("prometheus.yml"));
    }

    /** The recording and alerting rules of all groups. */
    static List<JsonNode> rules() throws IOException {
        List<JsonNode> rules = new ArrayList<>();
        yaml(PROMETHEUS.resolve("rules.yml"))
                .get("groups")
                .forEach(group -> group.get("rules").forEach(rules::add));
        return rules;
    }

    static JsonNode dashboard() throws IOException {
        return JsonMapper.shared()
                .readTree(Files.readString(PROJECT.resolve("deploy/grafana/dashboards/kaya.json")));
    }

    /** Every expression of every panel. */
    static List<String> dashboardExpressions() throws IOException {
        return dashboard()
                .get("panels")
                .valueStream()
                .flatMap(panel -> panel.path("targets").valueStream())
                .map(target -> target.get("expr").asString())
                .toList();
    }

    /** A YAML file as the tree that the same JSON would give. */
    static JsonNode yaml(Path file) throws IOException {
        try (Reader reader = Files.newBufferedReader(file)) {
            Object loaded = new Yaml(new SafeConstructor(new LoaderOptions())).load(reader);
            return JsonMapper.shared().valueToTree(loaded);
        }
    }

    /** Names of the metrics that dashboard and rules need from Kaya itself. */
    static Set<String> scrapedNames() throws IOException {
        Set<String> names = new TreeSet<>();
        Stream.concat(
                        dashboardExpressions().stream(),
                        rules().stream().map(rule -> rule.get("expr").asString()))
                .forEach(expression -> names.addAll(metricNames(expression)));
        rules().forEach(rule -> names.remove(rule.path("record").asString("")));
        // Prometheus' own, for each target.
        names.remove("up");
        return names;
    }

    /** Names of metrics in a PromQL expression. */
    static Set<String> metricNames(String expression) {
        String bare = STRING.matcher(expression).replaceAll("");
        bare = SELECTOR.matcher(bare).replaceAll("");
        bare = GROUPING.matcher(bare).replaceAll("");
        Set<String> names = new TreeSet<>();
        NAME.matcher(bare).results().forEach(name -> names.add(name.group()));
        names.removeAll(OPERATORS);
        return names;
    }
}
