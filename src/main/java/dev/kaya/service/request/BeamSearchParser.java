package dev.kaya.service.request;

import dev.kaya.engine.sampling.BeamSearch;
import dev.kaya.scheduler.EngineRequest;
import dev.kaya.service.fault.GenerationException.Invalid;
import dev.kaya.service.fault.Location;
import dev.kaya.service.fault.RequestField;
import dev.kaya.service.fault.Wording;
import org.jspecify.annotations.Nullable;

/** Turns the fields of a request that ask for beam search into rules. */
public final class BeamSearchParser {

    private static final double HIGHEST_LENGTH_PENALTY = 10;

    private final ServiceLimits limits;

    BeamSearchParser(ServiceLimits limits) {
        this.limits = limits;
    }

    /** The rules of the search; null when a request does not ask for any. */
    BeamSearch.@Nullable Rules of(GenerationSpec request) {
        int beams = request.beams() == null ? 1 : request.beams();
        if (beams < 1) {
            throw Invalid.outOfRange(RequestField.NUM_BEAMS, "be at least 1", 1, beams);
        }
        if (beams > limits.samples()) {
            throw Invalid.outOfRange(
                    RequestField.NUM_BEAMS,
                    "be at most " + limits.samples(),
                    limits.samples(),
                    beams);
        }
        double lengthPenalty = lengthPenalty(request);
        if (beams == 1) {
            requireAbsent(RequestField.LENGTH_PENALTY, request.lengthPenalty());
            requireAbsent(RequestField.EARLY_STOPPING, request.earlyStopping());
            return null;
        }
        refuse(RequestField.TEMPERATURE, isDrawn(request));
        refuse(RequestField.BEST_OF, request.bestOf() != null);
        refuse(RequestField.SPECULATE, Boolean.TRUE.equals(request.speculate()));
        refuse(RequestField.CONTEXT_OVERFLOW, "slide".equals(request.contextOverflow()));
        int texts = request.samples() == null ? 1 : request.samples();
        if (texts > beams) {
            throw Invalid.outOfRange(
                    RequestField.N,
                    Wording.of("be at most ", RequestField.NUM_BEAMS, ", ", beams),
                    beams,
                    texts);
        }
        boolean early = Boolean.TRUE.equals(request.earlyStopping());
        return new BeamSearch.Rules(beams, lengthPenalty, early);
    }

    private static boolean isDrawn(GenerationSpec request) {
        if (request.temperature() != null) {
            return request.temperature() != 0;
        }
        return request.preset() != null && !request.preset().equals(Preset.GREEDY.wireName());
    }

    private static double lengthPenalty(GenerationSpec request) {
        Double given = request.lengthPenalty();
        if (given != null && !(Math.abs(given) <= HIGHEST_LENGTH_PENALTY)) {
            int bound = given < 0 ? -10 : 10;
            throw Invalid.outOfRange(
                    RequestField.LENGTH_PENALTY, "be from -10 to 10", bound, given);
        }
        return given == null ? 1 : given;
    }

    private static void requireAbsent(Location field, @Nullable Object given) {
        if (given != null) {
            throw Invalid.field(
                    "conflicting_fields",
                    field,
                    Wording.of(
                            field, " has no effect without ", RequestField.NUM_BEAMS, " above 1"));
        }
    }

    private static void refuse(RequestField field, boolean given) {
        if (given) {
            Wording other =
                    switch (field) {
                        case TEMPERATURE -> Wording.of("a ", field, " other than 0");
                        case CONTEXT_OVERFLOW -> Wording.of(field, " slide");
                        default -> Wording.of(field);
                    };
            throw Invalid.field(
                    "conflicting_fields",
                    field,
                    Wording.of(
                            RequestField.NUM_BEAMS,
                            " above 1 and ",
                            other,
                            " cannot both be given"));
        }
    }

    /**
     * Refuses what could never run: beams that do not all fit the server at once.
     *
     * @param request with its beams
     * @param most sequences of its length that can run at once
     */
    public static void requireRoom(EngineRequest request, int most) {
        BeamSearch.Rules rules = request.texts().search().beams();
        if (rules != null && rules.width() > most) {
            throw Invalid.outOfRange(
                    RequestField.NUM_BEAMS,
                    "be at most " + most + " for texts of this length",
                    most,
                    rules.width());
        }
    }
}
