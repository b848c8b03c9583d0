package dev.kaya.engine.model;

import dev.kaya.engine.model.TransformerConfig.AttentionShape;
import dev.kaya.engine.model.TransformerConfig.FeedForward;
import dev.kaya.engine.tensor.matrix.Rows;

/**
 * Scratch memory of a step, sized once for the largest. Rows are tokens unless said otherwise.
 *
 * @param stream (rows, E): the residual stream
 * @param normalized (rows, E): what a norm made of it
 * @param queryKeyValue (rows, H·D + 2·G·D)
 * @param mixed (rows, H·D): values mixed by attention
 * @param hidden (rows, F or 2F)
 * @param projected (rows, E): what goes back to the stream
 * @param logits (outputs, V)
 */
record ActivationBuffers(
        Rows stream,
        Rows normalized,
        Rows queryKeyValue,
        Rows mixed,
        Rows hidden,
        Rows projected,
        Rows logits) {

    static ActivationBuffers allocate(TransformerConfig config, int maxRows, int maxOutputs) {
        int embedding = config.dimensions().embedding();
        AttentionShape attention = config.attention();
        FeedForward feedForward = config.feedForward();
        return new ActivationBuffers(
                Rows.allocate(maxRows, embedding),
                Rows.allocate(maxRows, embedding),
                Rows.allocate(maxRows, attention.queryLength() + 2 * attention.keyLength()),
                Rows.allocate(maxRows, attention.queryLength()),
                Rows.allocate(maxRows, feedForward.length() * (feedForward.gated() ? 2 : 1)),
                Rows.allocate(maxRows, embedding),
                Rows.allocate(maxOutputs, config.dimensions().vocabulary()));
    }
}
