package dev.kaya.architecture;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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

    private static final String ROOT = "dev.kaya";
    private static final String ENGINE = ROOT + ".engine";
    private static final Pattern LISTED = Pattern.compile("<li>\\{@code (engine[\\w.]*)}:([^<]*)");

    /**
     * What rooms outside of the engine may use of the rooms inside, as the engine's package-info
     * lists it; {@code engine} itself is free.
     */
    static final Set<String> ENGINE_SURFACE = surface();

    private RoomTable() {}

    private static Set<String> surface() {
        Path info = Path.of("src/main/java/dev/kaya/engine/package-info.java");
        Set<String> listed = new TreeSet<>();
        try {
            Matcher rooms = LISTED.matcher(Files.readString(info));
            while (rooms.find()) {
                for (String name : rooms.group(2).replace("*", "").strip().split("[,\\s]+", -1)) {
                    listed.add(ROOT + "." + rooms.group(1) + "." + name);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return listed;
    }

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
        return useOnly(
                "use only what stands below",
                (type, used) -> !isOurs(used) || floor(used) >= floor(type));
    }

    /** Holds for classes that use of the rooms of the engine what {@link #ENGINE_SURFACE} lists. */
    static ArchCondition<JavaClass> useOfTheEngineWhatIsListed() {
        return useOnly(
                "use of the engine's rooms what is listed",
                (type, used) ->
                        !isInRoomOfEngine(used)
                                || ENGINE_SURFACE.contains(outermost(used).getName()));
    }

    /** Holds for classes that use no class that is visible in another package only. */
    static ArchCondition<JavaClass> useWhatTheyMaySee() {
        return useOnly(
                "use what they may see",
                (type, used) ->
                        !isOurs(used)
                                || used.getPackageName().equals(type.getPackageName())
                                || used.getModifiers().contains(JavaModifier.PUBLIC));
    }

    /** Holds for classes all of whose uses are allowed: from the first class of the second. */
    private static ArchCondition<JavaClass> useOnly(
            String description, BiPredicate<JavaClass, JavaClass> allowed) {
        return new ArchCondition<>(description) {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (Dependency use : type.getDirectDependenciesFromSelf()) {
                    if (!allowed.test(type, use.getTargetClass().getBaseComponentType())) {
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

    /** What classes outside of the engine use of its rooms. */
    static Set<String> usedOfTheEngine(JavaClasses all) {
        Set<String> used = new TreeSet<>();
        for (JavaClass type : all) {
            if (!(type.getPackageName() + ".").startsWith(ENGINE + ".")) {
                for (Dependency use : type.getDirectDependenciesFromSelf()) {
                    JavaClass target = use.getTargetClass().getBaseComponentType();
                    if (isInRoomOfEngine(target)) {
                        used.add(outermost(target).getName());
                    }
                }
            }
        }
        return used;
    }

    private static boolean isInRoomOfEngine(JavaClass type) {
        return type.getPackageName().startsWith(ENGINE + ".");
    }

    private static JavaClass outermost(JavaClass type) {
        JavaClass outer = type;
        while (outer.getEnclosingClass().isPresent()) {
            outer = outer.getEnclosingClass().get();
        }
        return outer;
    }
}
