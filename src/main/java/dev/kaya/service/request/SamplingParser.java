package dev.kaya.service.request;

import dev.kaya.backend.ModelCard;
import dev.kaya.engine.sampling.Filters;
import dev.kaya.engine.sampling.LogitBias;
import dev.kaya.engine.sampling.Penalties;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.sampling.SamplingParams.Ends;
import dev.kaya.service.fault.GenerationException.Invalid;
import dev.kaya.service.fault.Location;
import dev.kaya.service.fault.RequestField;
import dev.kaya.service.fault.Wording;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Turns the fields of a request that say how tokens are picked into sampling parameters. */
final class SamplingParser {

    /** Seeds are drawn below this, so that every JSON reader keeps them exactly. */
    private static final long SEED_BOUND = 1L << 53;

    private static final double HIGHEST_TEMPERATURE = 100;
    private static final double HIGHEST_REPETITION_PENALTY = 100;
    private static final double OPENAI_PENALTY = 2;
    private static final double HIGHEST_BIAS = 100;

    private final SamplingDefaults defaults;
    private final int vocabulary;

    SamplingParser(ModelCard model, SamplingDefaults defaults) {
        this.defaults = defaults;
        vocabulary = model.vocabulary().size();
    }

    /**
     * @param request as it came
     * @param minNewTokens before which no text ends
     * @param ends tokens that end a text
     */
    SamplingParams of(GenerationSpec request, int minNewTokens, int[] ends) {
        Preset preset = preset(request.preset());
        double temperature =
                fromTo(
                        RequestField.TEMPERATURE,
                        request.temperature(),
                        defaultTemperature(request, preset),
                        0,
                        HIGHEST_TEMPERATURE);
        Long seed = request.seed();
        return new SamplingParams(
                (float) temperature,
                filters(request, preset),
                penalties(request),
                minNewTokens == 0 ? Ends.ANY_TIME : new Ends(minNewTokens, ends),
                seed == null ? ThreadLocalRandom.current().nextLong(SEED_BOUND) : seed);
    }

    private double defaultTemperature(GenerationSpec request, @Nullable Preset preset) {
        if (preset != null) {
            return preset.temperature();
        }
        boolean searches = request.beams() != null && request.beams() > 1;
        return searches ? 0 : defaults.temperature();
    }

    private static @Nullable Preset preset(@Nullable String name) {
        if (name == null) {
            return null;
        }
        for (Preset preset : Preset.values()) {
            if (preset.wireName().equals(name)) {
                return preset;
            }
        }
        throw Invalid.outOfRange(
                RequestField.PRESET,
                "be greedy, focused, balanced or creative",
                "greedy, focused, balanced, creative",
                Invalid.quoted(name));
    }

    private Filters filters(GenerationSpec request, @Nullable Preset preset) {
        int topK =
                request.topK() != null
                        ? request.topK()
                        : preset == null ? defaults.topK() : preset.topK();
        if (topK < -1) {
            throw Invalid.outOfRange(RequestField.TOP_K, "be -1, 0 or above", -1, topK);
        }
        double topP =
                share(
                        RequestField.TOP_P,
                        request.topP(),
                        preset == null ? defaults.topP() : preset.topP());
        return new Filters(
                Math.max(0, topK),
                topP,
                fromTo(RequestField.MIN_P, request.minP(), 0, 0, 1),
                share(RequestField.TYPICAL_P, request.typicalP(), 1));
    }

    private Penalties penalties(GenerationSpec request) {
        double repetition = request.repetitionPenalty() == null ? 1 : request.repetitionPenalty();
        if (!(repetition > 0 && repetition <= HIGHEST_REPETITION_PENALTY)) {
            int bound = repetition > HIGHEST_REPETITION_PENALTY ? 100 : 0;
            throw Invalid.outOfRange(
                    RequestField.REPETITION_PENALTY,
                    "be above 0 and at most 100",
                    bound,
                    repetition);
        }
        return new Penalties(
                repetition,
                fromZero(RequestField.REPETITION_WINDOW, request.repetitionWindow()),
                fromTo(
                        RequestField.FREQUENCY_PENALTY,
                        request.frequencyPenalty(),
                        0,
                        -OPENAI_PENALTY,
                        OPENAI_PENALTY),
                fromTo(
                        RequestField.PRESENCE_PENALTY,
                        request.presencePenalty(),
                        0,
                        -OPENAI_PENALTY,
                        OPENAI_PENALTY),
                fromZero(RequestField.NO_REPEAT_NGRAM_SIZE, request.noRepeatNgramSize()),
                bias(request.logitBias()));
    }

    private LogitBias bias(@Nullable Map<String, Double> given) {
        if (given == null || given.isEmpty()) {
            return LogitBias.NONE;
        }
        int[] ids = new int[given.size()];
        float[] values = new float[given.size()];
        int count = 0;
        for (Map.Entry<String, Double> entry : given.entrySet()) {
            Location field = RequestField.LOGIT_BIAS.at("[" + Invalid.quoted(entry.getKey()) + "]");
            ids[count] = tokenId(field, entry.getKey());
            values[count++] =
                    (float) fromTo(field, entry.getValue(), 0, -HIGHEST_BIAS, HIGHEST_BIAS);
        }
        return new LogitBias(ids, values);
    }

    /** Ids as they are printed, so that no two keys mean the same token. */
    private int tokenId(Location field, String key) {
        if (key.matches("0|[1-9][0-9]{0,8}") && Integer.parseInt(key) < vocabulary) {
            return Integer.parseInt(key);
        }
        throw Invalid.limit(
                "out_of_range",
                RequestField.LOGIT_BIAS,
                Wording.of(field, " must be named by a token id from 0 to ", vocabulary - 1),
                vocabulary - 1,
                key);
    }

    /** A share of probability: above 0, at most 1. */
    private static double share(Location field, @Nullable Double given, double otherwise) {
        double value = given == null ? otherwise : given;
        if (!(value > 0 && value <= 1)) {
            throw Invalid.outOfRange(field, "be above 0 and at most 1", value > 1 ? 1 : 0, value);
        }
        return value;
    }

    private static double fromTo(
            Location field, @Nullable Double given, double otherwise, double least, double most) {
        double value = given == null ? otherwise : given;
        if (!(value >= least && value <= most)) {
            int bound = (int) (value < least ? least : most);
            throw Invalid.outOfRange(
                    field, "be from " + (int) least + " to " + (int) most, bound, value);
        }
        return value;
    }

    private static int fromZero(Location field, @Nullable Integer given) {
        int value = given == null ? 0 : given;
        if (value < 0) {
            throw Invalid.outOfRange(field, "be at least 0", 0, value);
        }
        return value;
    }
}
