package dev.kaya.engine.sampling;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Which tokens have followed the last few of a text before, kept as the text grows.
 *
 * <p>Every run of so many tokens that occurs is a context with a number; its followers are the
 * tokens that came next, each with the context that it led to, so that a text which repeats itself
 * only walks along. A new way is looked up by a rolling hash (Karp and Rabin 1987) and compared
 * with the first run of that hash, so that the hash decides nothing. One thread's.
 */
final class NgramIndex {

    private static final int FIRST_ROOM = 64;
    private static final int NONE = -1;
    private static final long PRIME = (1L << 61) - 1;

    // Drawn anew in each process, so that nobody can send texts whose runs share a hash.
    private static final long BASE = ThreadLocalRandom.current().nextLong(1L << 40, PRIME);

    private final int run; // tokens in a context
    private final long leaving; // BASE to the power of run
    private int known;
    private long hash;
    private int current = NONE;

    private long[] hashes = new long[FIRST_ROOM];
    private int[] ends = new int[FIRST_ROOM]; // where a context first stood
    private int[] first = new int[FIRST_ROOM]; // its latest follower
    private int contexts;
    private int[] contextSlots = new int[2 * FIRST_ROOM]; // number + 1; 0 for none

    private int[] owners = new int[FIRST_ROOM];
    private int[] tokenIds = new int[FIRST_ROOM];
    private int[] targets = new int[FIRST_ROOM];
    private int[] next = new int[FIRST_ROOM];
    private int followers;
    private int[] followerSlots = new int[2 * FIRST_ROOM];
    private long compared;

    /**
     * @param size of runs that are looked for, their last token included; at least 1
     */
    NgramIndex(int size) {
        run = size - 1;
        leaving = power(BASE, run);
    }

    /** By squaring: a size may be far beyond any text. */
    private static long power(long base, int exponent) {
        long power = 1;
        long square = base;
        for (int left = exponent; left > 0; left >>= 1) {
            power = (left & 1) == 0 ? power : times(power, square);
            square = times(square, square);
        }
        return power;
    }

    NgramIndex copy() {
        var copy = new NgramIndex(run, leaving);
        copy.known = known;
        copy.hash = hash;
        copy.current = current;
        copy.hashes = hashes.clone();
        copy.ends = ends.clone();
        copy.first = first.clone();
        copy.contexts = contexts;
        copy.contextSlots = contextSlots.clone();
        copy.owners = owners.clone();
        copy.tokenIds = tokenIds.clone();
        copy.targets = targets.clone();
        copy.next = next.clone();
        copy.followers = followers;
        copy.followerSlots = followerSlots.clone();
        return copy;
    }

    private NgramIndex(int run, long leaving) {
        this.run = run;
        this.leaving = leaving;
    }

    /** Takes what a text has beyond what is known of it. */
    void catchUp(int[] text, int length) {
        if (run == 0 && current == NONE) {
            current = context(text, 0);
        }
        while (known < length) {
            append(text, known++);
        }
    }

    private void append(int[] text, int at) {
        int tokenId = text[at];
        if (run > 0) {
            roll(text, at);
        }
        int follower = current == NONE ? 0 : followerSlots[followerSlot(current, tokenId)];
        if (follower != 0) {
            current = targets[follower - 1];
        } else if (at + 1 >= run) {
            int target = context(text, at + 1);
            if (current != NONE) {
                follow(current, tokenId, target);
            }
            current = target;
        }
    }

    private void roll(int[] text, int at) {
        hash = plus(times(hash, BASE), text[at] + 1L);
        if (at >= run) {
            hash = plus(hash, PRIME - times(leaving, text[at - run] + 1L));
        }
    }

    /** The number of the context that ends at a position, perhaps a new one. */
    private int context(int[] text, int end) {
        int mask = contextSlots.length - 1;
        int slot = (int) (hash ^ hash >>> 32) & mask;
        while (contextSlots[slot] != 0 && !isContext(contextSlots[slot] - 1, text, end)) {
            slot = slot + 1 & mask;
        }
        if (contextSlots[slot] != 0) {
            return contextSlots[slot] - 1;
        }
        if (contexts == ends.length) {
            growContexts();
            return context(text, end);
        }
        hashes[contexts] = hash;
        ends[contexts] = end;
        first[contexts] = NONE;
        contextSlots[slot] = ++contexts;
        return contexts - 1;
    }

    private boolean isContext(int context, int[] text, int end) {
        if (hashes[context] != hash) {
            return false;
        }
        compared += run;
        int known = ends[context];
        return Arrays.equals(text, known - run, known, text, end - run, end);
    }

    private void growContexts() {
        int room = 2 * ends.length;
        hashes = Arrays.copyOf(hashes, room);
        ends = Arrays.copyOf(ends, room);
        first = Arrays.copyOf(first, room);
        contextSlots = new int[2 * room];
        for (int context = 0; context < contexts; context++) {
            int slot = (int) (hashes[context] ^ hashes[context] >>> 32) & 2 * room - 1;
            while (contextSlots[slot] != 0) {
                slot = slot + 1 & 2 * room - 1;
            }
            contextSlots[slot] = context + 1;
        }
    }

    private void follow(int context, int tokenId, int target) {
        if (followers == next.length) {
            growFollowers();
        }
        owners[followers] = context;
        tokenIds[followers] = tokenId;
        targets[followers] = target;
        next[followers] = first[context];
        first[context] = followers;
        followerSlots[followerSlot(context, tokenId)] = followers + 1;
        followers++;
    }

    private int followerSlot(int context, int tokenId) {
        int mask = followerSlots.length - 1;
        long mixed = (context * 0x9E3779B97F4A7C15L + tokenId) * 0xBF58476D1CE4E5B9L;
        int slot = (int) (mixed >>> 32) & mask;
        while (followerSlots[slot] != 0 && !isFollower(followerSlots[slot] - 1, context, tokenId)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private boolean isFollower(int follower, int context, int tokenId) {
        return owners[follower] == context && tokenIds[follower] == tokenId;
    }

    private void growFollowers() {
        int room = 2 * next.length;
        owners = Arrays.copyOf(owners, room);
        tokenIds = Arrays.copyOf(tokenIds, room);
        targets = Arrays.copyOf(targets, room);
        next = Arrays.copyOf(next, room);
        followerSlots = new int[2 * room];
        for (int follower = 0; follower < followers; follower++) {
            int slot = followerSlot(owners[follower], tokenIds[follower]);
            followerSlots[slot] = follower + 1;
        }
    }

    private static long plus(long a, long b) {
        long sum = a + b;
        return sum >= PRIME ? sum - PRIME : sum;
    }

    /** {@code a·b} modulo the prime, from the 122 bits of the product. */
    private static long times(long a, long b) {
        long low = a * b;
        long sum = (low & PRIME) + (low >>> 61 | Math.multiplyHigh(a, b) << 3);
        return sum >= PRIME ? sum - PRIME : sum;
    }

    /** Of runs that are looked for. */
    int size() {
        return run + 1;
    }

    /** A token that followed the text's last few before; see {@link #nextFollower}; −1 for none. */
    int firstFollower() {
        return current == NONE ? NONE : first[current];
    }

    /** The one after it; −1 when there is no other. */
    int nextFollower(int follower) {
        return next[follower];
    }

    /** Its id. */
    int tokenId(int follower) {
        return tokenIds[follower];
    }

    /** Tokens of runs compared so far, for tests that count. */
    long compared() {
        return compared;
    }
}
