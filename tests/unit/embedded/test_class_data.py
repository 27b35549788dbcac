"""The archive of Kafka's classes: a cache that fits exactly or is not used."""

from pathlib import Path

from shared.embedded.class_data import ArchiveMaker, archive_file, archive_options, note_options
from shared.embedded.process import Launch

JAVA = Path("/opt/java/bin/java")


def test_other_jars_options_or_java_mean_another_archive(tmp_path: Path) -> None:
    files = {
        archive_file(tmp_path, JAVA, "a.jar", ("-Xmx1g",)),
        archive_file(tmp_path, JAVA, "b.jar", ("-Xmx1g",)),
        archive_file(tmp_path, JAVA, "a.jar", ("-Xmx2g",)),
        archive_file(tmp_path, Path("/usr/bin/java"), "a.jar", ("-Xmx1g",)),
    }
    assert len(files) == 4


def test_classes_are_noted_until_there_is_an_archive(tmp_path: Path) -> None:
    archive, noted = tmp_path / "x.jsa", tmp_path / "classes.txt"
    assert archive_options(archive) == ()
    assert note_options(archive, noted) == (f"-XX:DumpLoadedClassList={noted}",)
    archive.write_bytes(b"")
    assert archive_options(archive)[0] == f"-XX:SharedArchiveFile={archive}"
    assert note_options(archive, noted) == ()


def test_the_archive_is_made_with_the_brokers_own_options(tmp_path: Path) -> None:
    command = [str(JAVA), "-Xmx1g", "-XX:DumpLoadedClassList=n", "-cp", "a.jar", "kafka.Kafka", "server.properties"]
    launch = Launch(name="Kafka", command=command, log=tmp_path / "kafka.log", folder=tmp_path, environment={})
    maker = ArchiveMaker(archive=tmp_path / "x.jsa", noted=tmp_path / "n", launch=launch)
    making = list(maker._making(tmp_path / "classes").command)
    assert making[-3:] == ["-Xmx1g", "-cp", "a.jar"]
    assert making[:2] == [str(JAVA), "-Xshare:dump"]
    assert f"-XX:SharedClassListFile={tmp_path / 'classes'}" in making
