package dev.kaya.engine.tensor.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/**
 * What the JVM says of itself, as far as it decides how fast the Vector API is.
 *
 * @param vectorApi whether its module was there when the JVM started
 * @param hotSpot whether it is HotSpot, whose C2 turns vectors into machine instructions
 * @param c2 whether C2 compiles
 * @param jvmci whether another compiler takes the place of C2
 */
record JvmFacts(boolean vectorApi, boolean hotSpot, boolean c2, boolean jvmci) {

    private static final int C2_LEVEL = 4;

    /** What a JVM answers when it is asked for one of its options. */
    interface Options {

        /** The value; null where there is no such option. */
        @Nullable String value(String name);
    }

    /** Of the JVM that runs this; takes some ten milliseconds. */
    static JvmFacts current() {
        var bean = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        return of(
                KernelProvider.vectorApiPresent(),
                bean == null ? name -> null : name -> value(bean, name));
    }

    private static @Nullable String value(HotSpotDiagnosticMXBean bean, String name) {
        try {
            return bean.getVMOption(name).getValue();
        } catch (IllegalArgumentException e) {
            return null; // a JVM without JVMCI has no option for it
        }
    }

    /**
     * Reads the options that decide.
     *
     * @param options of the JVM; one without {@code UseCompiler} is not HotSpot
     */
    static JvmFacts of(boolean vectorApi, Options options) {
        String compiles = options.value("UseCompiler");
        return new JvmFacts(
                vectorApi,
                compiles != null,
                Boolean.parseBoolean(compiles) && reachesC2(options),
                Boolean.parseBoolean(options.value("UseJVMCICompiler")));
    }

    /** Compilation in tiers may end below C2; without tiers there is C2 alone. */
    private static boolean reachesC2(Options options) {
        String level = options.value("TieredStopAtLevel");
        boolean tiered = Boolean.parseBoolean(options.value("TieredCompilation"));
        return !"quick-only".equals(options.value("CompilationMode"))
                && (!tiered || level == null || Integer.parseInt(level) >= C2_LEVEL);
    }
}
