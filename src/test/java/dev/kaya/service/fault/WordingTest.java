package dev.kaya.service.fault;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.service.fault.GenerationException.Invalid;
import org.junit.jupiter.api.Test;

class WordingTest {

    /** Another API, in which some fields have names of their own. */
    private static final FieldNames OTHER =
            field ->
                    switch (field) {
                        case MAX_NEW_TOKENS -> "max_completion_tokens";
                        case MIN_NEW_TOKENS -> "min_tokens";
                        default -> field.toString();
                    };

    @Test
    void eachApiNamesTheFieldsOfASentence() {
        Invalid fault =
                Invalid.outOfRange(
                        RequestField.MIN_NEW_TOKENS,
                        Wording.of("be at most ", RequestField.MAX_NEW_TOKENS, ", ", 5),
                        5,
                        6);

        assertThat(fault).hasMessage("min_new_tokens must be at most max_new_tokens, 5; given 6");
        assertThat(fault.wording(OTHER))
                .isEqualTo("min_tokens must be at most max_completion_tokens, 5; given 6");
        assertThat(fault.location().in(OTHER)).isEqualTo("min_tokens");
    }

    @Test
    void whatARequestQuotesIsNeverTakenForAField() {
        Invalid fault =
                Invalid.outOfRange(RequestField.PRESET, "be greedy", "greedy", "max_new_tokens");

        assertThat(fault.wording(OTHER)).isEqualTo("preset must be greedy; given max_new_tokens");
    }

    @Test
    void aPlaceInsideOfAFieldKeepsWhatFollowsItsName() {
        Location inside = RequestField.RESPONSE_FORMAT.at(".json_schema").at(".schema");

        assertThat(inside).hasToString("response_format.json_schema.schema");
        assertThat(inside.field()).isEqualTo(RequestField.RESPONSE_FORMAT);
        assertThat(RequestField.MAX_NEW_TOKENS.at("[2]").in(OTHER))
                .isEqualTo("max_completion_tokens[2]");
    }
}
