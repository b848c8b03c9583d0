package dev.kaya.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
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
    static final ArchRule everyPackageStandsInTheTable =
            classes().should(RoomTable.standInTheTable());

    @ArchTest
    static final ArchRule roomsUseOnlyWhatStandsBelowThem =
            classes().should(RoomTable.useOnlyWhatStandsBelow());

    @ArchTest
    static final ArchRule theEngineShowsWhatIsListed =
            classes()
                    .that()
                    .resideOutsideOfPackage("dev.kaya.engine..")
                    .should(RoomTable.useOfTheEngineWhatIsListed());

    /** The compiler lets some uses pass, by inference, at which the JVM fails. */
    @ArchTest
    static final ArchRule whatIsOfOnePackageIsUsedInItAlone =
            classes().should(RoomTable.useWhatTheyMaySee());

    /** So that the list does not outlive what it allows. */
    @ArchTest
    static void everythingThatIsListedIsUsed(JavaClasses all) {
        assertThat(RoomTable.usedOfTheEngine(all))
                .containsExactlyInAnyOrderElementsOf(RoomTable.ENGINE_SURFACE);
    }

    @ArchTest
    static final ArchRule theCommandLineAndHttpKnowNothingOfEachOther =
            noClasses()
                    .that()
                    .resideInAPackage("dev.kaya.api..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.kaya.cli..");

    @ArchTest
    static final ArchRule theEngineKnowsNoFramework =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "dev.kaya.engine..",
                            "dev.kaya.scheduler..",
                            "dev.kaya.backend..",
                            "dev.kaya.registry..",
                            "dev.kaya.service..",
                            "dev.kaya.benchmark..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "org.springframework..",
                            "io.micrometer..",
                            "jakarta.servlet..",
                            "io.swagger..");

    /** Names on the wire belong to the API that speaks them. */
    @ArchTest
    static final ArchRule theServiceKnowsNoNamesOnTheWire =
            noClasses()
                    .that()
                    .resideInAPackage("dev.kaya.service..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "com.fasterxml.jackson.annotation..",
                            "tools.jackson.databind.annotation..");

    @ArchTest
    static final ArchRule onlyTheTensorRoomSeesTheVectorApi =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.kaya.engine.tensor..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("jdk.incubator.vector..");

    /** Who computes is the matter of a backend. */
    @ArchTest
    static final ArchRule httpAndTheServiceDoNotCompute =
            noClasses()
                    .that()
                    .resideInAnyPackage("dev.kaya.api..", "dev.kaya.service..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("dev.kaya.engine.tensor..", "dev.kaya.engine.model..");

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
