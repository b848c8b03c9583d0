package dev.kaya.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The table of rooms: who may use whom, and what stays where. */
@AnalyzeClasses(packages = "dev.kaya", importOptions = ImportOption.DoNotIncludeTests.class)
class RoomsTest {

    private static final String[] HOT_ROOMS = {
        "dev.kaya.engine.model..", "dev.kaya.engine.sampling..", "dev.kaya.engine.tensor.."
    };

    @ArchTest
    static final ArchRule roomsUseOnlyWhatStandsBelowThem =
            layeredArchitecture()
                    .consideringOnlyDependenciesInLayers()
                    .withOptionalLayers(true)
                    .layer("application")
                    .definedBy("dev.kaya")
                    .layer("config")
                    .definedBy("dev.kaya.config..")
                    .layer("api")
                    .definedBy("dev.kaya.api..")
                    .layer("cli")
                    .definedBy("dev.kaya.cli..")
                    .layer("service")
                    .definedBy("dev.kaya.service..")
                    .layer("benchmark")
                    .definedBy("dev.kaya.benchmark..")
                    .layer("scheduler")
                    .definedBy("dev.kaya.scheduler..")
                    .layer("engine")
                    .definedBy("dev.kaya.engine")
                    .layer("model")
                    .definedBy("dev.kaya.engine.model..")
                    .layer("sampling")
                    .definedBy("dev.kaya.engine.sampling..")
                    .layer("constraint")
                    .definedBy("dev.kaya.engine.constraint..")
                    .layer("tokenizer")
                    .definedBy("dev.kaya.engine.tokenizer..")
                    .layer("checkpoint")
                    .definedBy("dev.kaya.engine.checkpoint..")
                    .layer("tensor")
                    .definedBy("dev.kaya.engine.tensor..")
                    .whereLayer("application")
                    .mayNotBeAccessedByAnyLayer()
                    .whereLayer("config")
                    .mayOnlyBeAccessedByLayers("application")
                    .whereLayer("api")
                    .mayOnlyBeAccessedByLayers("application", "config")
                    .whereLayer("cli")
                    .mayOnlyBeAccessedByLayers("application", "config")
                    .whereLayer("service")
                    .mayOnlyBeAccessedByLayers("application", "config", "api", "cli")
                    .whereLayer("benchmark")
                    .mayOnlyBeAccessedByLayers("application", "config", "cli")
                    .whereLayer("scheduler")
                    .mayOnlyBeAccessedByLayers("application", "config", "api", "cli", "service")
                    .whereLayer("engine")
                    .mayOnlyBeAccessedByLayers(
                            "application",
                            "config",
                            "api",
                            "cli",
                            "service",
                            "benchmark",
                            "scheduler")
                    .whereLayer("constraint")
                    .mayOnlyAccessLayers("tokenizer")
                    .whereLayer("checkpoint")
                    .mayOnlyAccessLayers("tensor")
                    .whereLayer("tensor")
                    .mayNotAccessAnyLayer();

    @ArchTest
    static final ArchRule theEngineKnowsNoFramework =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "dev.kaya.engine..", "dev.kaya.scheduler..", "dev.kaya.benchmark..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "org.springframework..", "io.micrometer..", "jakarta.servlet..");

    @ArchTest
    static final ArchRule onlyTheTensorRoomSeesTheVectorApi =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.kaya.engine.tensor..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("jdk.incubator.vector..");

    @ArchTest
    static final ArchRule roomsHaveNoCycles =
            slices().matching("dev.kaya.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule nobodyPrintsToTheConsole = NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;

    @ArchTest
    static final ArchRule hotRoomsUseNoStreamsAndDoNotLog =
            noClasses()
                    .that()
                    .resideInAnyPackage(HOT_ROOMS)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.util.stream..", "org.slf4j..");

    @ArchTest
    static final ArchRule hotRoomsDoNotBox =
            noClasses()
                    .that()
                    .resideInAnyPackage(HOT_ROOMS)
                    .should()
                    .callMethod(Integer.class, "valueOf", int.class)
                    .orShould()
                    .callMethod(Long.class, "valueOf", long.class)
                    .orShould()
                    .callMethod(Float.class, "valueOf", float.class)
                    .orShould()
                    .callMethod(Double.class, "valueOf", double.class)
                    .orShould()
                    .callMethod(Boolean.class, "valueOf", boolean.class)
                    .because("a box for every element or token is garbage for every token");
}
