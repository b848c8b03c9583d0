package dev.kaya.scheduler;

import dev.kaya.engine.model.StepBatch;
import dev.kaya.engine.model.Transformer;
import dev.kaya.engine.sampling.LogSoftmax;
import dev.kaya.engine.sampling.Sampler;
import dev.kaya.engine.sampling.TokenLogprobs;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.Rows;
import dev.kaya.scheduler.GenerationEvent.Fault;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
        /** Tokens of a prompt were scored. */
        void scored(Sequence sequence, List<TokenLogprobs> tokens);

        /**
         * A sequence, not over yet, has got a token.
         *
         * @param logprobs how likely it was, if the request wants to know
         * @return whether the sequence goes on
         */
        boolean picked(Sequence sequence, int tokenId, @Nullable TokenLogprobs logprobs);

        /** All beams of a sequence's request have been ranked. */
        void ranked(Sequence sequence);

        /** All of a prompt has been scored, and nothing else is wanted. */
        void scoredAll(Sequence sequence);

        /** Guesses were put to the test. */
        void speculated(int guesses, int right);

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
    void run(BatchPlan plan, Kernels kernels) {
        transformer.use(kernels);
        sampler.use(kernels);
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

    private void runAlone(BatchPlan plan, int i) {
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
    private void handOut(BatchPlan plan, int from, int to, Rows logits) {
        int row = 0;
        for (int i = from; i < to; i++) {
            if (!plan.sequence(i).owner().isOver()) {
                handOut(plan, i, logits, row);
            }
            row += plan.outputs(i);
        }
    }

    private void handOut(BatchPlan plan, int i, Rows logits, int row) {
        Sequence sequence = plan.sequence(i);
        int tokens = plan.tokenCount(i);
        int last = row;
        if (plan.scores(i)) {
            score(sequence, tokens, logits, row);
            last += tokens - 1;
        }
        if (sequence.owner().isOver()) {
            return;
        }
        sequence.markComputed(tokens);
        BeamGroup beams = sequence.owner().beams();
        if (plan.completes(i) && sequence.request().isOfPromptAlone()) {
            results.scoredAll(sequence);
        } else if (plan.completes(i) && beams != null) {
            rank(sequence, beams, logits, last);
        } else if (plan.completes(i)) {
            pickAll(sequence, plan.guesses(i), logits, last);
        }
    }

    /** Scores the prompt tokens that follow the computed ones. */
    private void score(Sequence sequence, int tokens, Rows logits, int row) {
        int[] prompt = sequence.request().prompt().tokenIds();
        int next = sequence.computed() + 1;
        int count = Math.min(tokens, prompt.length - next);
        try {
            List<TokenLogprobs> scores = new ArrayList<>(count);
            int top = sequence.request().texts().logprobs().prompt();
            for (int i = 0; i < count; i++) {
                TokenLogprobs token =
                        sampler.score(logits.data(), logits.at(row + i), prompt[next + i], top);
                if (token == null) {
                    fail(sequence, Fault.LOGITS);
                    return;
                }
                scores.add(token);
            }
            results.scored(sequence, scores);
        } catch (RuntimeException | OutOfMemoryError | AssertionError e) {
            LOG.error("A prompt could not be scored", e);
            fail(sequence, Fault.SAMPLING);
        }
    }

    private void rank(Sequence sequence, BeamGroup beams, Rows logits, int row) {
        try {
            float[] logProbabilities =
                    sampler.logProbabilities(
                            logits.data(),
                            logits.at(row),
                            sequence.request().sampling(),
                            sequence.history());
            if (logProbabilities == null) {
                fail(sequence, Fault.LOGITS);
                return;
            }
            EngineRequest.Logprobs wanted = sequence.request().texts().logprobs();
            LogSoftmax scores =
                    wanted.ofGenerated()
                            ? sampler.scores(logits.data(), logits.at(row), wanted.generated())
                            : null;
            if (beams.rank(sequence, logProbabilities, scores)) {
                results.ranked(sequence);
            }
        } catch (RuntimeException | OutOfMemoryError | AssertionError e) {
            LOG.error("Beams could not be ranked", e);
            fail(sequence, Fault.SAMPLING);
        }
    }

    /** The next token, and as long as it is the one that was guessed, the one after it. */
    private void pickAll(Sequence sequence, int guesses, Rows logits, int row) {
        int right = 0;
        boolean goesOn = pick(sequence, logits, row);
        while (goesOn && right < guesses && sequence.lastTokenId() == sequence.guess(right)) {
            sequence.markComputed(1);
            right++;
            goesOn = pick(sequence, logits, row + right);
        }
        if (guesses > 0) {
            sequence.judgeGuesses(right);
            results.speculated(guesses, right);
        }
    }

    /** Picks a token; tells whether the sequence goes on. */
    private boolean pick(Sequence sequence, Rows logits, int row) {
        try {
            int tokenId =
                    sampler.sample(
                            logits.data(),
                            logits.at(row),
                            sequence.request().sampling(),
                            sequence.history(),
                            sequence.sample());
            if (tokenId == Sampler.FAULT) {
                fail(sequence, Fault.LOGITS);
                return false;
            }
            EngineRequest.Logprobs wanted = sequence.request().texts().logprobs();
            TokenLogprobs logprobs =
                    wanted.ofGenerated()
                            ? sampler.score(
                                    logits.data(), logits.at(row), tokenId, wanted.generated())
                            : null;
            return results.picked(sequence, tokenId, logprobs);
        } catch (RuntimeException | OutOfMemoryError | AssertionError e) {
            LOG.error("A token could not be picked", e);
            fail(sequence, Fault.SAMPLING);
            return false;
        }
    }

    /** A sequence whose request was ended by another of its samples has failed already. */
    private void fail(Sequence sequence, Fault fault) {
        if (!sequence.owner().isOver()) {
            results.failed(sequence, fault);
        }
    }
}
