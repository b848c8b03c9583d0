package dev.kaya.service.request;

import dev.kaya.backend.ModelCard;
import dev.kaya.service.fault.GenerationException.Invalid;
import dev.kaya.service.fault.RequestField;
import dev.kaya.service.fault.Wording;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Turns the fields of a request that say where texts end into rules. */
final class StopParser {

    private static final int MOST_TEXTS = 16;
    private static final int LONGEST_TEXT = 1_000;
    private static final int MOST_TOKENS = 256;

    private final int vocabulary;
    private final int[] eosIds;

    StopParser(ModelCard model) {
        vocabulary = model.vocabulary().size();
        eosIds = model.vocabulary().endIds();
    }

    /**
     * Where texts end.
     *
     * @param minNewTokens before which none ends
     * @param eosIds tokens that end the model's texts; none when they are ignored
     * @param tokenIds tokens that end a text because the request says so
     * @param texts strings that do
     */
    record Stops(int minNewTokens, int[] eosIds, int[] tokenIds, List<String> texts) {

        /** All tokens that end a text. */
        int[] allTokenIds() {
            return IntStream.concat(IntStream.of(eosIds), IntStream.of(tokenIds)).toArray();
        }
    }

    Stops of(GenerationSpec request, int maxNewTokens) {
        Integer min = request.minNewTokens();
        int minNewTokens = min == null ? 0 : min;
        if (minNewTokens < 0) {
            throw Invalid.outOfRange(RequestField.MIN_NEW_TOKENS, "be at least 0", 0, minNewTokens);
        }
        if (minNewTokens > maxNewTokens) {
            throw Invalid.outOfRange(
                    RequestField.MIN_NEW_TOKENS,
                    Wording.of("be at most ", RequestField.MAX_NEW_TOKENS, ", ", maxNewTokens),
                    maxNewTokens,
                    minNewTokens);
        }
        boolean ignoreEos = Boolean.TRUE.equals(request.ignoreEos());
        return new Stops(
                minNewTokens,
                ignoreEos ? new int[0] : eosIds,
                tokenIds(request.stopTokenIds()),
                texts(request.stop()));
    }

    private int[] tokenIds(int @Nullable [] given) {
        if (given == null) {
            return new int[0];
        }
        if (given.length > MOST_TOKENS) {
            throw Invalid.outOfRange(
                    RequestField.STOP_TOKEN_IDS, "have at most 256 ids", MOST_TOKENS, given.length);
        }
        for (int id : given) {
            if (id < 0 || id >= vocabulary) {
                throw Invalid.outOfRange(
                        RequestField.STOP_TOKEN_IDS,
                        "be ids below " + vocabulary,
                        vocabulary - 1,
                        id);
            }
        }
        return given;
    }

    private static List<String> texts(@Nullable List<@Nullable String> given) {
        List<String> texts = new ArrayList<>();
        for (String text : given == null ? List.<@Nullable String>of() : given) {
            if (text == null || text.isEmpty()) {
                throw Invalid.field(
                        "empty_stop",
                        RequestField.STOP,
                        Wording.of(RequestField.STOP, " must not have empty strings"));
            }
            if (text.length() > LONGEST_TEXT) {
                throw Invalid.outOfRange(
                        RequestField.STOP,
                        "have strings of at most 1000 characters",
                        LONGEST_TEXT,
                        text.length());
            }
            texts.add(text);
        }
        if (texts.size() > MOST_TEXTS) {
            throw Invalid.outOfRange(
                    RequestField.STOP, "have at most 16 strings", MOST_TEXTS, texts.size());
        }
        return texts;
    }
}
