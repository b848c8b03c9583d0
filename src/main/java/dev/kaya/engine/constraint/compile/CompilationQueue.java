package dev.kaya.engine.constraint.compile;

import dev.kaya.engine.constraint.CompilationBudget.Interruption;
import dev.kaya.engine.constraint.ConstraintException;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import dev.kaya.engine.constraint.Limits;
import dev.kaya.engine.constraint.compile.CompiledConstraints.ConstraintKey;
import dev.kaya.engine.constraint.compile.ConstraintCompiler.Client;
import dev.kaya.engine.constraint.token.TokenAutomaton;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Compiles on few threads of its own, what is asked for twice once, and remembers what came of it.
 * Clients wait on their own threads, each as long as it likes; what nobody waits for any more ends.
 * What is known already never waits for what is being compiled: the lock is held for looking only.
 * Thread-safe.
 */
final class CompilationQueue {

    /** So often a client that waits is asked whether it is still there. */
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private static final long IDLE_SECONDS = 10;
    private static final long STACK_BYTES = 16 << 20; // the depth is bounded by budgets

    private final LongSupplier clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final CompiledConstraints known;
    private final Map<ConstraintKey, Compilation> begun = new HashMap<>();
    private final ThreadPoolExecutor threads;
    private boolean stopped;

    /**
     * @param clock in nanoseconds, by which deadlines are
     * @param compiledBytes of all automata that are kept
     */
    CompilationQueue(LongSupplier clock, long compiledBytes) {
        this.clock = clock;
        known = new CompiledConstraints(compiledBytes);
        threads =
                new ThreadPoolExecutor(
                        Limits.COMPILATIONS,
                        Limits.COMPILATIONS,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(Limits.COMPILATIONS_WAITING),
                        Thread.ofPlatform()
                                .name("kaya-compiler-", 1)
                                .daemon(true)
                                .stackSize(STACK_BYTES)
                                .factory());
        threads.allowCoreThreadTimeOut(true);
    }

    /** Makes an automaton. */
    interface Recipe {
        TokenAutomaton make(Interruption interruption) throws ConstraintException;
    }

    /** One that was asked for and has not ended. */
    private final class Compilation implements Runnable {
        private final ConstraintKey key;
        private final Recipe recipe;
        private final CompletableFuture<TokenAutomaton> result = new CompletableFuture<>();
        private int clients;
        private volatile boolean abandoned;

        Compilation(ConstraintKey key, Recipe recipe) {
            this.key = key;
            this.recipe = recipe;
        }

        @Override
        public void run() {
            long deadline = clock.getAsLong() + Limits.COMPILATION_NANOS;
            try {
                var interruption = new Interruption(clock, deadline, () -> abandoned);
                TokenAutomaton automaton = recipe.make(interruption);
                end(() -> known.keep(key, automaton));
                result.complete(automaton);
            } catch (ConstraintException e) {
                refuse(e);
            } catch (RuntimeException | Error e) {
                end(() -> {});
                result.completeExceptionally(e);
            }
        }

        private void refuse(ConstraintException refusal) {
            switch (refusal.kind()) {
                case INVALID, UNSUPPORTED, IMPOSSIBLE, UNWRITABLE, TOO_LARGE, TOO_LONG -> {
                    end(() -> known.keep(key, refusal));
                    result.completeExceptionally(refusal);
                }
                case LATE -> {
                    // Another day the machine may have more time for it, so it is not remembered.
                    end(() -> {});
                    result.completeExceptionally(
                            ConstraintException.tooLarge(
                                    refusal.place(),
                                    "it is too large: its automaton was not ready within %d s"
                                            .formatted(
                                                    TimeUnit.NANOSECONDS.toSeconds(
                                                            Limits.COMPILATION_NANOS))));
                }
                case ABANDONED, BUSY, STOPPED -> {
                    end(() -> {});
                    result.completeExceptionally(refusal);
                }
            }
        }

        private void end(Runnable keep) {
            lock.lock();
            try {
                begun.remove(key, this);
                keep.run();
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * The automaton of a key: the one there is, or one that is made now.
     *
     * @param place for messages
     * @throws ConstraintException when there is none, or the client waits no longer
     */
    TokenAutomaton get(ConstraintKey key, String place, Recipe recipe, Client client)
            throws ConstraintException {
        Compilation compilation;
        lock.lock();
        try {
            if (stopped) {
                throw stopped(place);
            }
            TokenAutomaton automaton = known.get(key);
            if (automaton != null) {
                return automaton;
            }
            compilation = join(key, place, recipe);
        } finally {
            lock.unlock();
        }
        try {
            return await(compilation, place, client);
        } finally {
            leave(compilation);
        }
    }

    private Compilation join(ConstraintKey key, String place, Recipe recipe)
            throws ConstraintException {
        Compilation compilation = begun.get(key);
        if (compilation == null) {
            compilation = new Compilation(key, recipe);
            try {
                threads.execute(compilation);
            } catch (RejectedExecutionException e) {
                throw new ConstraintException(
                        Kind.BUSY,
                        place,
                        "%d others are waiting to be made ready"
                                .formatted(Limits.COMPILATIONS_WAITING));
            }
            begun.put(key, compilation);
        }
        compilation.clients++;
        return compilation;
    }

    private TokenAutomaton await(Compilation compilation, String place, Client client)
            throws ConstraintException {
        try {
            while (true) {
                TokenAutomaton automaton = await(compilation.result, client);
                if (automaton != null) {
                    return automaton;
                }
                if (client.left().getAsBoolean()) {
                    throw new ConstraintException(Kind.ABANDONED, place, "the client has left");
                }
                if (nanosLeft(client) <= 0) {
                    throw new ConstraintException(
                            Kind.LATE, place, "it could not be made ready in the time there is");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ConstraintException(Kind.ABANDONED, place, "nobody waits for it any more");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case ConstraintException refusal -> throw refusal;
                case null, default ->
                        throw new IllegalStateException("a constraint cannot be compiled", e);
            }
        }
    }

    private @Nullable TokenAutomaton await(CompletableFuture<TokenAutomaton> result, Client client)
            throws InterruptedException, ExecutionException {
        try {
            long nanos = Math.max(0, Math.min(LOOK_NANOS, nanosLeft(client)));
            return result.get(nanos, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return null;
        }
    }

    private long nanosLeft(Client client) {
        return client.deadlineNanos() == Long.MAX_VALUE
                ? Long.MAX_VALUE
                : client.deadlineNanos() - clock.getAsLong();
    }

    /** The last one out ends what is compiled for nobody. */
    private void leave(Compilation compilation) {
        lock.lock();
        try {
            if (--compilation.clients == 0 && !compilation.result.isDone()) {
                compilation.abandoned = true;
                begun.remove(compilation.key, compilation);
                threads.remove(compilation);
            }
        } finally {
            lock.unlock();
        }
    }

    private static ConstraintException stopped(String place) {
        return new ConstraintException(Kind.STOPPED, place, "nothing is made ready any more");
    }

    /** Ends all that is being compiled; whoever waits hears of it at once. */
    void stop() {
        lock.lock();
        try {
            stopped = true;
            for (Compilation compilation : begun.values()) {
                compilation.abandoned = true;
                compilation.result.completeExceptionally(stopped(compilation.key.kind()));
            }
            threads.shutdownNow();
        } finally {
            lock.unlock();
        }
    }

    /** How many automata are kept. */
    int automata() {
        lock.lock();
        try {
            return known.automata();
        } finally {
            lock.unlock();
        }
    }

    /** How many are being compiled, or wait for that. */
    int begun() {
        lock.lock();
        try {
            return begun.size();
        } finally {
            lock.unlock();
        }
    }
}
