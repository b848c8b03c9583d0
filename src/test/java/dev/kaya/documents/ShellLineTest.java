package dev.kaya.documents;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ShellLineTest {

    @Test
    void splitsAsAShellDoes() {
        assertThat(ShellLine.of("curl -d '{\"a\": 1}'   b\\ c # not this").words())
                .containsExactly("curl", "-d", "{\"a\": 1}", "b c");
        assertThat(ShellLine.of("echo 'it'\"'\"'s' $'a\\nb' \"x\\\"y\\d\"").words())
                .containsExactly("echo", "it's", "a\nb", "x\"y\\d");
        assertThat(ShellLine.of("a \\\n    b ''").words()).containsExactly("a", "b", "");
    }

    @Test
    void asksForMoreUntilQuotesAreClosed() {
        assertThat(ShellLine.of("curl -d '{").complete()).isFalse();
        assertThat(ShellLine.of("curl -d '{\n}'").complete()).isTrue();
        assertThat(ShellLine.of("java \\").complete()).isFalse();
        assertThat(ShellLine.of("echo \"a").complete()).isFalse();
    }
}
