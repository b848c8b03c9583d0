package dev.kaya.scheduler;

import dev.kaya.engine.model.StepBatch;
import dev.kaya.engine.model.Transformer;
import dev.kaya.engine.sampling.Sampler;
import dev.kaya.engine.tensor.Kernels;
import dev.kaya.engine.tensor.Rows;
import dev.kaya.scheduler.GenerationEvent.Fault;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes planned steps and picks the tokens that they bring. A fault of one sequence does not
 * reach another: a step that fails is run again one sequence at a time, so that only the culprit
 * fails. Belongs to the loop's thread.
 */
final class StepRunner {

    private static final Logger LOG = LoggerFactory.getLogger(StepRunner.class);

    private final Transformer transformer;
    private final StepBatch batch;
    private final Sampler sampler;
    private final Results results;

    /** Who takes what a step brings. */
    interface Results {
        /** A sequence, not over yet, has got a token. */
        void picked(Sequence sequence, int tokenId);

        /** A sequence cannot go on. */
        void failed(Sequence sequence, Fault fault);
    }

    /**
     * @param transformer what computes
     * @param batch as wide as the widest plan
     * @param sampler what picks
     * @param results who takes them
     */
    StepRunner(Transformer transformer, StepBatch batch, Sampler sampler, Results results) {
        this.transformer = transformer;
        this.batch = batch;
        this.sampler = sampler;
        this.results = results;
    }

    /** Runs a plan of at least one sequence. */
    void run(StepPlan plan, Kernels kernels) {
        transformer.use(kernels);
        Rows logits;
        try {
            plan.fill(batch, 0, plan.size());
            logits = transformer.forward(batch);
        } catch (RuntimeException | OutOfMemoryError | AssertionError e) {
            LOG.warn("A step of {} sequences failed; trying each alone", plan.size(), e);
            for (int i = 0; i < plan.size(); i++) {
                runAlone(plan, i);
            }
            return;
        }
        handOut(plan, 0, plan.size(), logits);
    }

    private void runAlone(StepPlan plan, int i) {
        if (plan.sequence(i).owner().isOver()) {
            return; // ended by another of its samples
        }
        Rows logits;
        try {
            plan.fill(batch, i, i + 1);
            logits = transformer.forward(batch);
        } catch (RuntimeException | OutOfMemoryError | AssertionError e) {
            LOG.error("A sequence failed", e);
            fail(plan.sequence(i), Fault.STEP);
            return;
        }
        handOut(plan, i, i + 1, logits);
    }

    /**
     * Takes the step's results to its sequences. What was handed out cannot be computed again, so
     * nothing may be thrown from here that the loop could survive.
     */
    private void handOut(StepPlan plan, int from, int to, Rows logits) {
        int output = 0;
        for (int i = from; i < to; i++) {
            Sequence sequence = plan.sequence(i);
            boolean completes = plan.completes(i);
            int row = completes ? output++ : -1;
            if (!sequence.owner().isOver()) {
                sequence.markComputed(plan.tokenCount(i));
                if (completes) {
                    pick(sequence, logits, row);
                }
            }
        }
    }

    private void pick(Sequence sequence, Rows logits, int row) {
        try {
            int tokenId =
                    sampler.sample(
                            logits.data(),
                            logits.at(row),
                            sequence.task().sampling(),
                            sequence.history(),
                            sequence.sample());
            if (tokenId == Sampler.FAULT) {
                fail(sequence, Fault.LOGITS);
            } else {
                results.picked(sequence, tokenId);
            }
        } catch (RuntimeException | OutOfMemoryError | AssertionError e) {
            LOG.error("A token could not be picked", e);
            fail(sequence, Fault.SAMPLING);
        }
    }

    /** A sequence whose task was ended by another of its samples has failed already. */
    private void fail(Sequence sequence, Fault fault) {
        if (!sequence.owner().isOver()) {
            results.failed(sequence, fault);
        }
    }
}
