package dev.kaya.engine.model;

import dev.kaya.engine.model.TransformerConfig.NormKind;
import dev.kaya.engine.model.TransformerConfig.PositionKind;
import dev.kaya.engine.model.TransformerWeights.Block;
import dev.kaya.engine.model.TransformerWeights.Norm;
import dev.kaya.engine.tensor.Kernels;
import dev.kaya.engine.tensor.Rows;
import dev.kaya.engine.tensor.WorkerPool;
import org.jspecify.annotations.Nullable;

/**
 * A decoder-only transformer: tokens in, logits out, for every dialect from one set of parts.
 *
 * <p>Letters: T tokens of the step, V vocabulary, E embedding, H query heads, G key heads, D head
 * length, F feed-forward length, O rows whose logits are wanted.
 *
 * <p>The logits of a token depend on the tokens before it and the weights, on nothing else: bits do
 * not change with the other rows of the step, the chunks of a prompt, threads or vector width.
 *
 * <p>Owned by one thread; the workers only help it.
 */
public final class Transformer {

    private final TransformerConfig config;
    private final TransformerWeights weights;
    private final ActivationBuffers buffers;
    private Kernels kernels;
    private final ParallelProduct product;
    private final Attention attention;
    private final @Nullable RotaryTable rotary;

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
        buffers = ActivationBuffers.allocate(config, maxRows, maxOutputs, workers.threadCount());
        this.kernels = kernels;
        product = new ParallelProduct(kernels, workers);
        attention = new Attention(config.attention(), kernels, workers);
        rotary =
                config.positions().kind() == PositionKind.LEARNED
                        ? null
                        : new RotaryTable(
                                config.dimensions().context(),
                                config.attention().headLength(),
                                config.positions().theta());
    }

    /** Computes with another edition from the next step on; the bits stay the same. */
    public void use(Kernels edition) {
        kernels = edition;
        product.use(edition);
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
        embed(step); // stream (T, E)
        for (int layer = 0; layer < weights.blocks().size(); layer++) {
            Block block = weights.blocks().get(layer);
            attend(step, block, layer); // stream += (T, E)
            feedForward(step, block); // stream += (T, E)
        }
        return head(step); // logits (O, V)
    }

    private void embed(StepBatch step) {
        Rows stream = buffers.stream();
        int embedding = config.dimensions().embedding();
        for (int row = 0; row < step.rows(); row++) {
            int at = stream.at(row);
            weights.tokenEmbedding().row(step.tokenId(row), stream.data(), at);
            if (rotary == null) {
                add(weights.positionEmbedding(), step.position(row) * embedding, stream, at);
            }
        }
        if (config.normalization().afterEmbedding()) {
            normalize(stream, step.rows(), Norm.PLAIN, stream);
        }
    }

    private void attend(StepBatch step, Block block, int layer) {
        int rows = step.rows();
        Rows qkv = buffers.queryKeyValue();
        normalize(buffers.stream(), rows, block.attentionNorm(), buffers.normalized());
        product.multiply(block.queryKeyValue(), buffers.normalized(), qkv, rows); // (T, HD + 2GD)
        for (int row = 0; row < rows; row++) {
            cacheKeysAndValues(step, row, qkv, layer);
        }
        attention.attend(step, buffers, layer); // mixed (T, HD)
        product.multiply(block.attentionOutput(), buffers.mixed(), buffers.projected(), rows);
        addToStream(rows);
    }

    private void cacheKeysAndValues(StepBatch step, int row, Rows qkv, int layer) {
        TransformerConfig.AttentionShape shape = config.attention();
        int position = step.position(row);
        int queries = qkv.at(row);
        int keys = queries + shape.queryLength();
        int values = keys + shape.keyLength();
        if (rotary != null) {
            rotary.rotate(qkv.data(), queries, shape.heads(), position);
            rotary.rotate(qkv.data(), keys, shape.keyValueHeads(), position);
        }
        KvPage page = step.cache(row).pageForWriting(position);
        for (int head = 0; head < shape.keyValueHeads(); head++) {
            int offset = head * shape.headLength();
            page.write(
                    page.headOffset(layer, head),
                    position % Kernels.PAGE,
                    qkv.data(),
                    keys + offset,
                    values + offset);
        }
    }

    private void feedForward(StepBatch step, Block block) {
        int rows = step.rows();
        Rows hidden = buffers.hidden();
        TransformerConfig.FeedForward shape = config.feedForward();
        normalize(buffers.stream(), rows, block.feedForwardNorm(), buffers.normalized());
        product.multiply(block.up(), buffers.normalized(), hidden, rows); // (T, F) or (T, 2F)
        for (int row = 0; row < rows; row++) {
            int gate = hidden.at(row);
            if (shape.gated()) {
                int up = gate + shape.length();
                kernels.activateAndGate(
                        shape.activation(), hidden.data(), gate, up, shape.length());
            } else {
                kernels.activate(shape.activation(), hidden.data(), gate, shape.length());
            }
        }
        product.multiply(block.down(), hidden, buffers.projected(), rows); // (T, E)
        addToStream(rows);
    }

    private Rows head(StepBatch step) {
        Rows selected = buffers.outputStream();
        int embedding = config.dimensions().embedding();
        for (int output = 0; output < step.outputs(); output++) {
            System.arraycopy(
                    buffers.stream().data(),
                    buffers.stream().at(step.outputRow(output)),
                    selected.data(),
                    selected.at(output),
                    embedding);
        }
        if (config.normalization().beforeHead()) {
            normalize(selected, step.outputs(), weights.outputNorm(), selected);
        }
        product.multiply(weights.head(), selected, buffers.logits(), step.outputs());
        return buffers.logits();
    }

    private void addToStream(int rows) {
        for (int row = 0; row < rows; row++) {
            Rows stream = buffers.stream();
            add(buffers.projected().data(), buffers.projected().at(row), stream, stream.at(row));
        }
    }

    private void add(float[] x, int offset, Rows stream, int at) {
        float[] data = stream.data();
        for (int i = 0; i < config.dimensions().embedding(); i++) {
            data[at + i] += x[offset + i];
        }
    }

    /** Norms of rows; {@code out} may be {@code in}. */
    private void normalize(Rows in, int rows, Norm norm, Rows out) {
        int length = config.dimensions().embedding();
        float epsilon = config.normalization().epsilon();
        boolean centered = config.normalization().kind() == NormKind.LAYER_NORM;
        for (int row = 0; row < rows; row++) {
            int from = in.at(row);
            float mean = centered ? kernels.sum(in.data(), from, length) / length : 0f;
            float variance = kernels.sumOfSquares(in.data(), from, length, mean) / length;
            float factor = 1f / (float) Math.sqrt(variance + epsilon);
            scale(in.data(), from, mean, factor, norm, out.data(), out.at(row));
        }
    }

    private void scale(
            float[] in, int from, float mean, float factor, Norm norm, float[] out, int to) {
        float[] gain = norm.gain();
        float[] bias = norm.bias();
        int length = config.dimensions().embedding();
        for (int i = 0; i < length; i++) {
            out[to + i] = (in[from + i] - mean) * factor;
        }
        if (gain.length != 0) {
            for (int i = 0; i < length; i++) {
                out[to + i] *= gain[i];
            }
        }
        if (bias.length != 0) {
            for (int i = 0; i < length; i++) {
                out[to + i] += bias[i];
            }
        }
    }
}
