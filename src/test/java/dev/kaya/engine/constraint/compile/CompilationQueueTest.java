package dev.kaya.engine.constraint.compile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.engine.constraint.Automata;
import dev.kaya.engine.constraint.CompilationBudget;
import dev.kaya.engine.constraint.CompilationBudget.Interruption;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.constraint.Vocabularies;
import dev.kaya.engine.constraint.compile.CompiledConstraints.ConstraintKey;
import dev.kaya.engine.constraint.compile.ConstraintCompiler.Client;
import dev.kaya.engine.constraint.token.TokenAutomaton;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is compiled once is compiled once, and nobody waits longer than he likes. */
@Timeout(60)
class CompilationQueueTest {

    private static final String PLACE = "#";

    private final AtomicLong clock = new AtomicLong();
    private final CompilationQueue queue = new CompilationQueue(clock::get, Limits.COMPILED_BYTES);
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void end() {
        release.countDown();
        queue.stop();
        clients.close();
    }

    private static ConstraintKey key(int number) {
        return new ConstraintKey("regex", String.valueOf(number));
    }

    private static TokenAutomaton automaton() throws ConstraintException {
        var vocabulary =
                new Vocabularies.Kind("", Vocabularies.ofBytes(new byte[] {'a'})).vocabulary();
        return new TokenAutomaton(Automata.of("a"), vocabulary, CompilationBudget.of(PLACE));
    }

    /** Waits until the test ends, or nobody waits for it. */
    private TokenAutomaton blocked(Interruption interruption) throws ConstraintException {
        while (release.getCount() > 0) {
            interruption.check(PLACE);
            Thread.onSpinWait();
        }
        return automaton();
    }

    /** A client in the queue: the look at whether it has left comes after it has joined. */
    private Future<TokenAutomaton> waiting(int key, CompilationQueue.Recipe recipe)
            throws InterruptedException {
        var joined = new CountDownLatch(1);
        var client =
                new Client(
                        Long.MAX_VALUE,
                        () -> {
                            joined.countDown();
                            return false;
                        });
        Future<TokenAutomaton> result =
                clients.submit(() -> queue.get(key(key), PLACE, recipe, client));
        joined.await();
        return result;
    }

    private Kind refusal(int key, CompilationQueue.Recipe recipe, Client client) {
        var refusal =
                catchThrowableOfType(
                        ConstraintException.class,
                        () -> queue.get(key(key), PLACE, recipe, client));
        assertThat(refusal).isNotNull();
        return refusal.kind();
    }

    @Test
    void clientsOfTheSameKeyWaitForOneCompilation() throws Exception {
        var runs = new AtomicInteger();
        CompilationQueue.Recipe recipe =
                interruption -> {
                    runs.incrementAndGet();
                    return blocked(interruption);
                };
        List<Future<TokenAutomaton>> results = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            results.add(waiting(1, recipe));
        }
        assertThat(queue.begun()).isEqualTo(1);
        release.countDown();
        TokenAutomaton first = results.getFirst().get();
        for (Future<TokenAutomaton> result : results) {
            assertThat(result.get()).isSameAs(first);
        }
        assertThat(queue.get(key(1), PLACE, recipe, Client.PATIENT)).isSameAs(first);
        assertThat(runs).hasValue(1);
        assertThat(queue.begun()).isZero();
    }

    @Test
    void aRefusalIsRememberedButNotOneThatTimeMade() {
        var runs = new AtomicInteger();
        CompilationQueue.Recipe large =
                _ -> {
                    runs.incrementAndGet();
                    throw ConstraintException.tooLarge(PLACE, "it is too large");
                };
        assertThat(refusal(1, large, Client.PATIENT)).isEqualTo(Kind.TOO_LARGE);
        assertThat(refusal(1, large, Client.PATIENT)).isEqualTo(Kind.TOO_LARGE);
        assertThat(runs).hasValue(1);

        CompilationQueue.Recipe slow =
                interruption -> {
                    runs.incrementAndGet();
                    clock.addAndGet(Limits.COMPILATION_NANOS - 1);
                    interruption.check(PLACE);
                    clock.addAndGet(1);
                    interruption.check(PLACE);
                    throw new AssertionError("its time is over");
                };
        assertThat(refusal(2, slow, Client.PATIENT)).isEqualTo(Kind.TOO_LARGE);
        assertThat(refusal(2, slow, Client.PATIENT)).isEqualTo(Kind.TOO_LARGE);
        assertThat(runs).hasValue(3);
    }

    @Test
    void whatIsKnownDoesNotWaitForWhatIsBeingCompiled() throws Exception {
        TokenAutomaton known = queue.get(key(0), PLACE, _ -> automaton(), Client.PATIENT);
        assertThat(
                        refusal(
                                99,
                                _ -> {
                                    throw ConstraintException.invalid(PLACE, "no");
                                },
                                Client.PATIENT))
                .isEqualTo(Kind.INVALID);
        for (int i = 1; i <= Limits.COMPILATIONS + 3; i++) {
            var _ = waiting(i, this::blocked);
        }
        assertThat(queue.get(key(0), PLACE, this::blocked, Client.PATIENT)).isSameAs(known);
        assertThat(refusal(99, this::blocked, Client.PATIENT)).isEqualTo(Kind.INVALID);
    }

    @Test
    void asManyWaitAsMayAndOneMoreIsRefused() throws Exception {
        int most = Limits.COMPILATIONS + Limits.COMPILATIONS_WAITING;
        for (int i = 1; i <= most; i++) {
            var _ = waiting(i, this::blocked);
        }
        assertThat(queue.begun()).isEqualTo(most);
        assertThat(refusal(most + 1, this::blocked, Client.PATIENT)).isEqualTo(Kind.BUSY);
        assertThat(queue.begun()).isEqualTo(most);
        var _ = waiting(most, this::blocked); // what waits already may be waited for
    }

    @Test
    void whatNobodyWaitsForEndsAndGivesUpItsPlace() throws Exception {
        var ended = new CountDownLatch(1);
        var left = new AtomicBoolean();
        CompilationQueue.Recipe recipe =
                interruption -> {
                    try {
                        return blocked(interruption);
                    } finally {
                        ended.countDown();
                    }
                };
        var first = clients.submit(() -> refusal(1, recipe, new Client(Long.MAX_VALUE, left::get)));
        Future<TokenAutomaton> second = waiting(1, recipe);
        left.set(true);
        assertThat(first.get()).isEqualTo(Kind.ABANDONED);
        assertThat(ended.getCount()).isEqualTo(1); // the second one still waits
        assertThat(queue.begun()).isEqualTo(1);

        second.cancel(true);
        ended.await();
        assertThat(queue.begun()).isZero();
        assertThat(queue.automata()).isZero();
    }

    @Test
    void oneThatWaitsForAThreadLeavesWithItsClient() throws Exception {
        for (int i = 1; i <= Limits.COMPILATIONS; i++) {
            var _ = waiting(i, this::blocked);
        }
        CompilationQueue.Recipe never =
                _ -> {
                    throw new AssertionError("nobody waits for this");
                };
        for (int i = 0; i < 2 * Limits.COMPILATIONS_WAITING; i++) {
            assertThat(refusal(100 + i, never, new Client(Long.MAX_VALUE, () -> true)))
                    .isEqualTo(Kind.ABANDONED);
        }
        assertThat(queue.begun()).isEqualTo(Limits.COMPILATIONS);
    }

    @Test
    void aClientWaitsUntilItsDeadlineAndNoLonger() {
        var looks = new AtomicInteger();
        var client =
                new Client(
                        1_000,
                        () -> {
                            clock.set(looks.incrementAndGet() == 1 ? 999 : 1_000);
                            return false;
                        });
        assertThat(refusal(1, this::blocked, client)).isEqualTo(Kind.LATE);
        assertThat(looks).hasValue(2);
        assertThat(queue.begun()).isZero();
    }

    @Test
    void whoeverWaitsHearsAtOnceThatTheQueueStops() throws Exception {
        List<Future<TokenAutomaton>> results = new ArrayList<>();
        for (int i = 1; i <= Limits.COMPILATIONS + 2; i++) {
            results.add(waiting(i, this::blocked));
        }
        queue.stop();
        for (Future<TokenAutomaton> result : results) {
            assertThatThrownBy(result::get)
                    .cause()
                    .isInstanceOfSatisfying(
                            ConstraintException.class,
                            e -> assertThat(e.kind()).isEqualTo(Kind.STOPPED));
        }
        assertThat(refusal(9, this::blocked, Client.PATIENT)).isEqualTo(Kind.STOPPED);
    }

    /** A fault of ours is nobody's refusal, and is not remembered. */
    @Test
    void aFaultReachesTheClientAndIsNotRemembered() throws ConstraintException {
        CompilationQueue.Recipe faulty =
                _ -> {
                    throw new IllegalArgumentException("a fault");
                };
        assertThatThrownBy(() -> queue.get(key(1), PLACE, faulty, Client.PATIENT))
                .isInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage("a fault");
        assertThat(queue.get(key(1), PLACE, _ -> automaton(), Client.PATIENT)).isNotNull();
    }

    @Test
    void refusalsAndAutomataAreKeptWithinTheirBounds() throws ConstraintException {
        var kept = new CompiledConstraints(Limits.COMPILED_BYTES);
        TokenAutomaton automaton = automaton();
        for (int i = 0; i <= Limits.COMPILED; i++) {
            kept.keep(key(i), automaton);
        }
        assertThat(kept.automata()).isEqualTo(Limits.COMPILED);
        assertThat(kept.get(key(0))).isNull();
        assertThat(kept.get(key(Limits.COMPILED))).isSameAs(automaton);
        for (int i = 0; i <= Limits.REFUSALS; i++) {
            kept.keep(key(1_000 + i), ConstraintException.invalid(PLACE, "no"));
        }
        assertThat(kept.refusals()).isEqualTo(Limits.REFUSALS);
        int long200 = 100_000; // characters, of two bytes each
        for (int i = 0; i < 20; i++) {
            kept.keep(key(9_000 + i), ConstraintException.invalid(PLACE, "n".repeat(long200)));
        }
        assertThat(kept.refusals()).isEqualTo((int) (Limits.REFUSALS_BYTES / (2L * long200)));
    }
}
