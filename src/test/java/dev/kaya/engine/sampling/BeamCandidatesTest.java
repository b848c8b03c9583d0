package dev.kaya.engine.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kaya.engine.sampling.BeamSearch.End;
import dev.kaya.engine.sampling.BeamSearch.Hypothesis;
import dev.kaya.engine.sampling.BeamSearch.Judge;
import dev.kaya.engine.sampling.BeamSearch.Rules;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A search that keeps few continuations finds what one that sorts all of them finds. */
class BeamCandidatesTest {

    /** How a text ends if a token follows: some tokens end it, and two in a row of others. */
    private static Judge judge(int[] ends, int letter) {
        return (text, tokenId) -> {
            if (IntStream.of(ends).anyMatch(id -> id == tokenId)) {
                return tokenId % 2 == 0 ? End.EOS : End.TOKEN;
            }
            boolean second = text.generated() > 0 && text.tokenIds()[text.length() - 1] == letter;
            return tokenId == letter && second ? End.TEXT : End.NONE;
        };
    }

    private record Text(List<Integer> ids, double sum) {}

    private record Found(List<Integer> ids, double score, End end) {}

    /** Hugging Face's scorer as it is written, with as many candidates as there are. */
    private static List<Found> search(
            Rules rules, Judge judge, float[][] rows, int steps, int count) {
        List<Text> beams = List.of(new Text(List.of(), 0));
        List<Found> hypotheses = new ArrayList<>();
        boolean done = false;
        for (int step = 0; step < steps && !done && !beams.isEmpty(); step++) {
            List<Text> all = new ArrayList<>();
            for (Text beam : beams) {
                float[] row = row(rows, beam.ids());
                for (int id = 0; id < row.length; id++) {
                    if (row[id] > Float.NEGATIVE_INFINITY) {
                        List<Integer> ids = new ArrayList<>(beam.ids());
                        ids.add(id);
                        all.add(new Text(ids, beam.sum() + row[id]));
                    }
                }
            }
            all.sort(Comparator.comparingDouble(text -> -text.sum())); // stable: beam, then id
            int length = step + 1;
            double power = StrictMath.pow(length, rules.lengthPenalty());
            List<Text> next = new ArrayList<>();
            for (int i = 0; i < all.size() && next.size() < rules.width(); i++) {
                Text text = all.get(i);
                List<Integer> before = text.ids().subList(0, step);
                End end = judge.endOf(history(before), text.ids().getLast());
                if (end == End.NONE) {
                    next.add(text);
                } else if (i < rules.width()) {
                    List<Integer> ids = end == End.TEXT ? text.ids() : before;
                    keep(hypotheses, new Found(ids, text.sum() / power, end), rules.width());
                }
            }
            double best = all.isEmpty() ? 0 : all.getFirst().sum() / power;
            done =
                    all.isEmpty()
                            || (hypotheses.size() == rules.width()
                                    && (rules.earlyStopping()
                                            || hypotheses.getLast().score() >= best));
            beams = next;
        }
        for (Text beam : done ? List.<Text>of() : beams) {
            double power = StrictMath.pow(beam.ids().size(), rules.lengthPenalty());
            keep(hypotheses, new Found(beam.ids(), beam.sum() / power, End.NONE), rules.width());
        }
        return hypotheses.subList(0, Math.min(count, hypotheses.size()));
    }

    private static void keep(List<Found> hypotheses, Found found, int width) {
        hypotheses.add(found);
        hypotheses.sort(Comparator.comparingDouble((Found each) -> -each.score()));
        if (hypotheses.size() > width) {
            hypotheses.removeLast();
        }
    }

    private static float[] row(float[][] rows, List<Integer> ids) {
        return rows[Math.floorMod(ids.hashCode(), rows.length)];
    }

    private static TokenHistory history(List<Integer> ids) {
        var history = new TokenHistory(new int[] {99});
        ids.forEach(history::append);
        return history;
    }

    @Test
    void findsWhatASortOfAllContinuationsFinds() {
        var random = new Random(12);
        for (int run = 0; run < 2_000; run++) {
            int vocabulary = 2 + random.nextInt(30);
            int width = 1 + random.nextInt(8);
            int[] ends =
                    random.ints(random.nextInt(vocabulary), 0, vocabulary)
                            .distinct()
                            .sorted()
                            .toArray();
            // Of two beams one may end so at a time: twice the width leaves enough that go on.
            Judge judge = judge(ends, random.nextInt(vocabulary));
            var rules = new Rules(width, random.nextInt(3) - 0.5, random.nextBoolean());
            float[][] rows = rows(random, vocabulary);
            int steps = 1 + random.nextInt(6);

            List<Found> expected = search(rules, judge, rows, steps, width);
            List<Hypothesis> found = run(new BeamSearch(rules, ends), judge, rows, steps, width);

            assertThat(found).hasSameSizeAs(expected);
            for (int i = 0; i < found.size(); i++) {
                assertThat(IntStream.of(found.get(i).tokenIds()).boxed().toList())
                        .isEqualTo(expected.get(i).ids());
                assertThat(found.get(i).score()).isEqualTo(expected.get(i).score());
                assertThat(found.get(i).end()).isEqualTo(expected.get(i).end());
            }
        }
    }

    /** With ties, and with tokens that cannot come. */
    private static float[][] rows(Random random, int vocabulary) {
        float[][] rows = new float[17][vocabulary];
        for (float[] row : rows) {
            for (int id = 0; id < vocabulary; id++) {
                float logprob = -random.nextInt(40) / 8f;
                row[id] = random.nextInt(6) == 0 ? Float.NEGATIVE_INFINITY : logprob;
            }
        }
        return rows;
    }

    private static List<Hypothesis> run(
            BeamSearch search, Judge judge, float[][] rows, int steps, int count) {
        List<TokenHistory> texts = new ArrayList<>(List.of(history(List.of())));
        boolean goesOn = true;
        for (int step = 0; step < steps && goesOn; step++) {
            for (int beam = 0; beam < texts.size(); beam++) {
                TokenHistory text = texts.get(beam);
                List<Integer> ids =
                        IntStream.range(text.promptLength(), text.length())
                                .mapToObj(i -> text.tokenIds()[i])
                                .toList();
                search.rank(beam, row(rows, ids), null);
            }
            goesOn = search.advance(texts, judge);
            List<TokenHistory> next = new ArrayList<>();
            for (int i = 0; i < search.live(); i++) {
                var text = new TokenHistory(new int[] {99});
                text.copyFrom(texts.get(search.parent(i)));
                text.append(search.tokenId(i));
                next.add(text);
            }
            texts = next;
        }
        return search.best(texts, count);
    }

    /** Rising sums are the worst there is: every one is better than all before. */
    @Test
    void aContinuationCostsTheLogarithmOfTheWidthHoweverManyTokensEndTexts() {
        int width = 64;
        int vocabulary = 150_000;
        var kept = new Continuations(2 * width);
        for (int id = 0; id < vocabulary; id++) {
            kept.offer(0, id, id - vocabulary, 0);
        }
        kept.sort();

        assertThat(kept.size()).isEqualTo(2 * width);
        assertThat(kept.tokenId(0)).isEqualTo(vocabulary - 1);
        assertThat(kept.moves()).isLessThanOrEqualTo(8 * (vocabulary + 2 * width));

        var search =
                new BeamSearch(new Rules(width, 1, false), IntStream.range(0, 2_000).toArray());
        float[] row = new float[vocabulary];
        for (int id = 0; id < vocabulary; id++) {
            row[id] = -id;
        }
        search.rank(0, row, null);
        Judge judge = (text, id) -> id < 2_000 ? End.TOKEN : End.NONE;
        assertThat(search.advance(List.of(history(List.of())), judge)).isTrue();
        assertThat(search.live()).isEqualTo(width);
        for (int i = 0; i < width; i++) {
            assertThat(search.tokenId(i)).isEqualTo(2_000 + i);
        }
        assertThat(search.best(List.of(), width)).allMatch(text -> text.end() == End.TOKEN);
    }
}
