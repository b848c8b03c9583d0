package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * One scrape in the text format of Prometheus.
 *
 * @param samples value of each series, whose name holds its labels as written
 */
record Metrics(Map<String, Double> samples) {

    static Metrics of(Answer scrape) {
        assertThat(scrape.status()).isEqualTo(200);
        Map<String, Double> samples = new TreeMap<>();
        for (String line : scrape.body().lines().toList()) {
            if (!line.startsWith("#")) {
                int space = line.lastIndexOf(' ');
                samples.put(line.substring(0, space), Double.valueOf(line.substring(space + 1)));
            }
        }
        return new Metrics(samples);
    }

    /** The sum of a metric's series whose labels include the given ones, such as {@code a="b"}. */
    double value(String name, String... labels) {
        double sum = 0;
        for (Map.Entry<String, Double> sample : samples.entrySet()) {
            if (matches(sample.getKey(), name, labels)) {
                sum += sample.getValue();
            }
        }
        return sum;
    }

    /** The names of all series of a metric. */
    List<String> series(String name) {
        List<String> found = new ArrayList<>();
        for (String series : samples.keySet()) {
            if (matches(series, name)) {
                found.add(series);
            }
        }
        return found;
    }

    private static boolean matches(String series, String name, String... labels) {
        if (!series.equals(name) && !series.startsWith(name + "{")) {
            return false;
        }
        for (String label : labels) {
            if (!series.contains(label)) {
                return false;
            }
        }
        return true;
    }
}
