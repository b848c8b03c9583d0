package dev.kaya.engine.dialect;

import dev.kaya.engine.checkpoint.TensorSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How well the tensors of a file fit a dialect.
 *
 * @param dialect tried
 * @param tensors of the file under the names that were tried, without buffers
 * @param layers blocks that the file has, at least 1
 * @param heads modules of heads that its first block has, at least 1
 * @param missing keys that the dialect needs and the file lacks
 * @param leftOver keys of the file that the dialect does not know
 */
record DialectFit(
        Dialect dialect,
        Map<String, TensorSource> tensors,
        int layers,
        int heads,
        List<String> missing,
        List<String> leftOver) {

    // As a file may claim a layer with every key that it has; nobody reads so many names.
    private static final int MOST_MISSING = 1000;

    static DialectFit of(Dialect dialect, Map<String, TensorSource> tensors) {
        int layers = 0;
        while (hasLayer(dialect, tensors, layers)) {
            layers++;
        }
        int heads = 1;
        while (dialect.headsAreModules()
                && tensors.containsKey(dialect.key(WeightRole.QUERY, 0, heads))) {
            heads++;
        }
        // Every head of every layer is a tensor, or else the file has what no layer owns.
        layers = Math.max(1, Math.min(layers, tensors.size() / heads));
        var fit =
                new DialectFit(
                        dialect, tensors, layers, heads, new ArrayList<>(), new ArrayList<>());
        fit.compare();
        return fit;
    }

    /** By any tensor of a layer, so that one that is missing is missed and not its whole layer. */
    private static boolean hasLayer(Dialect dialect, Map<String, TensorSource> tensors, int layer) {
        for (WeightRole role : dialect.names().keySet()) {
            if (role.perLayer() && tensors.containsKey(dialect.key(role, layer))) {
                return true;
            }
        }
        return false;
    }

    private void compare() {
        Set<String> left = new LinkedHashSet<>(tensors.keySet());
        for (WeightRole role : dialect.names().keySet()) {
            List<String> absent = new ArrayList<>();
            boolean any = false;
            for (int layer = 0; layer < layersOf(role); layer++) {
                for (int head = 0; head < headsOf(role); head++) {
                    String key = dialect.key(role, layer, head);
                    if (left.remove(key)) {
                        any = true;
                    } else if (missing.size() + absent.size() < MOST_MISSING) {
                        absent.add(key);
                    }
                }
            }
            if (any || !role.optional()) {
                missing.addAll(absent);
            }
        }
        leftOver.addAll(left);
    }

    int layersOf(WeightRole role) {
        return role.perLayer() ? layers : 1;
    }

    int headsOf(WeightRole role) {
        return dialect.isOfHeads(role) ? heads : 1;
    }

    boolean isExact() {
        return missing.isEmpty() && leftOver.isEmpty();
    }

    /** Keys that would have to be added or taken away. */
    int distance() {
        return missing.size() + leftOver.size();
    }

    /** Whether a file has the keys that tell a dialect, and the right way round. */
    static boolean isRecognised(Dialect dialect, Map<String, TensorSource> tensors) {
        TensorSource projection = tensors.get(dialect.key(dialect.telling(), 0));
        return projection != null
                && tensors.containsKey(dialect.key(WeightRole.TOKEN_EMBEDDING, 0))
                && layoutFits(dialect, projection.shape());
    }

    /** A fused projection tells by its shape which way round linear weights are stored. */
    private static boolean layoutFits(Dialect dialect, List<Long> shape) {
        if (!dialect.fusesQueryKeyValue() || shape.size() != 2) {
            return true;
        }
        boolean transposed = shape.get(1) > shape.get(0);
        return transposed == dialect.layout().transposed();
    }
}
