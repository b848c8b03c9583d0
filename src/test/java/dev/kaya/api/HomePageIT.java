package dev.kaya.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.http.HttpStatus.METHOD_NOT_ALLOWED;
import static org.springframework.http.HttpStatus.NOT_FOUND;

import dev.kaya.registry.HoldingObserver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.web.util.HtmlUtils;

/** The page at the root, as browsers and other clients meet it. */
class HomePageIT extends StoriesServer {

    private static final Pattern LINK = Pattern.compile("<a href=\"([^\"]*)\">");
    private static final Pattern COMMAND = Pattern.compile("(?s)<pre>(.*)</pre>");
    private static final String BROWSER =
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

    private static final String LINKS =
            """
            <li><a href="swagger-ui.html">Swagger UI: every field</a></li>
            <li><a href="v1/models">Models</a></li>
            <li><a href="actuator/health">Health</a></li>
            <li><a href="actuator/prometheus">Metrics for Prometheus</a></li>
            """;

    private static final String PROMPT = "&quot;prompt&quot;:&quot;Once upon a time&quot;,";

    private static String page(String model, String curl, String links) {
        return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Kaya</title>
        <link rel="icon" href="data:,">
        <style>
        :root { color-scheme: light dark; }
        body { font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; }
        pre { border: 1px solid; border-radius: .3rem; padding: 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
        </style>
        </head>
        <body>
        <h1>Kaya</h1>
        <p>%s</p>
        <pre>%s</pre>
        <ul>
        %s</ul>
        </body>
        </html>
        """
                .formatted(model, curl, links);
    }

    private static String curl(String base, String fields) {
        return """
        curl &#39;%s/v1/generate&#39; \\
          -H &#39;Content-Type: application/json&#39; \\
          -d &#39;{%s&quot;max_new_tokens&quot;:50}&#39;"""
                .formatted(base, fields);
    }

    private static String storiesAt(String base, String links) {
        return page(
                "The model is <b>stories</b>.",
                curl(base, "&quot;model&quot;:&quot;stories&quot;," + PROMPT),
                links);
    }

    private static Answer browse(Client client, String path, String... headers) {
        var request = client.to(path).header("Accept", BROWSER).GET();
        return client.send(headers.length == 0 ? request : request.headers(headers));
    }

    @Test
    void showsTheModelARequestAndWhereToGoOn() {
        Answer answer = browse(client(), "/");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(storiesAt(client().base(), LINKS));
        assertThat(answer.header("Content-Type")).isEqualTo("text/html;charset=UTF-8");
        assertThat(answer.header("Cache-Control")).isEqualTo("no-cache");
        assertThat(answer.header("Vary")).isEqualTo("Accept");
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("Content-Security-Policy"))
                .isEqualTo(
                        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri"
                                + " 'none'; form-action 'none'; frame-ancestors 'none'");
    }

    @Test
    void itsLinksLeadSomewhere() {
        List<String> links =
                LINK.matcher(browse(client(), "/").body()).results().map(l -> l.group(1)).toList();
        assertThat(links).hasSize(4);
        for (String link : links) {
            assertThat(client().get("/" + link).status()).as(link).isIn(200, 302);
        }
    }

    @Test
    void itsRequestIsAnswered() throws IOException, InterruptedException {
        assertRequestIsAnswered(client(), "stories");
    }

    /** A shell splits the command into the words that curl would get. */
    private static void assertRequestIsAnswered(Client client, String model)
            throws IOException, InterruptedException {
        var command = COMMAND.matcher(browse(client, "/").body());
        assertThat(command.find()).isTrue();
        Process shell =
                new ProcessBuilder(
                                "sh",
                                "-c",
                                "curl() { printf '%s\\n' \"$@\"; }\n"
                                        + HtmlUtils.htmlUnescape(command.group(1)))
                        .redirectErrorStream(true)
                        .start();
        shell.getOutputStream().close();
        String printed = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(shell.waitFor()).as(printed).isZero();
        List<String> words = printed.lines().toList();
        assertThat(words)
                .hasSize(5)
                .containsSequence("-H", "Content-Type: application/json", "-d")
                .startsWith(client.base() + "/v1/generate");
        assertThat(client.generated(words.getLast()).path("model").asString()).isEqualTo(model);
    }

    @Test
    void answersHead() {
        Answer whole = browse(client(), "/");
        Answer head = client().send(client().to("/").HEAD());

        assertThat(head.status()).isEqualTo(200);
        assertThat(head.body()).isEmpty();
        assertThat(head.header("Content-Type")).isEqualTo("text/html;charset=UTF-8");
        assertThat(head.header("Content-Length")).isEqualTo("" + whole.body().length());
        assertThat(head.header("ETag")).isEqualTo(whole.header("ETag")).isNotEmpty();
    }

    @Test
    void isNotSentAgainToWhoHasIt() {
        String tag = browse(client(), "/").header("ETag");
        Answer again = browse(client(), "/", "If-None-Match", tag);

        assertThat(again.status()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(browse(client(), "/", "If-None-Match", "\"0\"").status()).isEqualTo(200);
        URI otherName = URI.create(client().base().replace("localhost", "127.0.0.1") + "/");
        Answer other =
                client().send(HttpRequest.newBuilder(otherName).header("If-None-Match", tag));
        assertThat(other.status()).as("another name of the host, another page").isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*/*",
                "text/html",
                "text/*",
                "application/json;q=0.5, text/html",
                "application/json;q=0.9, */*",
                "text/html, application/json"
            })
    void answersWithThePage(String accept) {
        assertThat(client().send(client().to("/").header("Accept", accept)).body())
                .startsWith("<!DOCTYPE html>");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/json, text/plain, */*",
                "application/*",
                "application/json, text/html;q=0.9",
                "text/event-stream",
                "text/html;q=0",
                "image/png",
                "text",
                "a/b/c"
            })
    void otherClientsFindNothing(String accept) {
        client().send(client().to("/").header("Accept", accept))
                .isProblem(NOT_FOUND, "not_found", "there is nothing at /");
    }

    @Test
    void takesNoOtherMethod() {
        Answer answer = client().send(client().to("/").POST(BodyPublishers.ofString("{}")));
        answer.isProblem(
                METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "POST is not allowed here; allowed is GET");
    }

    @Test
    void standsBehindAPathPrefixWhenToldSo() {
        String[] forwarded = {
            "X-Forwarded-Prefix", "/ai",
            "X-Forwarded-Proto", "https",
            "X-Forwarded-Host", "kaya.example.org"
        };
        try (RunningServer server =
                RunningServer.start("server.forward-headers-strategy=framework")) {
            server.client().awaitIdle();
            assertThat(browse(server.client(), "/", forwarded).body())
                    .isEqualTo(
                            storiesAt(
                                    "https://kaya.example.org/ai",
                                    LINKS.replace("href=\"", "href=\"/ai/")));
            assertThat(browse(server.client(), "/").body())
                    .isEqualTo(storiesAt(server.client().base(), LINKS));
        }
    }

    @Test
    void leavesOutWhatIsNotServedHere() {
        try (RunningServer server =
                RunningServer.start(
                        "management.server.port=0", "springdoc.swagger-ui.enabled=false")) {
            Poll.until(
                    () -> server.client().get("/v1/models").status() == 200,
                    "the model was never served");
            assertThat(browse(server.client(), "/").body())
                    .isEqualTo(
                            storiesAt(
                                    server.client().base(),
                                    "<li><a href=\"v1/models\">Models</a></li>\n"));
        }
    }

    /** The vocabulary of this model has no capitals, so the request has no prompt. */
    @Test
    void aNameIsTextWhateverIsInIt(@TempDir Path folder) throws IOException, InterruptedException {
        String name = "it's <b>\"&{curl}$1\\";
        Path checkpoint = Files.createDirectory(folder.resolve(name));
        try (var files = Files.list(Path.of("checkpoints/names"))) {
            for (Path file : files.toList()) {
                Files.copy(file, checkpoint.resolve(file.getFileName()));
            }
        }
        try (RunningServer server = RunningServer.start("kaya.checkpoint=" + checkpoint)) {
            server.client().awaitIdle();
            assertThat(browse(server.client(), "/").body())
                    .isEqualTo(
                            page(
                                    "The model is"
                                            + " <b>it&#39;s &lt;b&gt;&quot;&amp;{curl}$1\\</b>.",
                                    curl(
                                            server.client().base(),
                                            "&quot;model&quot;:&quot;it&#39;\\&#39;&#39;s"
                                                    + " &lt;b&gt;\\&quot;&amp;{curl}$1\\\\&quot;,"),
                                    LINKS));
            assertRequestIsAnswered(server.client(), name);
        }
    }

    @Test
    void isThereBeforeTheModel() {
        try (var holding = new HoldingObserver();
                RunningServer server = RunningServer.startObservedBy(holding)) {
            assertThat(browse(server.client(), "/").body())
                    .isEqualTo(
                            page(
                                    "No model is ready yet.",
                                    curl(server.client().base(), PROMPT),
                                    LINKS));
            holding.letGo();
        }
    }
}
