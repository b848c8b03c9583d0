package dev.kaya.engine.checkpoint.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.PickleBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of objects in a pickle. */
class PickleObjectsTest {

    @TempDir Path folder;

    @Test
    void turnsAnUnknownObjectIntoItsAttributes() throws IOException {
        byte[] pickle =
                new PickleBytes()
                        .global("__main__", "Config")
                        .op(')', 0x81, '}')
                        .text("n_head")
                        .number(4)
                        .op('s', 'b')
                        .stop();
        assertThat(read(pickle)).isEqualTo(Map.of("n_head", 4L));
    }

    @Test
    void neverMakesAnInstanceOfAClassOfTheJvm() throws IOException {
        byte[] pickle = new PickleBytes().global("java.lang", "Thread").op(')', 0x81).stop();
        assertThat(read(pickle)).isEmpty();
    }

    /** How Python writes an enum: a call of its class, or in 3.11 a look-up of its name. */
    @Test
    void keepsTheValueOfAnEnum() throws IOException {
        byte[] pickle =
                new PickleBytes()
                        .op('}')
                        .text("activation")
                        .global("model", "Activation")
                        .text("gelu")
                        .op(0x85, 'R', 's')
                        .text("norm")
                        .global("__builtin__", "getattr")
                        .global("model", "Norm")
                        .text("RMS")
                        .op(0x86, 'R', 's')
                        .stop();
        assertThat(read(pickle)).isEqualTo(Map.of("activation", "gelu", "norm", "RMS"));
    }

    @Test
    void takesNoProcessForAnEnum() {
        byte[] pickle =
                new PickleBytes().global("subprocess", "Popen").text("true").op(0x85, 'R').stop();
        assertRefused(
                pickle,
                "subprocess.Popen, which is refused: only data is read, nothing in a file is run."
                        + " Save the plain state with torch.save(model.state_dict(), …)");
    }

    @Test
    void refusesToLookUpAnAttributeOfAnObject() {
        byte[] pickle =
                new PickleBytes()
                        .global("builtins", "getattr")
                        .text("x")
                        .text("format")
                        .op(0x86, 'R')
                        .stop();
        assertRefused(pickle, "builtins.getattr, which is refused for all but enums");
    }

    /** As OmegaConf 2 pickles {@code {n_layer: 2, sizes: [3]}}; every node points to its parent. */
    @Test
    void readsAConfigurationOfOmegaConfAsWhatItConfigures() throws IOException {
        PickleBytes pickle = new PickleBytes().op('}').text("cfg");
        node(pickle, "dictconfig.DictConfig", "_content").op('q', 0, '}').text("n_layer");
        node(pickle, "nodes.AnyNode", "_val").number(2).op('s').text("_parent");
        pickle.op('h', 0, 's', 'b', 's').text("sizes");
        node(pickle, "listconfig.ListConfig", "_content").op(']');
        node(pickle, "nodes.IntegerNode", "_val").number(3).op('s', 'b', 'a', 's', 'b', 's');
        byte[] bytes = pickle.op('s', 'b', 's').stop();
        assertThat(read(bytes))
                .isEqualTo(Map.of("cfg", Map.of("n_layer", 2L, "sizes", List.of(3L))));
    }

    /** An object of OmegaConf, with its state open at the key of its content. */
    private static PickleBytes node(PickleBytes pickle, String name, String content) {
        int dot = name.indexOf('.');
        return pickle.global("omegaconf." + name.substring(0, dot), name.substring(dot + 1))
                .op(')', 0x81, '}')
                .text(content);
    }

    private Map<String, @Nullable Object> read(byte[] pickle) throws IOException {
        return PickleFile.read(Files.write(folder.resolve("file"), pickle));
    }

    private void assertRefused(byte[] pickle, String reason) {
        assertThatThrownBy(() -> read(pickle))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(
                        folder.resolve("file")
                                + ": at byte "
                                + (pickle.length - 1)
                                + ": the pickle calls "
                                + reason);
    }
}
