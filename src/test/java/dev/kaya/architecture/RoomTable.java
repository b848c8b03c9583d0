package dev.kaya.architecture;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The rooms of the house, the highest first. A room is one package; it may use only what stands
 * below it.
 */
final class RoomTable {

    /** All packages, relative to {@code dev.kaya}. */
    static final List<String> ROOMS =
            List.of(
                    "",
                    "config",
                    "api",
                    "api.v1",
                    "api.web",
                    "api.problem",
                    "cli",
                    "service",
                    "service.answer",
                    "service.request",
                    "service.bound",
                    "service.fault",
                    "registry",
                    "backend.local",
                    "backend",
                    "scheduler",
                    "benchmark",
                    "engine",
                    "engine.convert",
                    "engine.weights",
                    "engine.resolve",
                    "engine.architecture",
                    "engine.dialect",
                    "engine.settings",
                    "engine.constraint.compile",
                    "engine.constraint.schema",
                    "engine.constraint.regex",
                    "engine.constraint.token",
                    "engine.constraint.automaton",
                    "engine.constraint",
                    "engine.sampling",
                    "engine.model",
                    "engine.tokenizer.read",
                    "engine.tokenizer.pipeline",
                    "engine.tokenizer.model",
                    "engine.tokenizer.spelling",
                    "engine.tokenizer",
                    "engine.checkpoint.folder",
                    "engine.checkpoint.pytorch",
                    "engine.checkpoint.llama2c",
                    "engine.checkpoint.gguf",
                    "engine.checkpoint.safetensors",
                    "engine.checkpoint.json",
                    "engine.checkpoint",
                    "engine.tensor.roofline",
                    "engine.tensor.kernel",
                    "engine.tensor.matrix",
                    "engine.tensor");

    /**
     * What rooms outside of the engine may use of the rooms inside; {@code engine} itself is free.
     */
    static final Set<String> ENGINE_SURFACE =
            Set.of(
                    "checkpoint.PrintableText",
                    "checkpoint.folder.UnreadableFile",
                    "constraint.ConstraintException",
                    "constraint.ConstraintMemory",
                    "constraint.compile.ConstraintCompiler",
                    "constraint.token.Constraint",
                    "constraint.token.ConstraintVocabulary",
                    "convert.CheckpointConverter",
                    "dialect.DialectGuess",
                    "model.ActivationBytes",
                    "model.KvCache",
                    "model.KvCacheType",
                    "model.KvPool",
                    "model.PrefixSharing",
                    "model.RopeScaling",
                    "model.StepBatch",
                    "model.Transformer",
                    "model.TransformerConfig",
                    "model.TransformerModel",
                    "model.TransformerWeights",
                    "resolve.Assumption",
                    "resolve.GenerationDefaults",
                    "resolve.SpecialTokens",
                    "sampling.BeamSearch",
                    "sampling.Filters",
                    "sampling.LogSoftmax",
                    "sampling.LogitBias",
                    "sampling.Penalties",
                    "sampling.Sampler",
                    "sampling.SamplingParams",
                    "sampling.TokenConstraint",
                    "sampling.TokenHistory",
                    "sampling.TokenLogprobs",
                    "tensor.WorkerPool",
                    "tensor.kernel.KernelChoice",
                    "tensor.kernel.KernelPreference",
                    "tensor.kernel.KernelProvider",
                    "tensor.kernel.Kernels",
                    "tensor.matrix.DataType",
                    "tensor.matrix.PackedMatrix",
                    "tensor.matrix.Rows",
                    "tensor.roofline.Roofline",
                    "tokenizer.TokenDecoder",
                    "tokenizer.Tokenizer",
                    "tokenizer.UnencodableTextException",
                    "tokenizer.WellFormedText",
                    "weights.WeightFormat");

    private static final String ROOT = "dev.kaya";
    private static final String ENGINE = ROOT + ".engine";

    private RoomTable() {}

    /** The place of a class in the table, 0 at the top; −1 for a class of nobody's room. */
    static int floor(JavaClass type) {
        String name = type.getPackageName();
        return name.equals(ROOT)
                ? 0
                : name.startsWith(ROOT + ".") ? ROOMS.indexOf(name.substring(9)) : -1;
    }

    /** Whether a class belongs to Kaya. */
    static boolean isOurs(JavaClass type) {
        return type.getPackageName().equals(ROOT) || type.getPackageName().startsWith(ROOT + ".");
    }

    /** Holds for classes that use nothing from above. */
    static ArchCondition<JavaClass> useOnlyWhatStandsBelow() {
        return new ArchCondition<>("use only what stands below") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency use : type.getDirectDependenciesFromSelf()) {
                    JavaClass target = use.getTargetClass().getBaseComponentType();
                    if (isOurs(target) && floor(target) < floor(type)) {
                        events.add(SimpleConditionEvent.violated(use, use.getDescription()));
                    }
                }
            }
        };
    }

    /** Holds for classes whose package is in the table. */
    static ArchCondition<JavaClass> standInTheTable() {
        return new ArchCondition<>("stand in the table") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                if (floor(type) < 0) {
                    events.add(SimpleConditionEvent.violated(type, "no room: " + type.getName()));
                }
            }
        };
    }

    /** Holds for classes that use of the rooms of the engine what {@link #ENGINE_SURFACE} lists. */
    static ArchCondition<JavaClass> useOfTheEngineWhatIsListed() {
        return new ArchCondition<>("use of the engine's rooms what is listed") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency use : type.getDirectDependenciesFromSelf()) {
                    JavaClass target = outermost(use.getTargetClass().getBaseComponentType());
                    String name = target.getName();
                    if (target.getPackageName().startsWith(ENGINE + ".")
                            && !ENGINE_SURFACE.contains(name.substring(ENGINE.length() + 1))) {
                        events.add(SimpleConditionEvent.violated(use, use.getDescription()));
                    }
                }
            }
        };
    }

    /** What classes outside of the engine use of its rooms. */
    static Set<String> usedOfTheEngine(JavaClasses all) {
        Set<String> used = new TreeSet<>();
        for (JavaClass type : all) {
            if (isOurs(type) && !(type.getPackageName() + ".").startsWith(ENGINE + ".")) {
                for (Dependency use : type.getDirectDependenciesFromSelf()) {
                    JavaClass target = outermost(use.getTargetClass().getBaseComponentType());
                    if (target.getPackageName().startsWith(ENGINE + ".")) {
                        used.add(target.getName().substring(ENGINE.length() + 1));
                    }
                }
            }
        }
        return used;
    }

    /** Holds for classes that use no class that is visible in another package only. */
    static ArchCondition<JavaClass> useWhatTheyMaySee() {
        return new ArchCondition<>("use what they may see") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency use : type.getDirectDependenciesFromSelf()) {
                    JavaClass target = use.getTargetClass().getBaseComponentType();
                    if (isOurs(target)
                            && !target.getPackageName().equals(type.getPackageName())
                            && !target.getModifiers().contains(JavaModifier.PUBLIC)) {
                        events.add(SimpleConditionEvent.violated(use, use.getDescription()));
                    }
                }
            }
        };
    }

    private static JavaClass outermost(JavaClass type) {
        JavaClass outer = type;
        while (outer.getEnclosingClass().isPresent()) {
            outer = outer.getEnclosingClass().get();
        }
        return outer;
    }
}
