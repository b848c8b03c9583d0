package dev.kaya.api.v1;

import dev.kaya.api.problem.Problem;
import dev.kaya.api.web.AccessLog;
import dev.kaya.api.web.AnswerKind;
import dev.kaya.api.web.BodySizeFilter;
import dev.kaya.api.web.ClientConnection;
import dev.kaya.api.web.ClientWatch;
import dev.kaya.api.web.EventStream;
import dev.kaya.api.web.RequestDoor;
import dev.kaya.api.web.RequestSpan;
import dev.kaya.api.web.StreamSettings;
import dev.kaya.scheduler.GenerationEvent;
import dev.kaya.scheduler.GenerationEvent.Finished;
import dev.kaya.scheduler.GenerationEvent.Found;
import dev.kaya.scheduler.GenerationEvent.PromptScored;
import dev.kaya.scheduler.GenerationEvent.SampleFinished;
import dev.kaya.scheduler.GenerationEvent.Token;
import dev.kaya.service.GenerationService;
import dev.kaya.service.answer.Generation;
import dev.kaya.service.answer.GenerationResult;
import dev.kaya.service.fault.GenerationException;
import dev.kaya.service.request.Caller;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.web.HttpMediaTypeNotAcceptableException;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/**
 * Text generation over HTTP. A request runs on a virtual thread of its own, which drains the stream
 * of its generation: an event stream writes each event, JSON folds the same events.
 */
@RestController
@Tag(name = "Generation", description = "Continue a text.")
public class GenerationController {

    /** Where requests go. */
    public static final String PATH = "/v1/generate";

    private static final Logger LOG = LoggerFactory.getLogger(GenerationController.class);

    private final GenerationService service;
    private final RequestDoor door;
    private final JsonMapper json;
    private final Duration keepAlive;
    private final Duration patience;

    GenerationController(
            GenerationService service,
            RequestDoor door,
            JsonMapper json,
            StreamSettings streamSettings) {
        this.service = service;
        this.door = door;
        this.json = json;
        keepAlive = streamSettings.keepAlive();
        patience = keepAlive.compareTo(ClientWatch.INTERVAL) < 0 ? keepAlive : ClientWatch.INTERVAL;
    }

    @Operation(
            summary = "Generate text",
            description =
                    "Continues a prompt. With \"stream\": true, or an Accept header of"
                            + " text/event-stream, each token is sent as a server-sent event"
                            + " (event: token), then the answer without its text (event: done);"
                            + " a fault after the start is an event: error.")
    @ApiResponse(
            responseCode = "200",
            description = "The answer, or a stream of TokenEvent.",
            content = {
                @Content(
                        mediaType = MediaType.APPLICATION_JSON_VALUE,
                        schema = @Schema(implementation = GenerateResponse.class)),
                @Content(
                        mediaType = MediaType.TEXT_EVENT_STREAM_VALUE,
                        schema = @Schema(implementation = TokenEvent.class))
            })
    @ApiResponse(
            responseCode = "400",
            description = "The request breaks a rule; the problem names the field.",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_PROBLEM_JSON_VALUE,
                            schema = @Schema(implementation = Problem.class)))
    @ApiResponse(
            responseCode = "404",
            description = "Another model was asked for than the one served.",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_PROBLEM_JSON_VALUE,
                            schema = @Schema(implementation = Problem.class)))
    @ApiResponse(
            responseCode = "408",
            description = "The body did not arrive in time.",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_PROBLEM_JSON_VALUE,
                            schema = @Schema(implementation = Problem.class)))
    @ApiResponse(
            responseCode = "413",
            description = "The body is too large, or has too many values.",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_PROBLEM_JSON_VALUE,
                            schema = @Schema(implementation = Problem.class)))
    @ApiResponse(
            responseCode = "429",
            description =
                    "Too many requests wait or are being worked on; Retry-After says when to try again.",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_PROBLEM_JSON_VALUE,
                            schema = @Schema(implementation = Problem.class)))
    @ApiResponse(
            responseCode = "503",
            description = "The model is being loaded, or the server shuts down.",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_PROBLEM_JSON_VALUE,
                            schema = @Schema(implementation = Problem.class)))
    @RequestBody(
            required = true,
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_JSON_VALUE,
                            schema = @Schema(implementation = GenerateRequest.class)))
    @PostMapping(path = PATH, consumes = MediaType.APPLICATION_JSON_VALUE)
    void generate(
            @Parameter(hidden = true) @RequestHeader(name = "Accept", required = false)
                    @Nullable String accept,
            @Parameter(hidden = true) @RequestAttribute(BodySizeFilter.ARRIVAL) long arrivalNanos,
            @Parameter(hidden = true) @RequestAttribute(ClientConnection.ATTRIBUTE)
                    ClientConnection client,
            HttpServletRequest servletRequest,
            HttpServletResponse response)
            throws IOException, InterruptedException, HttpMediaTypeNotAcceptableException {
        Accepted accepted = accept(servletRequest, accept, arrivalNanos, new ClientWatch(client));
        try (Generation generation = accepted.generation()) {
            servletRequest.setAttribute(AccessLog.GENERATION, generation);
            try {
                switch (accepted.kind()) {
                    case JSON -> answer(generation, client, response);
                    case EVENT_STREAM -> stream(generation, client, response);
                }
            } finally {
                RequestSpan.describe(servletRequest, generation);
            }
        }
    }

    private record Accepted(Generation generation, AnswerKind kind) {}

    /** Nothing of the body outlives this but what its generation needs. */
    private Accepted accept(
            HttpServletRequest servletRequest,
            @Nullable String accept,
            long arrivalNanos,
            ClientWatch watch)
            throws InterruptedException, HttpMediaTypeNotAcceptableException {
        try (RequestDoor.Entered entered = door.enter(servletRequest)) {
            GenerateRequest request = entered.read(GenerateRequest.class);
            AnswerKind kind = AnswerKind.of(request.stream(), accept);
            boolean streams = kind == AnswerKind.EVENT_STREAM;
            var caller = new Caller(arrivalNanos, watch::isGone, entered::endWork);
            return new Accepted(service.submit(request.toSpec(), streams, caller), kind);
        }
    }

    private void answer(
            Generation generation, ClientConnection client, HttpServletResponse response)
            throws IOException, InterruptedException {
        var watch = new ClientWatch(client);
        GenerationResult result = generation.await(ClientWatch.INTERVAL, watch::isGone);
        if (result == null) {
            LOG.debug("{}: the client left", generation.id());
            client.abandon();
            return;
        }
        GenerateResponse whole = GenerateResponse.whole(generation, result);
        response.setContentType(MediaType.APPLICATION_JSON_VALUE);
        json.writeValue(response.getOutputStream(), whole);
    }

    private void stream(
            Generation generation, ClientConnection client, HttpServletResponse response)
            throws InterruptedException {
        try {
            var events = new EventStream(response, json, keepAlive);
            var watch = new ClientWatch(client, events::comment);
            boolean open = true;
            while (open && !watch.isGone()) {
                open = forward(generation, generation.next(patience), events);
            }
        } catch (IOException e) {
            // The client went away; closing the generation stops its sequence.
            LOG.debug("{}: the client left: {}", generation.id(), e.getMessage());
        }
    }

    /** Sends one event on; tells whether more will come. */
    private static boolean forward(
            Generation generation, @Nullable GenerationEvent event, EventStream events)
            throws IOException {
        switch (event) {
            case null -> events.keepAliveIfSilent();
            case Token token -> events.send("token", TokenEvent.of(generation, token));
            // Texts that beams find are refused as a stream; scores of the prompt come at the end.
            case PromptScored _, Found _, SampleFinished _ -> {}
            case Finished end -> {
                finish(generation, end, events);
                return false;
            }
        }
        return true;
    }

    private static void finish(Generation generation, Finished end, EventStream events)
            throws IOException {
        try {
            events.send("done", GenerateResponse.streamed(generation, generation.result(end)));
        } catch (GenerationException e) {
            events.send("error", Problem.of(e));
        }
    }
}
