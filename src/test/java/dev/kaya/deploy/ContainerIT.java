package dev.kaya.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The image's files, laid out in a folder, and its entry point run there as a process. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ContainerIT {

    private static final String REQUEST =
            """
            {"prompt": "Once upon a time", "max_new_tokens": 8, "seed": 7}""";

    // What a JRE image holds: the modules of the boot and platform loaders in the JDK's
    // make/conf/module-loader-map.conf. A JDK runs this test, so the rest is hidden from the
    // server.
    private static final String JRE_MODULES =
            "--limit-modules=java.se,java.smartcardio,jdk.accessibility,jdk.charsets,"
                    + "jdk.crypto.cryptoki,jdk.dynalink,jdk.httpserver,jdk.incubator.vector,"
                    + "jdk.jfr,jdk.localedata,jdk.management,jdk.management.agent,"
                    + "jdk.management.jfr,jdk.naming.dns,jdk.naming.rmi,jdk.net,"
                    + "jdk.nio.mapmode,jdk.sctp,jdk.security.auth,jdk.security.jgss,"
                    + "jdk.unsupported,jdk.xml.dom,jdk.zipfs";

    private StagedImage image;
    private Set<Path> shipped;
    private RunningKaya kaya;

    @BeforeAll
    void start(@TempDir Path folder) throws IOException, InterruptedException {
        image = StagedImage.stage(folder);
        shipped = image.files();
        kaya = RunningKaya.start(image, JRE_MODULES);
        kaya.awaitReady();
    }

    @AfterAll
    void end() {
        if (kaya != null) {
            kaya.close();
        }
    }

    @Test
    void servesTheCheckpointInTheImageOnTheModulesOfAJre()
            throws IOException, InterruptedException {
        HttpResponse<String> response = kaya.generate(REQUEST);

        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        JsonNode answer = JsonMapper.shared().readTree(response.body());
        assertThat(answer.get("model").asString()).isEqualTo("stories");
        assertThat(answer.at("/outputs/0/text").asString()).isNotEmpty();
        assertThat(answer.at("/outputs/0/token_ids").size()).isEqualTo(8);
    }

    @Test
    void healthCheckPassesWhenReady() throws IOException, InterruptedException {
        assertThat(kaya.healthCheck()).isZero();
    }

    @Test
    void printsEveryMetricOfDashboardAndRules() throws IOException, InterruptedException {
        assertThat(kaya.generate(REQUEST).statusCode()).isEqualTo(200);
        assertThat(kaya.generate("{\"temperature\": -1}").statusCode()).isEqualTo(400);
        kaya.collectGarbage();

        HttpResponse<String> scrape = kaya.get("/actuator/prometheus");

        assertThat(namesIn(scrape.body())).containsAll(ShippedFiles.scrapedNames());
    }

    @Test
    void writesNothingIntoItsImage() throws IOException, InterruptedException {
        assertThat(kaya.generate(REQUEST).statusCode()).isEqualTo(200);

        assertThat(image.files()).isEqualTo(shipped);
    }

    // Last, because it ends the server that the others ask; starting one more takes seconds.
    @Test
    @Order(Integer.MAX_VALUE)
    void endsCleanlyOnSigterm() throws IOException, InterruptedException {
        assertThat(kaya.generate(REQUEST).statusCode()).isEqualTo(200);
        String before = kaya.output();

        int exitCode = kaya.terminate();

        assertThat(exitCode).as("128 + SIGTERM, by the JVM's own hand").isEqualTo(143);
        assertThat(kaya.output().substring(before.length()))
                .doesNotContain("Exception", " ERROR ", " WARN ");
        assertThat(kaya.healthCheck()).as("health check when nobody listens").isEqualTo(1);
    }

    private static Set<String> namesIn(String scrape) {
        Set<String> names = new TreeSet<>();
        scrape.lines()
                .filter(line -> !line.startsWith("#"))
                .forEach(line -> names.add(line.split("[{ ]", 2)[0]));
        return names;
    }
}
