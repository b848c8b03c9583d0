package dev.kaya.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.backend.local.LocalBackend;
import dev.kaya.engine.LoadedModel;
import dev.kaya.engine.TinyCheckpoint;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.model.KvCacheType;
import dev.kaya.engine.tokenizer.Segment;
import dev.kaya.engine.tokenizer.Tokenizer;
import dev.kaya.service.fault.GenerationException.Overloaded;
import dev.kaya.service.fault.GenerationException.Unavailable;
import dev.kaya.service.request.Caller;
import dev.kaya.service.request.GenerationSpec;
import dev.kaya.service.request.RequestValidator;
import dev.kaya.service.request.RequestValidator.Validated;
import dev.kaya.service.request.SamplingDefaults;
import dev.kaya.service.request.ServiceLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests whose response format is being compiled: how long they wait, and who ends that. */
@Timeout(60)
class CompilingRequestsTest {

    private static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(5);

    @TempDir private Path folder;

    private final CountDownLatch release = new CountDownLatch(1);
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private RequestValidator validator;

    /** A tokenizer whose tokens cannot be read for now, so that nothing gets compiled. */
    private record Held(Tokenizer target, CountDownLatch release) implements Tokenizer {
        @Override
        public int vocabularySize() {
            return target.vocabularySize();
        }

        @Override
        public int[] encode(List<Segment> segments) {
            return target.encode(segments);
        }

        @Override
        public byte[] bytes(int tokenId) {
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return target.bytes(tokenId);
        }

        @Override
        public boolean isSpecial(int tokenId) {
            return target.isSpecial(tokenId);
        }

        @Override
        public boolean isDefined(int tokenId) {
            return target.isDefined(tokenId);
        }

        @Override
        public boolean addsBos() {
            return target.addsBos();
        }
    }

    @BeforeEach
    void load() throws IOException {
        LoadedModel model = TinyCheckpoint.gpt2().load(folder);
        var held =
                new LoadedModel(
                        model.card(),
                        model.model(),
                        new Held(model.tokenizer(), release),
                        model.specialTokens(),
                        model.defaults());
        validator =
                new RequestValidator(
                        LocalBackend.card(held, KvCacheType.F32, List.of()),
                        new ServiceLimits(512, 4, true, REQUEST_TIMEOUT),
                        new SamplingDefaults(7, 0.6, 30, 0.9));
    }

    @AfterEach
    void end() {
        release.countDown();
        validator.close();
        clients.close();
    }

    private static GenerationSpec request(String pattern) {
        return new TestRequest()
                .promptTokenIds(1)
                .timeoutMs(1_000)
                .with("response_format", Map.of("type", "regex", "pattern", pattern))
                .build();
    }

    private Validated validate(String pattern, long arrivalNanos, boolean left) {
        return validator.validate(request(pattern), new Caller(arrivalNanos, () -> left, () -> {}));
    }

    /** Starts a request and returns when it waits. */
    private Future<Validated> waiting(String pattern) throws InterruptedException {
        var joined = new CountDownLatch(1);
        long inTime = System.nanoTime() + REQUEST_TIMEOUT.toNanos();
        Future<Validated> result =
                clients.submit(
                        () ->
                                validator.validate(
                                        request(pattern),
                                        new Caller(
                                                inTime,
                                                () -> {
                                                    joined.countDown();
                                                    return false;
                                                },
                                                () -> {})));
        joined.await();
        return result;
    }

    /** Its task ends with the deadline before it has a place, so it needs no constraint. */
    @Test
    void aRequestWhoseDeadlineComesIsATaskWhoseTimeIsOver() {
        long arrival = System.nanoTime() - Duration.ofSeconds(1).toNanos();

        Validated valid = validate("a+", arrival, false);

        assertThat(valid.request().sampling().constraint()).isNull();
        assertThat(valid.request().stops().deadlineNanos() - System.nanoTime()).isNegative();
    }

    @Test
    void aRequestWhoseClientLeftIsNotWaitedFor() {
        var refusal =
                catchThrowableOfType(
                        Unavailable.class, () -> validate("a+", System.nanoTime(), true));

        assertThat(refusal.code()).isEqualTo("client_left");
    }

    @Test
    void aStoppingServerRefusesAtOnceWhatIsBeingCompiled() throws Exception {
        Future<Validated> first = waiting("a+");
        Future<Validated> second = waiting("b+");

        validator.close();

        for (Future<Validated> each : List.of(first, second)) {
            assertThatThrownBy(each::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            Unavailable.class,
                            e -> assertThat(e.code()).isEqualTo("shutting_down"));
        }
        assertThat(
                        catchThrowableOfType(
                                        Unavailable.class,
                                        () -> validate("c+", System.nanoTime(), false))
                                .code())
                .isEqualTo("shutting_down");
    }

    @Test
    void moreFormatsThanMayWaitAreRefusedWithATimeToTryAgain() throws Exception {
        for (int i = 1; i <= 2 + Limits.COMPILATIONS_WAITING; i++) {
            var _ = waiting("a{" + i + "}");
        }
        Future<Validated> again = waiting("a{1}"); // waits for what waits already

        var refusal =
                catchThrowableOfType(
                        Overloaded.class, () -> validate("b", System.nanoTime(), false));

        assertThat(refusal.code()).isEqualTo("response_formats_full");
        assertThat(refusal.limit()).isEqualTo(Limits.COMPILATIONS_WAITING);
        assertThat(refusal.retryAfter()).isPositive();
        release.countDown();
        assertThat(again.get().request().sampling().constraint()).isNotNull();
    }
}
