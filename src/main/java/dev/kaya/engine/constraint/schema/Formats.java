package dev.kaya.engine.constraint.schema;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The formats that are honoured: of whole numbers, and of strings as patterns. All others are
 * remarks, as JSON Schema has it; so are {@code float} and {@code double}. Each pattern takes texts
 * that every reader of the format takes, though not all of them: years from 1000 to 2999, no leap
 * seconds, short addresses in top-level domains that are in wide use, as some readers know no
 * others.
 */
final class Formats {

    private static final String MONTH_DAY =
            "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
                    + "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
                    + "|02-(?:0[1-9]|1[0-9]|2[0-8]))";
    private static final String LEAP_YEAR =
            "(?:[12][0-9](?:0[48]|[2468][048]|[13579][26])|(?:1[26]|2[048])00)";
    private static final String DATE = "(?:[12][0-9]{3}-" + MONTH_DAY + "|" + LEAP_YEAR + "-02-29)";
    private static final String TIME =
            "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{1,6})?"
                    + "(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])";
    private static final String DURATION_TIME =
            "T(?:[0-9]{1,4}H(?:[0-9]{1,4}M(?:[0-9]{1,4}S)?)?"
                    + "|[0-9]{1,4}M(?:[0-9]{1,4}S)?|[0-9]{1,4}S)";
    private static final String DURATION =
            "P(?:[0-9]{1,4}W|(?:[0-9]{1,4}Y(?:[0-9]{1,4}M(?:[0-9]{1,4}D)?)?"
                    + "|[0-9]{1,4}M(?:[0-9]{1,4}D)?|[0-9]{1,4}D)(?:"
                    + DURATION_TIME
                    + ")?|"
                    + DURATION_TIME
                    + ")";
    private static final String LABEL = "[a-z](?:[a-z0-9]{0,18}[a-z0-9])?";
    private static final String DOMAIN =
            "(?:com|org|net|edu|info|io|eu|au|br|ca|ch|cn|de|es|fr|in|it|jp|nl|pl|se|uk|us)";
    private static final String HOST = LABEL + "(?:\\." + LABEL + "){0,2}\\." + DOMAIN;
    private static final String EMAIL = "[A-Za-z0-9_+-]{1,24}(?:\\.[A-Za-z0-9_+-]{1,24})?@" + HOST;
    private static final String BYTE = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

    private static final Map<String, String> PATTERNS =
            Map.ofEntries(
                    Map.entry("date", DATE),
                    Map.entry("time", TIME),
                    Map.entry("date-time", DATE + "T" + TIME),
                    Map.entry("duration", DURATION),
                    Map.entry("email", EMAIL),
                    Map.entry("hostname", HOST),
                    Map.entry("ipv4", BYTE + "(?:\\." + BYTE + "){3}"),
                    Map.entry("ipv6", "[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}"),
                    Map.entry("uri", "https?://" + HOST + "(?:/[A-Za-z0-9_.~-]{0,32}){0,4}"),
                    Map.entry(
                            "uuid",
                            "[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}"
                                    + "-[0-9a-f]{12}"));

    private Formats() {}

    /** The pattern of a format; null when there is none. */
    static @Nullable String pattern(String format) {
        return PATTERNS.get(format);
    }

    /** Bits of a whole number with its sign (OpenAPI 3.1, 4.4); 0 when the format is another. */
    static int bits(String format) {
        return switch (format) {
            case "int32" -> 32;
            case "int64" -> 64;
            default -> 0;
        };
    }
}
