package dev.kaya.engine.constraint;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Values by key, bounded in number and in bytes: those used longest ago go, and the latest is kept
 * whatever its size. Not thread-safe.
 */
public final class RecentlyUsed<K, V> {

    private final int mostEntries;
    private final long mostBytes;
    private final ToLongFunction<V> size;
    private final Map<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /**
     * @param mostEntries values at a time
     * @param mostBytes of all of them
     * @param size bytes of a value, the same whenever it is asked for
     */
    public RecentlyUsed(int mostEntries, long mostBytes, ToLongFunction<V> size) {
        this.mostEntries = mostEntries;
        this.mostBytes = mostBytes;
        this.size = size;
    }

    public @Nullable V get(K key) {
        return entries.get(key);
    }

    public void put(K key, V value) {
        V before = entries.put(key, value);
        bytes += size.applyAsLong(value) - (before == null ? 0 : size.applyAsLong(before));
        Iterator<V> oldest = entries.values().iterator();
        while (entries.size() > 1 && (entries.size() > mostEntries || bytes > mostBytes)) {
            bytes -= size.applyAsLong(oldest.next());
            oldest.remove();
        }
    }

    public int count() {
        return entries.size();
    }
}
