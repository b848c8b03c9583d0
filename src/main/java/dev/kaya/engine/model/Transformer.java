package dev.kaya.engine.model;

import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.model.TransformerWeights.Block;
import dev.kaya.engine.model.TransformerWeights.Norm;
import dev.kaya.engine.tensor.WorkerPool;
import dev.kaya.engine.tensor.kernel.Kernels;
import dev.kaya.engine.tensor.matrix.Rows;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A decoder-only transformer: tokens in, logits out, for every dialect from one set of parts.
 *
 * <p>Letters: T tokens of the step, V vocabulary, E embedding, H query heads, G key heads, D head
 * length, F feed-forward length, O rows whose logits are wanted, R rows that a block goes on with
 * once their keys and values are stored: T, but O in the last block, where the others have given
 * all that anyone will read.
 *
 * <p>The logits of a token depend on the tokens before it and the weights, on nothing else: bits do
 * not change with the other rows of the step, the chunks of a prompt, threads or vector width.
 *
 * <p>Owned by one thread; the workers only help it.
 */
public final class Transformer {

    /** Queries whose scores a thread holds at a time, each with one for every position. */
    public static final int ATTENDING_TOGETHER = QueryBlocks.MOST;

    /** An element of an embedding lies a cache line from the next: as dear as so many in a row. */
    private static final int EMBEDDING_COST = 16;

    private final TransformerConfig config;
    private final TransformerWeights weights;
    private final ActivationBuffers buffers;
    private Kernels kernels;
    private final ParallelProduct product;
    private final ParallelRows parallel;
    private final Normalizer normalizer;
    private final Normalizer headNormalizer;
    private final Attention attention;
    private final @Nullable RotaryTable rotary;
    private final ParallelRows.RowWork embedOneRow = this::embedOneRow;
    private final ParallelRows.RowWork cacheOneHead = this::cacheOneHead;
    private final ParallelRows.RowWork gateOneRow = this::gateOneRow;
    private @Nullable StepBatch step;
    private int layer;

    /**
     * @param model config and weights
     * @param maxRows most tokens in a step
     * @param maxOutputs most rows whose logits are wanted in a step
     * @param kernels which edition computes
     * @param workers who helps
     */
    public Transformer(
            TransformerModel model,
            int maxRows,
            int maxOutputs,
            Kernels kernels,
            WorkerPool workers) {
        config = model.config();
        weights = model.weights();
        buffers = ActivationBuffers.allocate(config, maxRows, maxOutputs);
        this.kernels = kernels;
        product = new ParallelProduct(kernels, workers);
        parallel = new ParallelRows(workers);
        int embedding = config.dimensions().embedding();
        int headLength = config.attention().headLength();
        normalizer = new Normalizer(config, embedding, kernels, parallel);
        headNormalizer = new Normalizer(config, headLength, kernels, parallel);
        attention = new Attention(config, kernels, workers, maxRows);
        rotary =
                config.positions().kind() == PositionKind.LEARNED
                        ? null
                        : new RotaryTable(
                                config.dimensions().context(),
                                headLength,
                                config.positions(),
                                weights.positions().rotaryDivisors());
    }

    /** Computes with another edition from the next step on; the bits stay the same. */
    public void use(Kernels edition) {
        kernels = edition;
        product.use(edition);
        normalizer.use(edition);
        headNormalizer.use(edition);
        attention.use(edition);
    }

    /**
     * Runs one step: writes keys and values of its tokens to their caches and computes the logits
     * that are wanted.
     *
     * @param step at least one row; positions of a sequence follow those its cache holds
     * @return logits (O, V), valid until the next step
     */
    public Rows forward(StepBatch step) {
        assert step.rows() > 0 && step.rows() <= buffers.stream().count() : step.rows();
        this.step = step;
        attention.begin(step, buffers);
        embed(step); // stream (T, E)
        int last = weights.blocks().size() - 1;
        for (layer = 0; layer <= last; layer++) {
            Block block = weights.blocks().get(layer);
            cacheKeysAndValues(step, block);
            int rows = layer < last ? step.rows() : step.outputs();
            if (rows > 0) {
                attend(step, block, rows); // stream += (R, E)
                feedForward(block, rows); // stream += (R, E)
            }
        }
        return head(step.outputs()); // logits (O, V)
    }

    private void embed(StepBatch step) {
        Rows stream = buffers.stream();
        int embedding = config.dimensions().embedding();
        parallel.run(step.rows(), embedding * EMBEDDING_COST, embedOneRow);
        if (config.normalization().afterEmbedding()) {
            normalizer.normalize(stream, step.rows(), Norm.PLAIN, stream);
        }
    }

    private void embedOneRow(int row) {
        StepBatch rows = Objects.requireNonNull(step);
        Rows stream = buffers.stream();
        int embedding = config.dimensions().embedding();
        int at = stream.at(row);
        weights.tokenEmbedding().row(rows.tokenId(row), stream.data(), at);
        if (rotary == null) {
            int position = rows.position(row) * embedding;
            Rows.add(weights.positions().embedding(), position, stream.data(), at, embedding);
        }
    }

    private void cacheKeysAndValues(StepBatch step, Block block) {
        int rows = step.rows();
        Rows qkv = buffers.queryKeyValue();
        normalizer.normalize(buffers.stream(), rows, block.attentionNorm(), buffers.normalized());
        product.multiply(block.queryKeyValue(), buffers.normalized(), qkv, rows); // (T, HD + 2GD)
        for (int row = 0; row < rows; row++) {
            step.cache(row).prepare(step.position(row));
        }
        int heads = config.attention().keyValueHeads();
        parallel.run(heads, rows * config.attention().headLength() * 4, cacheOneHead);
    }

    private void attend(StepBatch step, Block block, int rows) {
        boolean onlyOutputs = rows < step.rows();
        if (onlyOutputs) {
            attention.takeOutputs();
        }
        attention.attend(layer); // mixed (T, HD)
        if (onlyOutputs) {
            bringOutputsForward(step, buffers.mixed());
            bringOutputsForward(step, buffers.stream());
        }
        product.multiplyAndAdd(
                block.attentionOutput(),
                buffers.mixed(),
                buffers.projected(),
                rows,
                buffers.stream());
    }

    /** Moves the rows whose logits are wanted to the beginning; none is behind its new place. */
    private static void bringOutputsForward(StepBatch step, Rows rows) {
        for (int output = 0; output < step.outputs(); output++) {
            System.arraycopy(
                    rows.data(),
                    rows.at(step.outputRow(output)),
                    rows.data(),
                    rows.at(output),
                    rows.stride());
        }
    }

    /**
     * Normalises and rotates one key head of all rows, with the queries that read it, and stores
     * its keys.
     */
    private void cacheOneHead(int keyHead) {
        TransformerConfig.AttentionShape shape = config.attention();
        StepBatch rows = Objects.requireNonNull(step);
        Rows qkv = buffers.queryKeyValue();
        int offset = keyHead * shape.headLength();
        for (int row = 0; row < rows.rows(); row++) {
            int position = rows.position(row);
            int queries = qkv.at(row) + offset * shape.group();
            int keys = qkv.at(row) + shape.queryLength() + offset;
            if (config.normalization().ofHeads()) {
                normalizeHeads(qkv.data(), queries, keys);
            }
            if (rotary != null) {
                rotary.rotate(qkv.data(), queries, shape.group(), position);
                rotary.rotate(qkv.data(), keys, 1, position);
            }
            KvPage page = rows.cache(row).page(position / Kernels.PAGE);
            page.write(
                    page.headOffset(layer, keyHead),
                    position % Kernels.PAGE,
                    qkv.data(),
                    keys,
                    keys + shape.keyLength());
        }
    }

    private void normalizeHeads(float[] x, int queries, int keys) {
        TransformerWeights.HeadNorms norms = weights.blocks().get(layer).headNorms();
        TransformerConfig.AttentionShape shape = config.attention();
        for (int head = 0; head < shape.group(); head++) {
            int at = queries + head * shape.headLength();
            headNormalizer.normalize(x, at, norms.query(), x, at);
        }
        headNormalizer.normalize(x, keys, norms.key(), x, keys);
    }

    private void feedForward(Block block, int rows) {
        Rows hidden = buffers.hidden();
        TransformerConfig.FeedForward shape = config.feedForward();
        normalizer.normalize(buffers.stream(), rows, block.feedForwardNorm(), buffers.normalized());
        if (shape.gated()) {
            product.multiply(block.up(), buffers.normalized(), hidden, rows); // (R, 2F)
            parallel.run(rows, shape.length() * 4, gateOneRow);
        } else {
            product.multiplyAndActivate(
                    block.up(), buffers.normalized(), hidden, rows, shape.activation()); // (R, F)
        }
        product.multiplyAndAdd(
                block.down(), hidden, buffers.projected(), rows, buffers.stream()); // (R, E)
    }

    private void gateOneRow(int row) {
        TransformerConfig.FeedForward shape = config.feedForward();
        int gate = buffers.hidden().at(row);
        int up = gate + shape.length();
        kernels.activateAndGate(
                shape.activation(), buffers.hidden().data(), gate, up, shape.length());
    }

    private Rows head(int outputs) {
        if (outputs > 0) {
            Rows source = buffers.stream();
            if (config.normalization().beforeHead()) {
                normalizer.normalize(source, outputs, weights.outputNorm(), source);
            }
            product.multiply(weights.head(), source, buffers.logits(), outputs);
        }
        return buffers.logits();
    }
}
