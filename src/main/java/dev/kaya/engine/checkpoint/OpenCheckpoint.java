package dev.kaya.engine.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What every container's reader hands out.
 *
 * @param resource what the tensors are read from, released by {@link #close}
 */
public record OpenCheckpoint(
        Path path,
        String format,
        Map<String, TensorSource> tensors,
        Map<String, @Nullable Object> metadata,
        Closeable resource)
        implements Checkpoint {

    public OpenCheckpoint {
        tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
    }

    @Override
    public void close() throws IOException {
        resource.close();
    }
}
