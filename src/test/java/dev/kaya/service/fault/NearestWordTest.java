package dev.kaya.service.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestWordTest {

    @ParameterizedTest
    @CsvSource({
        "'', '', 0",
        "'', abc, 3",
        "abc, '', 3",
        "abc, abc, 0",
        "abc, abd, 1",
        "abc, acb, 1",
        "abc, ab, 1",
        "abc, abcd, 1",
        "generate, genrate, 1",
        "ca, abc, 3"
    })
    void countsLettersThatDiffer(String one, String other, int distance) {
        assertThat(NearestWord.distance(one, other)).isEqualTo(distance);
    }

    @Test
    void looksPastDashesAndTheCaseOfLetters() {
        List<String> options =
                List.of("-h", "--help", "--n", "--top_p", "--top_k", "--temperature");

        assertThat(NearestWord.to("--Temprature", options)).isEqualTo("--temperature");
        assertThat(NearestWord.to("-n", options)).isEqualTo("--n");
        assertThat(NearestWord.to("--top-k", options)).isEqualTo("--top_k");
        assertThat(NearestWord.to("--nonsense", options)).isNull();
        assertThat(NearestWord.to("--", options)).isNull();
        assertThat(NearestWord.to("", options)).isNull();
        assertThat(NearestWord.to("help", List.of())).isNull();
    }
}
