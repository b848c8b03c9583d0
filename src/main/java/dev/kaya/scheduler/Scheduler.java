package dev.kaya.scheduler;

import dev.kaya.engine.model.KvCache;
import dev.kaya.engine.model.KvPool;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Decides who begins, and with {@link StepShares} who takes part in the next step.
 *
 * <p>Places in steps are shared by request, see {@link StepShares}. A request begins when it would
 * get one, in the order requests came, once there is room for all keys and values it may ever need.
 * One that needs more room than there is may be overtaken by smaller ones, but not for ever.
 * Further samples of a request begin when its prompt is computed, from its keys and values, where
 * places are left over; a quarter of the room is kept for requests that have none yet.
 *
 * <p>A text that has outgrown the context computes its whole window for every token, so between two
 * tokens its room is worth nothing; and one whose reader is behind needs none until it has caught
 * up. Both give their room up to whoever waits for some, and take new room when it is their turn.
 *
 * <p>Belongs to the loop's thread.
 */
final class Scheduler {

    /** How many requests behind one without room are looked at. */
    private static final int LOOKAHEAD = 8;

    /** How often one without room is overtaken. */
    private static final int MOST_OVERTAKINGS = 32;

    /** Rows beyond one for each sequence whose logits a step can give. */
    static final int SPARE_OUTPUTS = StepShares.SPARE_OUTPUTS;

    private final KvPool pool;
    private final int maxSequences;
    private final LoopObserver observer;
    private final ArrayDeque<SequenceGroup> waiting = new ArrayDeque<>();
    private final List<SequenceGroup> begun = new ArrayList<>();
    private final StepShares shares;
    private volatile Counts counts = new Counts(0, 0);

    Scheduler(KvPool pool, int maxSequences, TokenBudget budget, LoopObserver observer) {
        this.pool = pool;
        this.maxSequences = maxSequences;
        this.observer = observer;
        shares = new StepShares(maxSequences, budget, observer);
    }

    void enqueue(SequenceGroup group) {
        waiting.add(group);
    }

    boolean isIdle() {
        return waiting.isEmpty() && begun.isEmpty();
    }

    /**
     * How many sequences there are, as other threads may know it.
     *
     * @param running that have begun and not ended
     * @param paused of them those that take part in no step now, though they are not over
     */
    record Counts(int running, int paused) {}

    /** As they were last published; from any thread. */
    Counts counts() {
        return counts;
    }

    /** Makes known how many sequences there are now. */
    void publishCounts() {
        int running = runningCount();
        int paused = pausedCount();
        if (counts.running() != running || counts.paused() != paused) {
            counts = new Counts(running, paused);
        }
    }

    int runningCount() {
        int count = 0;
        for (SequenceGroup group : begun) {
            count += group.running().size();
        }
        return count;
    }

    int pausedCount() {
        int count = 0;
        for (SequenceGroup group : begun) {
            for (Sequence sequence : group.running()) {
                count += sequence.isPaused() ? 1 : 0;
            }
        }
        return count;
    }

    /** Begins whatever has a place and room now. */
    void admit(long now, Consumer<Sequence> admitted) {
        shares.survey(begun);
        SequenceGroup parked = resumeReaders();
        boolean lacksRoom = beginTasks(now, parked, admitted);
        resumeSliding();
        while (shares.contenders() < maxSequences) {
            Sequence next = nextSample(now, lacksRoom);
            if (next == null) {
                return;
            }
            shares.survey(begun);
            admitted.accept(next);
        }
    }

    /** Begins waiting requests; tells whether one that would have a place lacks room. */
    private boolean beginTasks(
            long now, @Nullable SequenceGroup parked, Consumer<Sequence> admitted) {
        SequenceGroup behind = parked == null ? shares.slidWithoutRoom() : parked;
        while (shares.hasPlaceForTask() && !waiting.isEmpty()) {
            boolean mustWait = behind != null && behind.overtaken() >= MOST_OVERTAKINGS;
            Sequence next = mustWait ? null : nextTask(now);
            if (next == null) {
                return true;
            }
            if (behind != null) {
                behind.countOvertaking();
            }
            shares.survey(begun);
            admitted.accept(next);
        }
        return false;
    }

    /**
     * Finds room for texts that gave theirs up while their reader was behind, the longest begun
     * first.
     *
     * @return the first that finds none; null when all have room
     */
    private @Nullable SequenceGroup resumeReaders() {
        for (SequenceGroup group : begun) {
            for (Sequence sequence : group.running()) {
                if (!sequence.hasRoom() && !sequence.hasSlid() && sequence.isReady()) {
                    KvCache room = roomAgain(group, sequence);
                    if (room == null) {
                        return group;
                    }
                    sequence.takeRoom(room);
                    group.forgetOvertakings();
                }
            }
        }
        return null;
    }

    private @Nullable KvCache roomAgain(SequenceGroup group, Sequence sequence) {
        int[] tokenIds = sequence.tokenIds();
        KvCache room;
        do {
            room = pool.reserve(group.positionsNeeded(), tokenIds, !group.maySlide());
        } while (room == null && freeRoom());
        return room;
    }

    /** Those whose turn comes soonest get room, if need be that of those behind them. */
    private void resumeSliding() {
        for (Sequence sequence : shares.sliding()) {
            if (!sequence.hasRoom() && sequence.isReady()) {
                KvCache room;
                do {
                    room = pool.reserve(sequence.owner().positionsNeeded());
                } while (room == null && freeSliding(sequence));
                if (room == null) {
                    return;
                }
                sequence.takeRoom(room);
                sequence.owner().forgetOvertakings();
            }
        }
    }

    /** Takes room from one that can do without for a while; tells whether there was one. */
    private boolean freeRoom() {
        return freeSliding(null) || freeUnread();
    }

    /** Takes the room of the one whose turn comes last, unless it comes before {@code taker}'s. */
    private boolean freeSliding(@Nullable Sequence taker) {
        List<Sequence> sliding = shares.sliding();
        for (int i = sliding.size() - 1; i >= 0 && sliding.get(i) != taker; i--) {
            Sequence sequence = sliding.get(i);
            if (sequence.hasRoom() && sequence.computed() == 0) {
                sequence.giveUpRoom();
                return true;
            }
        }
        return false;
    }

    /** Takes the room of the one that began last of those whose reader is behind. */
    private boolean freeUnread() {
        for (int i = begun.size() - 1; i >= 0; i--) {
            SequenceGroup group = begun.get(i);
            if (!group.stream().isFull() || group.beams() != null) {
                continue;
            }
            for (Sequence sequence : group.running()) {
                // Scores of a prompt that were handed out must not come twice.
                if (sequence.hasRoom() && !sequence.scoresPrompt()) {
                    sequence.giveUpRoom();
                    observer.onPaused(LoopObserver.Pause.ROOM);
                    return true;
                }
            }
        }
        return false;
    }

    /** The request with the fewest sequences begins another sample. */
    private @Nullable Sequence nextSample(long now, boolean lacksRoom) {
        SequenceGroup fewest = null;
        for (SequenceGroup group : begun) {
            int running = group.running().size();
            if (group.hasMore()
                    && (fewest == null || running < fewest.running().size())
                    && (running == 0 || !lacksRoom)
                    && !group.stream().isFull()
                    && !isComputingPrompt(group)) {
                fewest = group;
            }
        }
        if (fewest == null) {
            return null;
        }
        KvCache room = reserve(fewest, fewest.running().isEmpty());
        if (room == null) {
            return null;
        }
        Sequence computed = promptHolder(fewest);
        if (computed != null) {
            room.continueFrom(computed.cache(), fewest.request().prompt().length() - 1);
        }
        return fewest.begin(room, now);
    }

    /** Whether another sample is about to have what the next one needs. */
    private static boolean isComputingPrompt(SequenceGroup group) {
        boolean computing = false;
        for (Sequence sequence : group.running()) {
            computing |= sequence.generated() == 0;
        }
        return computing && promptHolder(group) == null;
    }

    /** A sample that still has the keys and values of the whole prompt. */
    private static @Nullable Sequence promptHolder(SequenceGroup group) {
        for (Sequence sequence : group.running()) {
            if (sequence.hasRoom() && sequence.holdsPrompt()) {
                return sequence;
            }
        }
        return null;
    }

    private @Nullable Sequence nextTask(long now) {
        int looked = 0;
        for (Iterator<SequenceGroup> groups = waiting.iterator(); groups.hasNext(); ) {
            SequenceGroup group = groups.next();
            List<KvCache> room = reserveAll(group);
            if (!room.isEmpty()) {
                groups.remove();
                countOvertakings(looked);
                begun.add(group);
                room.forEach(cache -> group.begin(cache, now));
                return group.running().getFirst();
            }
            if (++looked > LOOKAHEAD || group.overtaken() >= MOST_OVERTAKINGS) {
                return null;
            }
        }
        return null;
    }

    private void countOvertakings(int overtaken) {
        Iterator<SequenceGroup> groups = waiting.iterator();
        for (int i = 0; i < overtaken; i++) {
            groups.next().countOvertaking();
        }
    }

    /** Room for all sequences that a request begins with; empty when there is not enough. */
    private List<KvCache> reserveAll(SequenceGroup group) {
        List<KvCache> room = new ArrayList<>();
        while (room.size() < group.places()) {
            KvCache next = reserve(group, room.isEmpty());
            if (next == null) {
                room.forEach(KvCache::close);
                return List.of();
            }
            room.add(next);
        }
        return room;
    }

    /**
     * Room for a sequence.
     *
     * @param first whether the request has no other, so that all of the room may be used for it
     */
    private @Nullable KvCache reserve(SequenceGroup group, boolean first) {
        int positions = group.positionsNeeded();
        if (!first && pool.reserved() + KvPool.pagesFor(positions) > shareable(pool.capacity())) {
            return null;
        }
        int[] prompt = group.request().prompt().tokenIds();
        if (group.request().texts().logprobs().ofPrompt()) {
            prompt = Arrays.copyOf(prompt, 1); // what is to be scored has to be computed
        }
        KvCache room;
        do {
            room = pool.reserve(positions, prompt, !group.maySlide());
        } while (room == null && first && freeRoom());
        return room;
    }

    /** Pages of so many that requests may use for more than one sequence. */
    static int shareable(int pages) {
        return pages - pages / 4;
    }

    /**
     * Gives every request, waiting or begun, that should end to {@code ending}, which removes it.
     */
    void forEach(Predicate<SequenceGroup> over, Consumer<SequenceGroup> ending) {
        List<SequenceGroup> found = null;
        for (SequenceGroup group : waiting) {
            if (over.test(group)) {
                found = with(found, group);
            }
        }
        for (SequenceGroup group : begun) {
            if (over.test(group)) {
                found = with(found, group);
            }
        }
        if (found != null) {
            found.forEach(ending);
        }
    }

    private static List<SequenceGroup> with(
            @Nullable List<SequenceGroup> groups, SequenceGroup group) {
        List<SequenceGroup> list = groups == null ? new ArrayList<>() : groups;
        list.add(group);
        return list;
    }

    /** A sequence that has ended leaves. */
    void remove(Sequence sequence) {
        shares.remove(sequence);
    }

    /** A request that has ended leaves; its sequences must have left. */
    void remove(SequenceGroup group) {
        if (!begun.remove(group)) {
            waiting.remove(group);
        }
    }

    /**
     * Plans the next step.
     *
     * @return the plan, empty when nobody can go on; valid until the next call
     */
    BatchPlan schedule() {
        return shares.plan(begun);
    }
}
