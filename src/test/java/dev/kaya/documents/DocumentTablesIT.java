package dev.kaya.documents;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tables of fields and metrics have what a running server has. */
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class DocumentTablesIT {

    @LocalServerPort private int port;

    private String get(String path) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    private JsonNode fields() throws IOException, InterruptedException {
        JsonNode document = JsonMapper.shared().readTree(get("/v3/api-docs"));
        String name =
                document.at(
                                "/paths/~1v1~1generate/post/requestBody/content/application~1json"
                                        + "/schema/$ref")
                        .asString();
        return document.at(name.substring(1) + "/properties");
    }

    @Test
    void everyFieldOfARequestStandsInTheReadmeAndInTheApi()
            throws IOException, InterruptedException {
        List<String> fields = List.copyOf(fields().propertyNames());

        assertThat(
                        Document.codes(
                                Document.docs("api")
                                        .table("field", "type", "default", "range", "meaning"),
                                0))
                .containsExactlyElementsOf(fields);
        assertThat(
                        Document.codes(
                                Document.read(Path.of("README.md")).table("purpose", "fields"), 1))
                .containsExactlyInAnyOrderElementsOf(fields);
    }

    @Test
    void defaultsAndRangesAreThoseOfTheOpenApiDocument() throws IOException, InterruptedException {
        JsonNode fields = fields();
        for (List<String> row :
                Document.docs("api").table("field", "type", "default", "range", "meaning")) {
            JsonNode field = fields.get(row.getFirst().replace("`", ""));
            assertThat(row.get(2)).as(row.getFirst()).isEqualTo(defaultOf(field));
            assertThat(row.get(3)).as(row.getFirst()).isEqualTo(range(field));
        }
    }

    private static String defaultOf(JsonNode field) {
        JsonNode value = field.path("default");
        return value.isNull() || value.isMissingNode() ? "" : value.asString();
    }

    private static String range(JsonNode field) {
        if (field.has("enum")) {
            return "`"
                    + String.join(
                            "`, `",
                            field.get("enum").valueStream().map(JsonNode::asString).toList())
                    + "`";
        }
        if (field.has("exclusiveMinimum")) {
            return "above "
                    + number(field, "exclusiveMinimum")
                    + ", to "
                    + number(field, "maximum");
        }
        if (!field.has("minimum")) {
            return "";
        }
        String least = number(field, "minimum");
        return field.has("maximum") ? least + " to " + number(field, "maximum") : "from " + least;
    }

    private static String number(JsonNode field, String bound) {
        return field.get(bound).decimalValue().stripTrailingZeros().toPlainString();
    }

    @Test
    void everyMetricIsListedAndNothingElse() throws IOException, InterruptedException {
        Set<String> served = new TreeSet<>();
        get("/actuator/prometheus")
                .lines()
                .filter(line -> line.matches("(kaya|gen_ai)_.*"))
                .map(line -> line.split("[{ ]", 2)[0])
                .forEach(name -> served.add(name.replaceFirst("_(bucket|count|sum|max)$", "")));

        List<String> listed =
                Document.codes(
                        Document.docs("operations").table("metric", "meaning", "what to do"), 0);
        assertThat(listed).containsExactlyInAnyOrderElementsOf(served);
        for (Document document : Document.all()) {
            assertThat(document.inlineCode())
                    .as(document.path().toString())
                    .filteredOn(code -> code.matches("(kaya|gen_ai)_[a-z_]+"))
                    .isSubsetOf(served);
        }
    }
}
