package dev.kaya.scheduler;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shares the places and the tokens of a step out among the requests that have begun.
 *
 * <p>Places are shared max-min by request: every request has one before any has two, and so on, in
 * the order in which they began; within a request the samples that began first come first. Who gets
 * none pauses, keeps what was computed, and goes on when there is a place. Beams, too, take as many
 * places as there are for them: they are ranked when the last has been computed.
 *
 * <p>A text that has outgrown the context needs its whole window computed for every token. Such
 * texts have what places are left over, one at least, and take turns by request: each of their
 * tokens is a prompt behind everybody else's.
 *
 * <p>Prompts are computed in the order they came, which answers the first of many soonest and the
 * last no later than if they took turns; half of the tokens are kept for the one that needs least,
 * so that short prompts do not stand behind a long one.
 *
 * <p>Belongs to the loop's thread.
 */
final class StepShares {

    /** Rows beyond one for each sequence whose logits a step can give. */
    static final int SPARE_OUTPUTS = 16;

    /** One of so many prompt tokens is kept for texts beyond the context while prompts wait. */
    private static final int SLIDING_PART = 8;

    private final int maxSequences;
    private final TokenBudget budget;
    private final LoopObserver observer;
    private final BatchPlan plan;
    private final List<Sequence> taking = new ArrayList<>();
    private final List<Sequence> sliding = new ArrayList<>(); // the next one first
    private final List<Sequence> turned = new ArrayList<>();
    private final List<Sequence> completed = new ArrayList<>();
    private final List<SequenceGroup> served = new ArrayList<>();
    private int groups;
    private int contenders;
    private int slidContenders;

    StepShares(int maxSequences, TokenBudget budget, LoopObserver observer) {
        this.maxSequences = maxSequences;
        this.budget = budget;
        this.observer = observer;
        plan = new BatchPlan(maxSequences);
    }

    /** Counts who wants places, and notes who has outgrown the context or lost its reader. */
    void survey(List<SequenceGroup> begun) {
        groups = 0;
        contenders = 0;
        slidContenders = 0;
        for (SequenceGroup group : begun) {
            boolean holds = group.isBetweenSamples();
            for (Sequence sequence : group.running()) {
                if (turns(sequence) && !sliding.contains(sequence)) {
                    sliding.add(sequence);
                }
                if (sequence.isReady()) {
                    contenders++;
                    holds |= !turns(sequence);
                    slidContenders += turns(sequence) ? 1 : 0;
                } else if (group.stream().isFull() && !sequence.isPaused()) {
                    pause(sequence, LoopObserver.Pause.READER);
                }
            }
            groups += holds ? 1 : 0;
        }
    }

    /** With a single place, texts beyond the context keep it like any other. */
    private boolean turns(Sequence sequence) {
        return sequence.hasSlid() && maxSequences > 1;
    }

    private void pause(Sequence sequence, LoopObserver.Pause why) {
        sequence.setPaused(true);
        observer.onPaused(why);
    }

    /** Sequences that would take part in a step if all could. */
    int contenders() {
        return contenders;
    }

    /** Whether one more request would have a place in every step. */
    boolean hasPlaceForTask() {
        return groups < places();
    }

    private int places() {
        return slidContenders > 0 ? maxSequences - 1 : maxSequences;
    }

    /** Texts that have outgrown the context, in the order of their turns. */
    List<Sequence> sliding() {
        return sliding;
    }

    /** Whose text beyond the context is next and has no room; null when it has. */
    @Nullable SequenceGroup slidWithoutRoom() {
        for (Sequence sequence : sliding) {
            if (sequence.isReady()) {
                return sequence.hasRoom() ? null : sequence.owner();
            }
        }
        return null;
    }

    void remove(Sequence sequence) {
        sliding.remove(sequence);
    }

    /**
     * Plans the next step. Sequences whose reader is behind are left out.
     *
     * @param begun requests in the order in which they began
     * @return valid until the next call
     */
    BatchPlan plan(List<SequenceGroup> begun) {
        plan.clear();
        takePlaces(begun);
        int spare = SPARE_OUTPUTS;
        for (Sequence sequence : taking) {
            if (sequence.pending() == 1) {
                sequence.speculate(spare);
                spare -= sequence.guesses();
                plan.add(sequence, 1);
            }
        }
        shareTokens(budget.promptTokens(plan.size()), spare);
        return plan;
    }

    private void takePlaces(List<SequenceGroup> begun) {
        taking.clear();
        if (contenders - slidContenders <= places()) {
            begun.forEach(this::takeAll);
        } else {
            takeInRounds(begun, places());
            pauseOthers(begun);
        }
    }

    private void takeAll(SequenceGroup group) {
        for (Sequence sequence : group.running()) {
            if (takesPlace(sequence)) {
                take(sequence);
            }
        }
    }

    /** One sequence of each request a round, until the places or the sequences run out. */
    private void takeInRounds(List<SequenceGroup> begun, int places) {
        boolean more = true;
        for (int round = 0; more && taking.size() < places; round++) {
            more = false;
            for (SequenceGroup group : begun) {
                more |= taking.size() < places && take(group, round);
            }
        }
    }

    private void take(Sequence sequence) {
        sequence.setPaused(false);
        taking.add(sequence);
    }

    private boolean takesPlace(Sequence sequence) {
        return sequence.hasRoom() && !turns(sequence) && sequence.isReady();
    }

    /** The sequence that is the request's so-manieth takes part, if it has as many. */
    private boolean take(SequenceGroup group, int round) {
        int before = round;
        for (Sequence sequence : group.running()) {
            if (takesPlace(sequence) && before-- == 0) {
                take(sequence);
                return true;
            }
        }
        return false;
    }

    private void pauseOthers(List<SequenceGroup> begun) {
        for (SequenceGroup group : begun) {
            for (Sequence sequence : group.running()) {
                if (takesPlace(sequence) && !sequence.isPaused() && !taking.contains(sequence)) {
                    pause(sequence, LoopObserver.Pause.SHARE);
                }
            }
        }
    }

    private void shareTokens(int tokens, int spareOutputs) {
        Sequence shortest = shortestPrompt();
        boolean bothWait = shortest != null && slidContenders > 0;
        int left = tokens - (bothWait ? Math.max(1, tokens / SLIDING_PART) : 0);
        int notSpent = shortest == null ? left : shareAmongPrompts(left, spareOutputs, shortest);
        shareAmongSliding(tokens - left + notSpent);
    }

    /** Tells how many tokens are left. */
    private int shareAmongPrompts(int tokens, int spareOutputs, Sequence shortest) {
        int left = tokens;
        int spare = spareOutputs;
        int kept = Math.min(left / 2, shortest.pending());
        for (Sequence sequence : taking) {
            kept = sequence == shortest ? 0 : kept;
            int share = Math.min(sequence.pending(), left - kept);
            if (sequence.scoresPrompt()) {
                share = Math.min(share, 1 + spare);
            }
            if (share > 0 && sequence.pending() > 1) {
                spare -= sequence.scoresPrompt() ? share - 1 : 0;
                plan.add(sequence, share);
                left -= share;
            }
        }
        return left;
    }

    /** The one that needs the fewest tokens, the first of several; null when none needs any. */
    private @Nullable Sequence shortestPrompt() {
        Sequence shortest = null;
        for (Sequence sequence : taking) {
            if (sequence.pending() > 1
                    && (shortest == null || sequence.pending() < shortest.pending())) {
                shortest = sequence;
            }
        }
        return shortest;
    }

    /** One text of each request first; whose window is complete goes behind all others. */
    private void shareAmongSliding(int tokens) {
        int left = tokens;
        turned.clear();
        completed.clear();
        served.clear();
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < sliding.size() && left > 0 && plan.size() < maxSequences; i++) {
                Sequence sequence = sliding.get(i);
                boolean isFirst = !served.contains(sequence.owner());
                boolean hasTurn = round == 0 ? isFirst : !turned.contains(sequence);
                if (hasTurn && sequence.hasRoom() && sequence.isReady()) {
                    int share = Math.min(sequence.pending(), left);
                    plan.add(sequence, share);
                    sequence.setPaused(false);
                    served.add(sequence.owner());
                    turned.add(sequence);
                    if (share == sequence.pending()) {
                        completed.add(sequence);
                    }
                    left -= share;
                }
            }
        }
        completed.forEach(this::moveBack);
    }

    /** All texts of its request go behind the others' texts, and it goes behind them. */
    private void moveBack(Sequence sequence) {
        turned.clear();
        for (Sequence other : sliding) {
            if (other.owner() == sequence.owner() && other != sequence) {
                turned.add(other);
            }
        }
        sliding.removeAll(turned);
        sliding.remove(sequence);
        sliding.addAll(turned);
        sliding.add(sequence);
    }
}
