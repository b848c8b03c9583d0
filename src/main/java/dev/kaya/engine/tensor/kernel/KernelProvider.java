package dev.kaya.engine.tensor.kernel;

import dev.kaya.engine.tensor.matrix.DataType;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Chooses the edition of {@link Kernels}. Code on the Vector API is many times slower than plain
 * loops where C2 does not compile it, so it is chosen only where C2 does.
 */
public final class KernelProvider {

    /** The module that holds the Vector API. */
    public static final String VECTOR_MODULE = "jdk.incubator.vector";

    /** What helps where that module is missing. */
    public static final String ADD_MODULE =
            "start java with --add-modules " + VECTOR_MODULE + " (deploy/jvm.args does)";

    private static final String SAME_TEXT = ": the same text, slower; ";

    private KernelProvider() {}

    /** What is chosen where nobody asks for anything, once it is known. */
    private static final class Automatic {
        static final KernelChoice CHOICE =
                choose(KernelPreference.AUTO, JvmFacts.current(), KernelProvider::vectorKernels);
    }

    /**
     * Chooses for this JVM.
     *
     * @throws IllegalStateException when vectors are asked for and {@link #vectorApiPresent} is
     *     false
     */
    public static KernelChoice choose(KernelPreference wanted) {
        return switch (wanted) {
            case AUTO -> Automatic.CHOICE;
            case VECTOR -> choose(wanted, JvmFacts.current(), KernelProvider::vectorKernels);
            case SCALAR -> asked();
        };
    }

    /**
     * Chooses for any JVM.
     *
     * @param facts about the JVM
     * @param vectors makes the kernels on the Vector API, or throws where they cannot run
     */
    static KernelChoice choose(KernelPreference wanted, JvmFacts facts, Supplier<Kernels> vectors) {
        String obstacle = obstacle(facts);
        return switch (wanted) {
            case SCALAR -> asked();
            case AUTO ->
                    obstacle.isEmpty()
                            ? made(vectors, "as this JVM has the Vector API and C2 compiles it")
                            : KernelChoice.scalar("because " + obstacle).degradedChoice();
            case VECTOR -> {
                if (!facts.vectorApi()) {
                    throw new IllegalStateException("the Vector API is missing: " + ADD_MODULE);
                }
                yield obstacle.isEmpty()
                        ? made(vectors, "as asked for")
                        : made(vectors, "as asked for, although " + obstacle).degradedChoice();
            }
        };
    }

    /** Not a reference to the constructor, which would link the class where it cannot be linked. */
    private static Kernels vectorKernels() {
        return new VectorKernels();
    }

    private static KernelChoice asked() {
        return KernelChoice.scalar("as asked for");
    }

    /** Why vectors are not to be chosen, and what to do about it; empty where they are. */
    private static String obstacle(JvmFacts facts) {
        if (!facts.vectorApi()) {
            return "the Vector API is missing" + SAME_TEXT + ADD_MODULE;
        }
        if (!facts.hotSpot()) {
            return "this JVM is not HotSpot, whose C2 compiles the Vector API"
                    + SAME_TEXT
                    + "start Kaya with a JDK that has HotSpot";
        }
        if (facts.jvmci()) {
            return "another compiler takes the place of C2, which compiles the Vector API"
                    + SAME_TEXT
                    + "start java with -XX:-UseJVMCICompiler";
        }
        if (!facts.c2()) {
            return "C2, which compiles the Vector API, is off"
                    + SAME_TEXT
                    + "start java without -Xint, -XX:TieredStopAtLevel and -XX:CompilationMode";
        }
        return "";
    }

    /** Whatever goes wrong while the classes are linked and initialised, plain loops compute. */
    private static KernelChoice made(Supplier<Kernels> vectors, String reason) {
        try {
            return KernelChoice.vectors(vectors.get(), reason);
        } catch (RuntimeException | LinkageError | AssertionError | InternalError e) {
            return KernelChoice.scalar(
                            "because those on the Vector API cannot run here: " + root(e))
                    .degradedChoice();
        }
    }

    private static Throwable root(Throwable failure) {
        Throwable cause = failure.getCause();
        return cause == null ? failure : root(cause);
    }

    /** The fastest edition that this JVM can run. */
    public static Kernels best() {
        return choose(KernelPreference.AUTO).kernels();
    }

    /** The plain edition, for comparison and for a JVM without the Vector API. */
    public static Kernels scalar() {
        return new ScalarKernels();
    }

    /**
     * Runs the kernels of a model on small matrices until the just-in-time compiler is likely to
     * have translated them. Code on the Vector API is a hundred times slower before that, where
     * plain loops are not; whoever starts cold computes with {@link #scalar} meanwhile. Takes about
     * a second of one core.
     *
     * @param types of the matrices that will be multiplied
     */
    public static void warm(Kernels kernels, Set<DataType> types) {
        new KernelWarmUp(kernels, types).run();
    }

    /** Whether the Vector API was there when the JVM started. */
    public static boolean vectorApiPresent() {
        return ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
    }
}
