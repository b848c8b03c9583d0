package dev.kaya.engine.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.checkpoint.folder.CheckpointReader;
import dev.kaya.engine.checkpoint.json.JsonFile;
import dev.kaya.engine.tensor.matrix.DataType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that PyTorch 2.13 wrote, in both of its formats, against the values that it gives itself:
 * see {@code write.py} beside them.
 */
class PytorchReferenceTest {

    private static final Path FOLDER = Path.of("src/test/resources/torch");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "views.pt",
                "views-legacy.pt",
                "float8.pt",
                "float8-legacy.pt",
                "module.pt",
                "module-legacy.pt",
                "nested-module.pt",
                "lightning.pt",
                "lightning-legacy.pt",
                "configs.pt",
                "configs-legacy.pt",
                "pair.pt"
            })
    void readsTheTensorsThatPytorchReads(String name) throws IOException {
        Map<?, ?> expected =
                map(
                        JsonFile.read(FOLDER.resolve("expected.json"))
                                .get(name.replace("-legacy", "")));
        try (Checkpoint checkpoint = CheckpointReader.open(FOLDER.resolve(name))) {
            assertThat(checkpoint.format())
                    .isEqualTo(name.contains("legacy") ? "pytorch before 1.6" : "pytorch");
            assertThat(checkpoint.tensors().keySet()).isEqualTo(expected.keySet());
            for (TensorSource tensor : checkpoint.tensors().values()) {
                assertThat(described(tensor))
                        .as(tensor.name())
                        .isEqualTo(expectation(map(expected.get(tensor.name()))));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"module.pt", "module-legacy.pt", "nested-module.pt"})
    void findsTheSettingsOfAWholeModel(String name) throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(FOLDER.resolve(name))) {
            assertThat(checkpoint.metadata())
                    .containsEntry("n_head", 2L)
                    .containsEntry("config", Map.of("n_head", 2L, "block_size", 4L));
        }
    }

    @Test
    void breaksTheCircleOfAnObjectThatPointsToItself() throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(FOLDER.resolve("nested-module.pt"))) {
            Map<?, ?> trainer = map(checkpoint.metadata().get("trainer"));
            assertThat(trainer.get("steps")).isEqualTo(7L);
            assertThat(trainer.get("trainer")).isNull();
            assertThat(checkpoint.metadata()).containsEntry("epoch", 3L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lightning.pt", "lightning-legacy.pt"})
    void findsTheHyperParametersOfLightning(String name) throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(FOLDER.resolve(name))) {
            Map<?, ?> parameters = map(checkpoint.metadata().get("hyper_parameters"));
            assertThat(parameters.get("n_head")).isEqualTo(2L);
            assertThat(parameters.get("config")).isEqualTo(Map.of("n_head", 2L, "block_size", 4L));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"configs.pt", "configs-legacy.pt"})
    void readsConfigurationsOfEveryKindAsAttributes(String name) throws IOException {
        try (Checkpoint checkpoint = CheckpointReader.open(FOLDER.resolve(name))) {
            assertThat(checkpoint.metadata())
                    .containsEntry("args", Map.of("out", "out/run", "device", "cpu"))
                    .containsEntry("extra", Map.of("n_embd", 48L, "sizes", List.of(2L, 3L)))
                    .containsEntry(
                            "config",
                            Map.of("n_layer", 2L, "activation", "gelu", "kind", "torch.float32"))
                    .containsEntry("epoch", 9L);
            // The date is kept as the ten bytes of Python's pickle, 2024 being 0x07e8.
            assertThat(map(checkpoint.metadata().get("when")).get("__args__"))
                    .isEqualTo(List.of("\u0007\u00e8\u0002\u001d\0\0\0\0\0\0"));
        }
    }

    private static Map<?, ?> map(@Nullable Object value) {
        return (Map<?, ?>) Objects.requireNonNull(value);
    }

    /** What a test compares: the type, the shape, and the values as doubles. */
    private record Described(DataType type, List<?> shape, List<Double> values) {}

    private static Described described(TensorSource tensor) throws IOException {
        int count = (int) tensor.elementCount();
        ByteBuffer buffer = TestCheckpoints.bytes(tensor, 0, count);
        Double[] values = new Double[count];
        for (int i = 0; i < count; i++) {
            values[i] =
                    switch (tensor.type()) {
                        case F32 -> (double) buffer.getFloat();
                        case F16 -> (double) Float.float16ToFloat(buffer.getShort());
                        case BF16 -> (double) Float.intBitsToFloat(buffer.getShort() << 16);
                        case F64 -> buffer.getDouble();
                        case I64 -> (double) buffer.getLong();
                        case I16 -> (double) buffer.getShort();
                        case BOOL -> (double) buffer.get();
                        default -> throw new AssertionError(tensor.type());
                    };
        }
        return new Described(tensor.type(), tensor.shape(), List.of(values));
    }

    private static Described expectation(Map<?, ?> entry) {
        List<?> listed = (List<?>) Objects.requireNonNull(entry.get("values"));
        Double[] values = new Double[listed.size()];
        for (int i = 0; i < values.length; i++) {
            Object value = listed.get(i);
            values[i] =
                    value == null
                            ? Double.NaN
                            : Double.parseDouble(value.toString().replace("inf", "Infinity"));
        }
        DataType type =
                switch ((String) Objects.requireNonNull(entry.get("type"))) {
                    case "float32" -> DataType.F32;
                    case "float16" -> DataType.F16;
                    case "bfloat16", "float8_e4m3fn", "float8_e5m2" -> DataType.BF16;
                    case "float64" -> DataType.F64;
                    case "int64" -> DataType.I64;
                    case "int16" -> DataType.I16;
                    case "bool" -> DataType.BOOL;
                    default -> throw new AssertionError(entry);
                };
        List<?> shape = (List<?>) Objects.requireNonNull(entry.get("shape"));
        return new Described(type, shape, List.of(values));
    }
}
