package dev.kaya.engine.dialect;

import dev.kaya.engine.checkpoint.TensorSource;
import dev.kaya.engine.model.TransformerConfig.NormKind;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which dialects the names of a file come near to, and a map of its names for a user to begin with:
 * names are compared by what follows the number of a block, or by how they end.
 */
public final class DialectGuess {

    private static final String LAYER = "{layer}";
    private static final String HEAD = "{head}";
    private static final int MOST_PATTERNS = 200;
    private static final int NEAREST = 3;

    /** Nobody maps a longer name by hand. */
    private static final int LONGEST_NAME = 500;

    /** When a name of the file is taken for one of a dialect, the surest sign first. */
    private static final List<BiPredicate<String, String>> LIKENESSES =
            List.of(
                    String::equals,
                    (name, known) -> name.endsWith("." + known),
                    (name, known) -> lastModule(name).equals(lastModule(known)));

    /**
     * Names with {@code {layer}} for the first number, and {@code {head}} for that of a head, and
     * the shape of the first tensor of each.
     */
    private final Map<String, List<Long>> patterns = new LinkedHashMap<>();

    private final List<Match> matches = new ArrayList<>();

    /** A dialect with the pattern of every role that was found. */
    private record Match(Dialect dialect, Map<WeightRole, String> found) {
        long same() {
            return found.values().stream().filter(dialect.names()::containsValue).count();
        }
    }

    /**
     * A dialect that has some of a file's names.
     *
     * @param dialect its name
     * @param missing names that it needs and the file lacks
     * @param leftOver names of the file that it does not know
     */
    public record Nearest(String dialect, List<String> missing, List<String> leftOver) {
        public Nearest {
            missing = List.copyOf(missing);
            leftOver = List.copyOf(leftOver);
        }
    }

    /**
     * @param tensors of the file, without buffers
     */
    public DialectGuess(Map<String, TensorSource> tensors) {
        tensors.forEach(
                (name, tensor) -> {
                    if (patterns.size() < MOST_PATTERNS && name.length() <= LONGEST_NAME) {
                        patterns.putIfAbsent(pattern(name), tensor.shape());
                    }
                });
        List<Dialect> all = new ArrayList<>(Dialects.ALL);
        all.addAll(new LinkedHashSet<>(GgufDialects.BY_ARCHITECTURE.values()));
        for (Dialect dialect : all) {
            matches.add(new Match(dialect, found(dialect)));
        }
        matches.sort(
                Comparator.comparingInt((Match match) -> match.found().size())
                        .thenComparingLong(Match::same)
                        .reversed());
    }

    private static String pattern(String name) {
        List<String> segments = new ArrayList<>();
        boolean layer = false;
        String before = "";
        for (String segment : name.split("\\.", -1)) {
            boolean number = !segment.isEmpty() && segment.chars().allMatch(Character::isDigit);
            if (number && !layer) {
                segments.add(LAYER);
                layer = true;
            } else {
                segments.add(number && before.contains("head") ? HEAD : segment);
            }
            before = segment;
        }
        return String.join(".", segments);
    }

    private Map<WeightRole, String> found(Dialect dialect) {
        Map<WeightRole, String> found = new EnumMap<>(WeightRole.class);
        Set<String> free = new LinkedHashSet<>(patterns.keySet());
        for (BiPredicate<String, String> likeness : LIKENESSES) {
            dialect.names()
                    .forEach(
                            (role, template) -> {
                                String like = like(template, role, free, likeness);
                                if (like != null && !found.containsKey(role)) {
                                    found.put(role, like);
                                    free.remove(like);
                                }
                            });
        }
        return found;
    }

    private static @Nullable String like(
            String template,
            WeightRole role,
            Set<String> free,
            BiPredicate<String, String> likeness) {
        for (String pattern : free) {
            if (pattern.contains(LAYER) == role.perLayer()
                    && likeness.test(afterLayer(pattern), afterLayer(template))) {
                return pattern;
            }
        }
        return null;
    }

    /** The last two segments, unless they are a number and a common name. */
    private static String lastModule(String name) {
        String[] segments = name.split("\\.", -1);
        int last = segments.length - 1;
        boolean named = last > 0 && !segments[last - 1].isEmpty();
        return !named || Character.isDigit(segments[last - 1].charAt(0))
                ? name
                : segments[last - 1] + "." + segments[last];
    }

    private static String afterLayer(String template) {
        int at = template.indexOf(LAYER);
        int rest = at + LAYER.length() + 1;
        return at < 0 ? template : template.substring(Math.min(rest, template.length()));
    }

    /**
     * The dialects with the most names in common, none with less than half of those of the best.
     */
    public List<Nearest> nearest() {
        List<Nearest> nearest = new ArrayList<>();
        Set<String> shown = new LinkedHashSet<>();
        int least = Math.max(1, matches.getFirst().found().size() / 2);
        for (Match match : matches) {
            if (nearest.size() < NEAREST
                    && match.found().size() >= least
                    && shown.add(match.dialect().name())) {
                nearest.add(nearest(match));
            }
        }
        return nearest;
    }

    private Nearest nearest(Match match) {
        List<String> missing = new ArrayList<>();
        for (Map.Entry<WeightRole, String> named : match.dialect().names().entrySet()) {
            boolean there = named.getValue().equals(match.found().get(named.getKey()));
            if (!there && !named.getKey().optional()) {
                missing.add(named.getValue());
            }
        }
        List<String> leftOver = new ArrayList<>(patterns.keySet());
        leftOver.removeAll(match.dialect().names().values());
        return new Nearest(match.dialect().name(), missing, leftOver);
    }

    /**
     * The object {@code kaya} to put into a {@code config.json}: names where they could be guessed,
     * three dots where not.
     */
    public String map() {
        Match best = matches.getFirst();
        Dialect dialect = best.dialect();
        var tensors = new StringJoiner(",\n", "{\n", "}");
        for (WeightRole role : dialect.names().keySet()) {
            String pattern = best.found().get(role);
            if (pattern == null && !role.optional()) {
                pattern = anybodys(role);
            }
            if (pattern != null && !impliedBias(role, pattern, best)) {
                tensors.add("    \"%s\": %s".formatted(role.label(), quoted(pattern)));
            }
        }
        boolean learned = dialect.defaults().positions() == PositionKind.LEARNED;
        boolean layerNorm = dialect.defaults().norm() == NormKind.LAYER_NORM;
        return """
                {"kaya": {
                  "tensors": %s,
                  "positions": "%s",
                  "norm": "%s",
                  "activation": "%s",
                  "transposed": %s}}"""
                .formatted(
                        tensors,
                        learned
                                ? "learned"
                                : dialect.layout().pairedRotary() ? "rotary_interleaved" : "rotary",
                        layerNorm ? "layer_norm" : "rms_norm",
                        dialect.defaults().activation().name().toLowerCase(Locale.ROOT),
                        isTransposed(best));
    }

    private static String quoted(String text) {
        return JsonMapper.shared().writeValueAsString(text);
    }

    /** As the feed-forward layer widens what it gets, its shape tells. */
    private boolean isTransposed(Match match) {
        String up = match.found().get(WeightRole.UP);
        List<Long> shape = up == null ? null : patterns.get(up);
        return (shape != null && shape.size() == 2)
                ? shape.get(0) < shape.get(1)
                : match.dialect().layout().transposed();
    }

    /** What another dialect calls the same. */
    private String anybodys(WeightRole role) {
        for (Match match : matches) {
            String pattern = match.found().get(role);
            if (pattern != null) {
                return pattern;
            }
        }
        return "…";
    }

    private static boolean impliedBias(WeightRole role, String pattern, Match match) {
        String weight = match.found().get(role.biased());
        return role.isBias()
                && weight != null
                && weight.replaceAll("weight$", "bias").equals(pattern);
    }
}
