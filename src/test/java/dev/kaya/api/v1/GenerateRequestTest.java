package dev.kaya.api.v1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.kaya.service.fault.RequestField;
import dev.kaya.service.request.GenerationSpec;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GenerateRequestTest {

    private static Stream<RecordComponent> components(Class<?> type) {
        return Arrays.stream(type.getRecordComponents());
    }

    @Test
    void faultsKnowEveryFieldByItsNameOnTheWire() {
        List<String> wire =
                components(GenerateRequest.class)
                        .map(field -> field.getAccessor().getAnnotation(JsonProperty.class).value())
                        .toList();

        assertThat(RequestField.values())
                .extracting(RequestField::toString)
                .filteredOn(name -> !List.of("text", "token_ids").contains(name))
                .containsExactlyInAnyOrderElementsOf(wire);
    }

    /** How an answer is sent is no matter of the service. */
    @Test
    void aSpecHasEverythingButTheWayOfTheAnswer() {
        assertThat(components(GenerationSpec.class).map(RecordComponent::getName))
                .containsExactlyInAnyOrderElementsOf(
                        components(GenerateRequest.class)
                                .map(RecordComponent::getName)
                                .filter(name -> !name.equals("stream"))
                                .toList());
    }
}
