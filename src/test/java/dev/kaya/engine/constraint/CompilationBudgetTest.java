package dev.kaya.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.kaya.engine.constraint.CompilationBudget.Interruption;
import dev.kaya.engine.constraint.ConstraintException.Kind;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** What a compilation costs is counted, and ends it at a bound and not before. */
class CompilationBudgetTest {

    private static final String PLACE = "character 1";
    private static final int LOOK = CompilationBudget.STEPS_BETWEEN_LOOKS;

    private static void assertRefused(Kind kind, ThrowingCallable code) {
        var refusal = catchThrowableOfType(ConstraintException.class, code);
        assertThat(refusal).isNotNull();
        assertThat(refusal.kind()).isEqualTo(kind);
        assertThat(refusal.place()).isEqualTo(PLACE);
    }

    @Test
    void stepsEndAtTheirBoundWhetherTakenOneByOneOrTogether() throws ConstraintException {
        long most = 2L * LOOK + 7;
        var single = CompilationBudget.of(PLACE, most, 0);
        for (long i = 0; i < most; i++) {
            single.step();
        }
        assertThat(single.stepsLeft()).isZero();
        assertRefused(Kind.TOO_LARGE, single::step);

        var together = CompilationBudget.of(PLACE, most, 0);
        together.steps(most - 1);
        assertThat(together.stepsLeft()).isEqualTo(1);
        together.steps(1);
        assertRefused(Kind.TOO_LARGE, () -> together.steps(1));
        assertRefused(Kind.TOO_LARGE, together::step);

        var beyond = CompilationBudget.of(PLACE, most, 0);
        assertRefused(Kind.TOO_LARGE, () -> beyond.steps(most + 1));
        assertRefused(
                Kind.TOO_LARGE, () -> CompilationBudget.of(PLACE, 5, 0).steps(Long.MAX_VALUE));
    }

    @Test
    void bytesEndAtTheirBoundAndComeBackWhenReleased() throws ConstraintException {
        var budget = CompilationBudget.of(PLACE, 0, 100);
        budget.hold(100);
        budget.release(60);
        budget.hold(60);
        assertRefused(Kind.TOO_LARGE, () -> budget.hold(1));
        budget.releaseTo(30);
        assertThat(budget.bytesHeld()).isEqualTo(30);
        budget.hold(70);
    }

    @Test
    void depthEndsAtItsBound() throws ConstraintException {
        var budget = CompilationBudget.of(PLACE);
        for (int i = 0; i < Limits.COMPILATION_DEPTH; i++) {
            budget.enter();
        }
        assertRefused(Kind.TOO_LARGE, budget::enter);
        budget.leave();
        assertThatCode(budget::enter).doesNotThrowAnyException();
    }

    /** Attempts share what is left, and give back what they do not take. */
    @Test
    void anAttemptTakesItsShareOfStepsAndTheBytesThatAreLeft() throws ConstraintException {
        var budget = CompilationBudget.of(PLACE, 900_000, 100);
        budget.hold(40);
        CompilationBudget first = budget.attempt(3);
        first.steps(300_000);
        first.hold(60);
        assertRefused(Kind.TOO_LARGE, first::step);
        assertRefused(Kind.TOO_LARGE, () -> budget.attempt(3).hold(61));

        var other = CompilationBudget.of(PLACE, 900_000, 100);
        CompilationBudget cheap = other.attempt(3);
        cheap.steps(1);
        other.takeBack(cheap);
        assertThat(other.stepsLeft()).isEqualTo(899_999);
    }

    @Test
    void theDeadlineIsSeenAtTheNextLook() throws ConstraintException {
        var now = new AtomicLong(500);
        var budget = CompilationBudget.of(PLACE, new Interruption(now::get, 1_000, () -> false), 0);
        budget.steps(5L * LOOK);
        now.set(999);
        budget.steps(LOOK + 1L);
        now.set(1_000);
        assertRefused(Kind.LATE, () -> budget.steps(LOOK + 1L));
    }

    @Test
    void whatNobodyWaitsForEndsAtTheNextLook() throws ConstraintException {
        var left = new AtomicBoolean();
        var budget =
                CompilationBudget.of(
                        PLACE, new Interruption(() -> 0, Long.MAX_VALUE, left::get), 0);
        budget.steps(5L * LOOK);
        left.set(true);
        assertRefused(Kind.ABANDONED, () -> budget.steps(LOOK + 1L));
    }
}
