package dev.kaya.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.constraint.compile.ConstraintCompiler;
import dev.kaya.engine.constraint.compile.ConstraintCompiler.Client;
import dev.kaya.engine.constraint.token.Constraint;
import dev.kaya.engine.sampling.Filters;
import dev.kaya.engine.sampling.LogitBias;
import dev.kaya.engine.sampling.Penalties;
import dev.kaya.engine.sampling.Sampler;
import dev.kaya.engine.sampling.SamplingParams;
import dev.kaya.engine.sampling.SamplingParams.Ends;
import dev.kaya.engine.sampling.TokenConstraint;
import dev.kaya.engine.sampling.TokenHistory;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the model computed and the request bans, a token of the constraint is picked. */
class ConstraintWinsTest {

    private static final float NONE = Float.NEGATIVE_INFINITY;
    private static final int A = 0;
    private static final int B = 1;
    private static final int C = 2;
    private static final int END = 3;
    private static final int[] PROMPT = {C};

    private final Sampler sampler = new Sampler(new boolean[] {true, true, true, true});
    private ConstraintCompiler compiler;

    @BeforeEach
    void compile() {
        var letters = Vocabularies.plain(List.of("a", "b", "c", "d"));
        var kind = new Vocabularies.Kind("letters", letters, END);
        compiler = new ConstraintCompiler(kind::vocabulary);
    }

    private Constraint constraint(String pattern, int most) throws ConstraintException {
        return compiler.regex(pattern, new Constraint.Ends(false, true), most, Client.PATIENT);
    }

    private int pick(SamplingParams params, float... logits) {
        return sampler.sample(logits, 0, params, new TokenHistory(PROMPT, params.constraint()), 0);
    }

    @ParameterizedTest
    @ValueSource(floats = {0, 0.5f, 2})
    void othersAreNeverPickedHoweverLikely(float temperature) throws ConstraintException {
        for (int seed = 0; seed < 50; seed++) {
            var params =
                    SamplingParams.of(temperature, Filters.of(1, 0.1), seed)
                            .within(constraint("b+", 9));
            assertThat(pick(params, 900, -900, 800, 700)).isEqualTo(B);
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {0, 1})
    void tokensThatTheModelRulesOutAreAllAlike(float temperature) throws ConstraintException {
        boolean[] seen = new boolean[4];
        for (int seed = 0; seed < 60; seed++) {
            var params =
                    SamplingParams.of(temperature, Filters.NONE, seed)
                            .within(constraint("[ab]c", 9));
            seen[pick(params, NONE, NONE, 5, 5)] = true;
        }
        assertThat(seen).containsExactly(true, temperature > 0, false, false);
    }

    @Test
    void bansAndPenaltiesLeaveWhatTheConstraintNeeds() throws ConstraintException {
        var bias = new LogitBias(new int[] {C}, new float[] {-100});
        var penalties = new Penalties(100, 0, 2, 2, 1, bias);
        var params =
                new SamplingParams(1, Filters.NONE, penalties, Ends.ANY_TIME, 1)
                        .within(constraint("c{5}", 9));
        var history = new TokenHistory(PROMPT, params.constraint());
        for (int i = 0; i < 5; i++) {
            int id = sampler.sample(new float[] {1, 1, -1e38f, 1}, 0, params, history, 0);
            assertThat(id).isEqualTo(C);
            history.append(id);
        }
        assertThat(history.constraint()).matches(TokenConstraint.State::isComplete);
    }

    @Test
    void theEndIsPickedWhereNothingElseMayCome() throws ConstraintException {
        var waits = new Ends(5, new int[] {END});
        var params =
                new SamplingParams(1, Filters.NONE, Penalties.NONE, waits, 1)
                        .within(constraint("(aa)?", 1));
        assertThat(pick(params, 1, 1, 1, -50)).isEqualTo(END);
    }

    @Test
    void samplesGoOnIndependentlyOfEachOther() throws ConstraintException {
        Constraint shared = constraint("ab|ba", 9);
        var first = new TokenHistory(PROMPT, shared);
        var second = new TokenHistory(PROMPT, shared);
        first.append(A);
        second.append(B);
        var params = SamplingParams.GREEDY.within(shared);
        float[] logits = new float[4];
        Arrays.fill(logits, 1);
        assertThat(sampler.sample(logits, 0, params, first, 0)).isEqualTo(B);
        assertThat(sampler.sample(logits, 0, params, second, 1)).isEqualTo(A);
    }
}
