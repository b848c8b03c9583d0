package dev.kaya.engine.tensor.kernel;

import dev.kaya.engine.tensor.matrix.DataType;
import java.util.Set;

/** Chooses the edition of {@link Kernels} once, when it is first asked. */
public final class KernelProvider {

    /** The module that holds the Vector API. */
    public static final String VECTOR_MODULE = "jdk.incubator.vector";

    private static final Kernels BEST = choose();

    private KernelProvider() {}

    /** The fastest edition this JVM can run. */
    public static Kernels best() {
        return BEST;
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

    private static Kernels choose() {
        return vectorApiPresent() ? new VectorKernels() : new ScalarKernels();
    }
}
