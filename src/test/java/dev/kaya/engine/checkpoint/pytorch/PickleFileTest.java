package dev.kaya.engine.checkpoint.pytorch;

import static dev.kaya.engine.checkpoint.TestCheckpoints.fixture;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.kaya.engine.checkpoint.MalformedCheckpointException;
import dev.kaya.engine.checkpoint.PickleBytes;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The encoded pickles were written by Python 3's pickle.dumps and NumPy 2. */
class PickleFileTest {

    /**
     * {@code {'text': 'café ✓', 'int': -7, 'big': 2**70, 'float': 0.25, 'none': None, 'flag': True,
     * 'list': [1, 70000, -2**40], 'tuple': (1, 'x'), 3: 'three', 'bytes': b'\x00\xff', 'nested':
     * {1: {2: 3}}}}, by protocols 0, 1, 2 and 4.
     */
    private static final List<String> PLAIN =
            List.of(
                    "KGRwMApWdGV4dApwMQpWY2Fm6SBcdTI3MTMKcDIKc1ZpbnQKcDMKSS03CnNWYmlnCnA0CkwxMTgw"
                            + "NTkxNjIwNzE3NDExMzAzNDI0TApzVmZsb2F0CnA1CkYwLjI1CnNWbm9uZQpwNgpOc1ZmbGFnCnA3"
                            + "CkkwMQpzVmxpc3QKcDgKKGxwOQpJMQphSTcwMDAwCmFMLTEwOTk1MTE2Mjc3NzZMCmFzVnR1cGxl"
                            + "CnAxMAooSTEKVngKcDExCnRwMTIKc0kzClZ0aHJlZQpwMTMKc1ZieXRlcwpwMTQKY19jb2RlY3MK"
                            + "ZW5jb2RlCnAxNQooVlx1MDAwMP8KcDE2ClZsYXRpbjEKcDE3CnRwMTgKUnAxOQpzVm5lc3RlZApw"
                            + "MjAKKGRwMjEKSTEKKGRwMjIKSTIKSTMKc3NzLg==",
                    "fXEAKFgEAAAAdGV4dHEBWAkAAABjYWbDqSDinJNxAlgDAAAAaW50cQNK+f///1gDAAAAYmlncQRM"
                            + "MTE4MDU5MTYyMDcxNzQxMTMwMzQyNEwKWAUAAABmbG9hdHEFRz/QAAAAAAAAWAQAAABub25lcQZO"
                            + "WAQAAABmbGFncQdJMDEKWAQAAABsaXN0cQhdcQkoSwFKcBEBAEwtMTA5OTUxMTYyNzc3NkwKZVgF"
                            + "AAAAdHVwbGVxCihLAVgBAAAAeHELdHEMSwNYBQAAAHRocmVlcQ1YBQAAAGJ5dGVzcQ5jX2NvZGVj"
                            + "cwplbmNvZGUKcQ8oWAMAAAAAw79xEFgGAAAAbGF0aW4xcRF0cRJScRNYBgAAAG5lc3RlZHEUfXEV"
                            + "SwF9cRZLAksDc3N1Lg==",
                    "gAJ9cQAoWAQAAAB0ZXh0cQFYCQAAAGNhZsOpIOKck3ECWAMAAABpbnRxA0r5////WAMAAABiaWdx"
                            + "BIoJAAAAAAAAAABAWAUAAABmbG9hdHEFRz/QAAAAAAAAWAQAAABub25lcQZOWAQAAABmbGFncQeI"
                            + "WAQAAABsaXN0cQhdcQkoSwFKcBEBAIoGAAAAAAD/ZVgFAAAAdHVwbGVxCksBWAEAAAB4cQuGcQxL"
                            + "A1gFAAAAdGhyZWVxDVgFAAAAYnl0ZXNxDmNfY29kZWNzCmVuY29kZQpxD1gDAAAAAMO/cRBYBgAA"
                            + "AGxhdGluMXERhnESUnETWAYAAABuZXN0ZWRxFH1xFUsBfXEWSwJLA3NzdS4=",
                    "gASVqwAAAAAAAAB9lCiMBHRleHSUjAljYWbDqSDinJOUjANpbnSUSvn///+MA2JpZ5SKCQAAAAAA"
                            + "AAAAQIwFZmxvYXSURz/QAAAAAAAAjARub25llE6MBGZsYWeUiIwEbGlzdJRdlChLAUpwEQEAigYA"
                            + "AAAAAP9ljAV0dXBsZZRLAYwBeJSGlEsDjAV0aHJlZZSMBWJ5dGVzlEMCAP+UjAZuZXN0ZWSUfZRL"
                            + "AX2USwJLA3NzdS4=");

    /**
     * {@code {'args': Namespace(lr=0.5, name='x'), 'd': defaultdict(int, {'a': 1}), 'o':
     * OrderedDict(b=2), 's': {5}, 'f': frozenset([6]), 'np': np.float32(1.5), 'npi': np.int64(-3),
     * 'npb': np.bool_(True), 'path': PurePosixPath('out/run'), 'merges': {('a', 'b'): 0, (97, 98):
     * 256}, 'cls': int, 'arr': np.arange(3)}}, by protocols 2 and 4.
     */
    private static final List<String> OBJECTS =
            List.of(
                    "gAJ9cQAoWAQAAABhcmdzcQFjYXJncGFyc2UKTmFtZXNwYWNlCnECKYFxA31xBChYAgAAAGxycQVH"
                            + "P+AAAAAAAABYBAAAAG5hbWVxBlgBAAAAeHEHdWJYAQAAAGRxCGNjb2xsZWN0aW9ucwpkZWZhdWx0"
                            + "ZGljdApxCWNfX2J1aWx0aW5fXwpsb25nCnEKhXELUnEMWAEAAABhcQ1LAXNYAQAAAG9xDmNjb2xs"
                            + "ZWN0aW9ucwpPcmRlcmVkRGljdApxDylScRBYAQAAAGJxEUsCc1gBAAAAc3ESY19fYnVpbHRpbl9f"
                            + "CnNldApxE11xFEsFYYVxFVJxFlgBAAAAZnEXY19fYnVpbHRpbl9fCmZyb3plbnNldApxGF1xGUsG"
                            + "YYVxGlJxG1gCAAAAbnBxHGNudW1weS5fY29yZS5tdWx0aWFycmF5CnNjYWxhcgpxHWNudW1weQpk"
                            + "dHlwZQpxHlgCAAAAZjRxH4mIh3EgUnEhKEsDWAEAAAA8cSJOTk5K/////0r/////SwB0cSNiY19j"
                            + "b2RlY3MKZW5jb2RlCnEkWAUAAAAAAMOAP3ElWAYAAABsYXRpbjFxJoZxJ1JxKIZxKVJxKlgDAAAA"
                            + "bnBpcStoHWgeWAIAAABpOHEsiYiHcS1ScS4oSwNoIk5OTkr/////Sv////9LAHRxL2JoJFgQAAAA"
                            + "w73Dv8O/w7/Dv8O/w7/Dv3EwaCaGcTFScTKGcTNScTRYAwAAAG5wYnE1aB1oHlgCAAAAYjFxNomI"
                            + "h3E3UnE4KEsDWAEAAAB8cTlOTk5K/////0r/////SwB0cTpiaCRYAQAAAAFxO2gmhnE8UnE9hnE+"
                            + "UnE/WAQAAABwYXRocUBjcGF0aGxpYgpQdXJlUG9zaXhQYXRoCnFBWAMAAABvdXRxQlgDAAAAcnVu"
                            + "cUOGcURScUVYBgAAAG1lcmdlc3FGfXFHKGgNaBGGcUhLAEthS2KGcUlNAAF1WAMAAABjbHNxSmgK"
                            + "WAMAAABhcnJxS2NudW1weS5fY29yZS5tdWx0aWFycmF5Cl9yZWNvbnN0cnVjdApxTGNudW1weQpu"
                            + "ZGFycmF5CnFNSwCFcU5oJFgBAAAAYnFPaCaGcVBScVGHcVJScVMoSwFLA4VxVGguiWgkWBgAAAAA"
                            + "AAAAAAAAAAEAAAAAAAAAAgAAAAAAAABxVWgmhnFWUnFXdHFYYnUu",
                    "gASVSAIAAAAAAAB9lCiMBGFyZ3OUjAhhcmdwYXJzZZSMCU5hbWVzcGFjZZSTlCmBlH2UKIwCbHKU"
                            + "Rz/gAAAAAAAAjARuYW1llIwBeJR1YowBZJSMC2NvbGxlY3Rpb25zlIwLZGVmYXVsdGRpY3SUk5SM"
                            + "CGJ1aWx0aW5zlIwDaW50lJOUhZRSlIwBYZRLAXOMAW+UaAuMC09yZGVyZWREaWN0lJOUKVKUjAFi"
                            + "lEsCc4wBc5SPlChLBZCMAWaUKEsGkZSMAm5wlIwWbnVtcHkuX2NvcmUubXVsdGlhcnJheZSMBnNj"
                            + "YWxhcpSTlIwFbnVtcHmUjAVkdHlwZZSTlIwCZjSUiYiHlFKUKEsDjAE8lE5OTkr/////Sv////9L"
                            + "AHSUYkMEAADAP5SGlFKUjANucGmUaCBoI4wCaTiUiYiHlFKUKEsDaCdOTk5K/////0r/////SwB0"
                            + "lGJDCP3/////////lIaUUpSMA25wYpRoIGgjjAJiMZSJiIeUUpQoSwOMAXyUTk5OSv////9K////"
                            + "/0sAdJRiQwEBlIaUUpSMBHBhdGiUjAdwYXRobGlilIwNUHVyZVBvc2l4UGF0aJSTlIwDb3V0lIwD"
                            + "cnVulIaUUpSMBm1lcmdlc5R9lChoE2gYhpRLAEthS2KGlE0AAXWMA2Nsc5RoEIwDYXJylGgejAxf"
                            + "cmVjb25zdHJ1Y3SUk5RoIYwHbmRhcnJheZSTlEsAhZRDAWKUh5RSlChLAUsDhZRoL4lDGAAAAAAA"
                            + "AAAAAQAAAAAAAAACAAAAAAAAAJR0lGJ1Lg==");

    @TempDir Path folder;

    @Test
    void readsTheVocabularyOfNanoGpt() throws IOException {
        Map<String, @Nullable Object> meta = PickleFile.read(fixture("nanogpt-char/meta.pkl"));
        assertThat(meta.keySet()).containsExactly("vocab_size", "itos", "stoi");
        assertThat(meta).containsEntry("vocab_size", 65L);
        Map<?, ?> itos = (Map<?, ?>) Objects.requireNonNull(meta.get("itos"));
        Map<?, ?> stoi = (Map<?, ?>) Objects.requireNonNull(meta.get("stoi"));
        assertThat(itos).hasSize(65);
        assertThat(itos.keySet().iterator().next()).isEqualTo("0");
        assertThat(itos.get("0")).isEqualTo("\n");
        assertThat(itos.get("64")).isEqualTo("z");
        assertThat(stoi.get("z")).isEqualTo(64L);
    }

    @Test
    void readsPlainValuesOfEveryProtocol() throws IOException {
        for (String encoded : PLAIN) {
            Map<String, @Nullable Object> tree = read(Base64.getDecoder().decode(encoded));
            assertThat(tree.keySet())
                    .containsExactly(
                            "text", "int", "big", "float", "none", "flag", "list", "tuple", "3",
                            "bytes", "nested");
            assertThat(tree)
                    .containsEntry("text", "caf\u00e9 \u2713")
                    .containsEntry("int", -7L)
                    .containsEntry("big", "1180591620717411303424")
                    .containsEntry("float", 0.25)
                    .containsEntry("none", null)
                    .containsEntry("flag", true)
                    .containsEntry("list", List.of(1L, 70000L, -(1L << 40)))
                    .containsEntry("tuple", List.of(1L, "x"))
                    .containsEntry("3", "three")
                    .containsEntry("bytes", "\u0000\u00ff")
                    .containsEntry("nested", Map.of("1", Map.of("2", 3L)));
        }
    }

    @Test
    void readsCollectionsNamespacesAndNumpyScalars() throws IOException {
        for (String encoded : OBJECTS) {
            Map<String, @Nullable Object> tree = read(Base64.getDecoder().decode(encoded));
            assertThat(tree)
                    .containsEntry("args", Map.of("lr", 0.5, "name", "x"))
                    .containsEntry("d", Map.of("a", 1L))
                    .containsEntry("o", Map.of("b", 2L))
                    .containsEntry("s", List.of(5L))
                    .containsEntry("f", List.of(6L))
                    .containsEntry("np", 1.5)
                    .containsEntry("npi", -3L)
                    .containsEntry("npb", true)
                    .containsEntry("path", "out/run")
                    .containsEntry("merges", Map.of("(a, b)", 0L, "(97, 98)", 256L))
                    .doesNotContainKey("arr");
            assertThat(tree.get("cls")).isIn("builtins.int", "__builtin__.int", "__builtin__.long");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"os", "posix", "nt", "subprocess"})
    void refusesToCallTheSystemAndRunsNothing(String module) {
        Path marker = folder.resolve("marker").toAbsolutePath();
        byte[] pickle =
                new PickleBytes()
                        .global(module, "system")
                        .text("touch " + marker)
                        .op(0x85, 'R')
                        .stop();
        assertRefused(pickle, refusal(pickle.length - 1, module + ".system"));
        assertThat(marker).doesNotExist();
    }

    @Test
    void refusesACallByTheOldObjectOpcodes() {
        Path marker = folder.resolve("marker").toAbsolutePath();
        byte[] inst = ("(S'touch " + marker + "'\nios\nsystem\n.").getBytes(StandardCharsets.UTF_8);
        assertRefused(inst, refusal(inst.length - 1, "os.system"));
        byte[] obj = new PickleBytes().op('(').global("os", "system").text("x").op('o').stop();
        assertRefused(obj, refusal(obj.length - 1, "os.system"));
        assertThat(marker).doesNotExist();
    }

    @Test
    void refusesACallHiddenInATensorSubclass() {
        byte[] pickle =
                new PickleBytes()
                        .global("torch._tensor", "_rebuild_from_type_v2")
                        .op('(')
                        .global("os", "system")
                        .global("torch", "Tensor")
                        .op('(')
                        .text("x")
                        .op('t', 'N', 't', 'R')
                        .stop();
        assertRefused(
                pickle,
                "at byte "
                        + (pickle.length - 1)
                        + ": the pickle calls os.system, which is refused");
    }

    @Test
    void refusesEval() {
        byte[] pickle = new PickleBytes().global("builtins", "eval").text("1").op(0x85, 'R').stop();
        assertRefused(pickle, refusal(pickle.length - 1, "builtins.eval"));
    }

    @Test
    void refusesExtensionRegistryOpcodes() {
        assertRefused(
                new PickleBytes().op(0x82, 1).stop(),
                "at byte 3: the pickle opcode 0x82 is unknown or not allowed");
    }

    @Test
    void refusesATruncatedPickle() {
        byte[] pickle = new PickleBytes().op('}').text("vocab").number(4).op('s').stop();
        assertRefused(
                Arrays.copyOf(pickle, 10),
                "at byte 8: 5 bytes expected, but only 2 are left; the file is cut off or damaged");
    }

    @Test
    void refusesAStringLongerThanTheFile() {
        byte[] pickle = new PickleBytes().op('X', 0xff, 0xff, 0x00, 0x00).stop();
        assertRefused(
                pickle,
                "at byte 7: 65535 bytes expected, but only 1 are left; the file is cut off or"
                        + " damaged");
    }

    @Test
    void refusesAStringOverTheBound() {
        byte[] pickle = new PickleBytes().op('X', 0xff, 0xff, 0xff, 0x7f).stop();
        assertRefused(
                pickle, "at byte 7: a string claims 2147483647 bytes; at most 16777216 are read");
    }

    @Test
    void refusesAFrameLongerThanTheFile() {
        byte[] pickle = new PickleBytes().op(0x95, 9, 0, 0, 0, 0, 0, 0, 0).stop();
        assertRefused(pickle, "at byte 11: a pickle frame claims 9 bytes, but only 1 are left");
    }

    @Test
    void refusesAnUnknownProtocol() {
        assertRefused(
                new PickleBytes().op(0x80, 6).stop(),
                "at byte 4: pickle protocol 6 is unknown; the newest is 5");
    }

    @Test
    void refusesToTakeMoreFromTheStackThanIsThere() {
        assertRefused(
                new PickleBytes().op('a').stop(),
                "at byte 3: the pickle takes more from its stack than it put there");
        assertRefused(
                new PickleBytes().op('t').stop(), "at byte 3: the pickle's stack has no mark");
    }

    @Test
    void refusesAStackOverTheBound() {
        int[] values = new int[(1 << 20) + 1];
        Arrays.fill(values, 'N');
        assertRefused(
                new PickleBytes().op(values).stop(),
                "at byte 1048579: the pickle's stack is deeper than 1048576");
        Arrays.fill(values, '(');
        assertRefused(
                new PickleBytes().op(values).stop(),
                "at byte 1048579: the pickle's stack is deeper than 1048576");
    }

    @Test
    void refusesTooManyOperations() {
        PickleBytes pickle = new PickleBytes();
        for (int i = 0; i < 2_000_000; i++) {
            pickle.op('N', '0');
        }
        assertRefused(
                pickle.stop(), "at byte 4000001: the pickle has more than 4000000 operations");
    }

    @Test
    void refusesAFileOverTheBound() throws IOException {
        Path file = folder.resolve("large");
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
            sparse.setLength(PickleFile.MAX_BYTES + 1);
        }
        assertThatThrownBy(() -> PickleFile.read(file))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(file + ": the pickle has 67108865 bytes; at most 67108864 are read");
    }

    @Test
    void refusesAnUnknownMemo() {
        assertRefused(
                new PickleBytes().op('h', 7).stop(),
                "at byte 4: the pickle recalls memo 7, which was never set");
    }

    @Test
    void refusesAMemoFarFromTheOthers() {
        assertRefused(
                new PickleBytes().op('N', 'r', 3, 1, 0, 0).stop(),
                "at byte 8: the pickle sets memo 259, far from the others");
    }

    @Test
    void refusesTheSameKeyTwice() {
        byte[] pickle =
                new PickleBytes()
                        .op('}', '(')
                        .number(1)
                        .number(2)
                        .text("1")
                        .number(3)
                        .op('u')
                        .stop();
        assertRefused(
                pickle,
                "at byte " + (pickle.length - 1) + ": the key \"1\" occurs twice in one dict");
    }

    @Test
    void refusesAListThatContainsItself() {
        assertRefused(
                new PickleBytes().op('}').text("x").op(']', 'q', 0, 'h', 0, 'a', 's').stop(),
                "the pickle's values are nested deeper than 64 levels");
    }

    @Test
    void refusesValuesThatMultiplyWhenWrittenOut() {
        PickleBytes nested = new PickleBytes().op(']', 'q', 0, '0');
        for (int level = 1; level < 40; level++) {
            nested.op(']', 'q', level, '(', 'h', level - 1, 'h', level - 1, 'e', '0');
        }
        assertRefused(
                nested.op('}').text("x").op('h', 39, 's').stop(),
                "the pickle's values written out have more than 2000000 parts");
    }

    @Test
    void refusesAKeyThatIsAList() {
        assertRefused(
                new PickleBytes().op('}', ']').number(1).op('s').stop(),
                "at byte 10: a dict key is neither a string nor a number that fits");
    }

    @Test
    void refusesAPickleThatIsNoDict() {
        assertRefused(new PickleBytes().number(3).stop(), "the pickle is not a dict");
    }

    @Test
    void refusesAMissingFile() {
        Path file = folder.resolve("none");
        assertThatThrownBy(() -> PickleFile.read(file))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(file + ": there is no such file");
    }

    private static String refusal(int offset, String callee) {
        return "at byte "
                + offset
                + ": the pickle calls "
                + callee
                + ", which is refused: only data is read, nothing in a file is run. Save the plain"
                + " state with torch.save(model.state_dict(), …)";
    }

    private Map<String, @Nullable Object> read(byte[] pickle) throws IOException {
        return PickleFile.read(Files.write(folder.resolve("file"), pickle));
    }

    private void assertRefused(byte[] pickle, String reason) {
        assertThatThrownBy(() -> read(pickle))
                .isInstanceOf(MalformedCheckpointException.class)
                .hasMessage(folder.resolve("file") + ": " + reason);
    }
}
