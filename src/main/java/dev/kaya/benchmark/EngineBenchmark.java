package dev.kaya.benchmark;

import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.model.KvCache;
import dev.kaya.engine.model.KvPool;
import dev.kaya.engine.model.StepBatch;
import dev.kaya.engine.model.Transformer;
import dev.kaya.engine.sampling.Sampler;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.sampling.TokenHistory;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tensor.kernel.KernelProvider;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.Rows;
import dev.kaya.engine.tensor.roofline.Roofline;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Measures a model on the engine itself: transformer, KV cache and greedy sampling, in steps such
 * as the scheduler plans, without queues and text.
 *
 * <p>A repetition lasts about {@value #LEAST_MILLIS} ms at least: what ends sooner is run again and
 * counted together.
 */
public final class EngineBenchmark {

    private static final long LEAST_MILLIS = 200;
    private static final long WINDOW_MILLIS = 400;
    private static final int MOST_WINDOWS = 15;
    private static final int LAST_WINDOWS = 2;
    private static final double RISE = 1.02;
    private static final TokenHistory ANYTHING = new TokenHistory(new int[1]);

    private final LoadedModel model;
    private final Workload workload;
    private final Roofline roofline;
    private final StepCost cost;
    private final Kernels kernels;
    private final Transformer transformer;
    private final StepBatch batch;
    private final KvPool pool;
    private final Sampler sampler;
    private boolean warming;
    private long deadline;
    private long steps;

    private EngineBenchmark(
            LoadedModel model,
            Workload workload,
            Roofline roofline,
            Kernels kernels,
            WorkerPool workers) {
        this.model = model;
        this.workload = workload;
        this.roofline = roofline;
        this.kernels = kernels;
        var config = model.model().config();
        cost = StepCost.of(model.model());
        int sequences = workload.sequences();
        transformer =
                new Transformer(model.model(), workload.maxRows(), sequences, kernels, workers);
        batch = new StepBatch(workload.maxRows(), sequences);
        pool = new KvPool(config, workload.cache(), workload.pages(config));
        sampler = new Sampler(model.vocabulary().sampleable());
        sampler.use(kernels);
    }

    /**
     * Measures the roofline, warms the kernels, then measures the model.
     *
     * @param model what decodes
     * @param workload must have passed its {@link Workload#check check} for this model
     * @param kernels that compute
     * @throws IllegalStateException when the model computes a logit that is NaN
     */
    public static BenchmarkResult run(LoadedModel model, Workload workload, Kernels kernels) {
        try (var workers = new WorkerPool(workload.threads())) {
            Roofline roofline = Roofline.measure(workers);
            KernelProvider.warm(kernels, model.card().contents().heldAs());
            return new EngineBenchmark(model, workload, roofline, kernels, workers).measure();
        }
    }

    private BenchmarkResult measure() {
        warm();
        Measure prefill = null;
        Measure decode = null;
        Measure together = null;
        for (int repetition = 0; repetition < workload.repetitions(); repetition++) {
            Tally prompts = tally();
            Tally singles = tally();
            do {
                alone(prompts, singles);
            } while (areShort(prompts, singles));
            prefill = better(prefill, prompts.measure());
            decode = better(decode, singles.measure());
        }
        for (int repetition = 0; repetition < workload.repetitions(); repetition++) {
            Tally all = tally();
            do {
                together(all);
            } while (isShort(all));
            together = better(together, all.measure());
        }
        return new BenchmarkResult(
                workload,
                kernels.description(),
                roofline,
                Objects.requireNonNull(prefill),
                Objects.requireNonNull(decode),
                Objects.requireNonNull(together),
                positions());
    }

    private Tally tally() {
        return new Tally(cost, roofline);
    }

    /** Where one of the two takes a hundred times the other, the shorter stays short. */
    private static boolean areShort(Tally one, Tally other) {
        boolean enough = one.nanos() + other.nanos() > 5 * LEAST_MILLIS * 1_000_000;
        return !enough && (isShort(one) || isShort(other));
    }

    private static boolean isShort(Tally tally) {
        return tally.nanos() < LEAST_MILLIS * 1_000_000;
    }

    private static Measure better(@Nullable Measure best, Measure next) {
        return best == null || next.tokensPerSecond() > best.tokensPerSecond() ? next : best;
    }

    /** The same work unmeasured, so that what is compiled at run time is compiled by then. */
    private void warm() {
        warming = true;
        warm(() -> alone(tally(), tally()));
        warm(() -> together(tally()));
        // What was compiled while all runs were alone may have been thrown away since.
        warm(() -> alone(tally(), tally()));
        warming = false;
    }

    /** Goes on while the pace still rises, within bounds; a slow model's round is cut short. */
    private void warm(Runnable round) {
        double best = 0;
        int sinceBest = 0;
        for (int window = 0; window < MOST_WINDOWS && sinceBest < LAST_WINDOWS; window++) {
            long start = System.nanoTime();
            deadline = start + WINDOW_MILLIS * 1_000_000;
            steps = 0;
            while (!isOver()) {
                round.run();
            }
            double pace = steps / (double) (System.nanoTime() - start);
            sinceBest = pace > best * RISE ? 0 : sinceBest + 1;
            best = Math.max(best, pace);
        }
    }

    private boolean isOver() {
        return warming && System.nanoTime() - deadline > 0;
    }

    /** One sequence: its prompt to the first tally, its other tokens to the second. */
    private void alone(Tally prompts, Tally singles) {
        try (Run run = newRun(workload.promptTokens(), workload.newTokens(), 0)) {
            List<Run> runs = List.of(run);
            long start = System.nanoTime();
            while (!run.hasGenerated() && !isOver()) {
                step(runs, prompts);
            }
            long first = System.nanoTime();
            while (!run.isDone() && !isOver()) {
                step(runs, singles);
            }
            prompts.addTime(workload.promptTokens(), first - start);
            singles.addTime(workload.newTokens(), System.nanoTime() - first);
        }
    }

    /** All sequences, each with a prompt of its own. */
    private void together(Tally tally) {
        List<Run> runs = new ArrayList<>();
        for (int i = 0; i < workload.sequences(); i++) {
            runs.add(newRun(workload.promptTokens(), workload.newTokens(), i));
        }
        long start = System.nanoTime();
        while (step(runs, tally) > 0 && !isOver()) {
            // A step is all there is to do.
        }
        long nanos = System.nanoTime() - start;
        runs.forEach(Run::close);
        tally.addTime((long) workload.sequences() * (workload.newTokens() + 1), nanos);
    }

    private Run newRun(int promptTokens, int newTokens, int which) {
        int vocabulary = model.model().config().dimensions().vocabulary();
        int[] prompt = new int[promptTokens];
        for (int i = 0; i < promptTokens; i++) {
            prompt[i] = (int) ((100L + i * 37L + which * 101L) % vocabulary);
        }
        KvCache cache = Objects.requireNonNull(pool.reserve(promptTokens + newTokens));
        return new Run(prompt, newTokens, cache);
    }

    /** One step of everybody who is not done: who decodes first, then prompts. Returns its rows. */
    private int step(List<Run> runs, Tally tally) {
        batch.clear();
        long positions = 0;
        for (Run run : runs) {
            if (!run.isDone() && run.pending() == 1) {
                positions += run.addTo(batch, 1);
            }
        }
        int budget = Workload.STEP_TOKENS;
        for (Run run : runs) {
            if (budget > 0 && run.pending() > 1) {
                int share = Math.min(budget, run.pending());
                positions += run.addTo(batch, share);
                budget -= share;
            }
        }
        if (batch.rows() > 0) {
            Rows logits = transformer.forward(batch);
            steps++;
            long outputPositions = 0;
            for (Run run : runs) {
                int output = run.takeOutputIndex();
                if (output >= 0) {
                    outputPositions += run.computed();
                    run.append(likeliest(logits, output));
                }
            }
            tally.addStep(batch.rows(), batch.outputs(), positions, outputPositions);
        }
        return batch.rows();
    }

    private int likeliest(Rows logits, int output) {
        int tokenId =
                sampler.sample(
                        logits.data(), logits.at(output), SamplingParams.GREEDY, ANYTHING, 0);
        if (tokenId == Sampler.FAULT) {
            throw new IllegalStateException("the model computed a logit that is NaN");
        }
        return tokenId;
    }

    private @Nullable Positions positions() {
        int context = model.model().config().dimensions().context();
        if (!Positions.fit(context)) {
            return null;
        }
        int at = Positions.late(context);
        Measure early = null;
        Measure late = null;
        try (Run run = newRun(at, Positions.WINDOW, 0)) {
            while (!run.hasGenerated()) {
                step(List.of(run), tally());
            }
            for (int repetition = 0; repetition < workload.repetitions(); repetition++) {
                early = better(early, decodeAt(run.cache(), Positions.early(context)));
                late = better(late, decodeAt(run.cache(), at));
            }
        }
        return new Positions(
                Positions.early(context),
                Objects.requireNonNull(early),
                at,
                Objects.requireNonNull(late));
    }

    /** Decodes a window of positions, over what the cache holds there from an earlier time. */
    private Measure decodeAt(KvCache cache, int from) {
        Tally tally = tally();
        do {
            int token = 0;
            long start = System.nanoTime();
            for (int position = from; position < from + Positions.WINDOW; position++) {
                batch.clear();
                batch.add(token, position, cache, true);
                token = likeliest(transformer.forward(batch), 0);
                tally.addStep(1, 1, position + 1, position + 1);
            }
            tally.addTime(Positions.WINDOW, System.nanoTime() - start);
        } while (isShort(tally));
        return tally.measure();
    }
}
