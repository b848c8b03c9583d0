package dev.kaya.engine.tensor.kernel;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lists are those of a Xeon and an EPYC, cut. */
class VectorPrefetchTest {

    @TempDir Path folder;

    @Test
    void onlyIntelsProcessorsAreAskedByThemselves() throws IOException {
        assertThat(isIntel("processor\t: 0\nvendor_id\t: GenuineIntel\ncpu family\t: 6\n"))
                .isTrue();
        assertThat(isIntel("processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 26\n"))
                .isFalse();
        assertThat(isIntel("processor\t: 0\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\n")).isFalse();
        assertThat(isIntel("")).isFalse();
    }

    @Test
    void namesThatContainAnothersAndBytesOfNoTextDoNotCount() throws IOException {
        assertThat(isIntel("model name\t: vendor_id\t: GenuineIntel\n")).isFalse();
        assertThat(isIntel("vendor_id\t: NotGenuineIntel\nmodel name\t: \u00ff\u00fe\n")).isFalse();
    }

    @Test
    void whereNoListIsNobodyIsAsked() {
        assertThat(VectorPrefetch.isIntel(folder.resolve("missing"))).isFalse();
    }

    /** The build runs this class once without the property, once with true and once with false. */
    @Test
    void theSystemPropertyDecidesWherePossible() {
        String property = System.getProperty("kaya.asks-ahead");
        boolean possible = FloatVector.SPECIES_PREFERRED.vectorBitSize() == 512;
        boolean intel = VectorPrefetch.isIntel(Path.of("/proc/cpuinfo"));

        assertThat(VectorPrefetch.USED).isEqualTo(possible && !"false".equals(property));
        assertThat(VectorPrefetch.USED_AMONG_STORES)
                .isEqualTo(possible && (property == null ? intel : property.equals("true")));
    }

    private boolean isIntel(String list) throws IOException {
        Path file = folder.resolve("cpuinfo");
        return VectorPrefetch.isIntel(Files.writeString(file, list, ISO_8859_1));
    }
}
