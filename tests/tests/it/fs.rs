//! Calls of the file system: what the standard library does, whoever else blocks.

use std::io::ErrorKind;

use wane::fs;
use wane_tests::gate::Gate;
use wane_tests::runtimes::Kind;

/// A directory of this test's own, removed with the guard.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("wane-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a directory");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).expect("it is there");
    }
}

#[test]
fn each_call_does_what_the_standard_library_does() {
    let folder = Folder::new("calls");
    for kind in Kind::ALL {
        kind.build()
            .block_on(async {
                let at = |name: &str| folder.0.join(name);
                fs::create_dir_all(at("a/b")).await?;
                fs::create_dir(at("a/c")).await?;
                fs::write(at("a/b/file"), b"contents").await?;
                assert_eq!(fs::read(at("a/b/file")).await?, b"contents");
                assert_eq!(fs::read_to_string(at("a/b/file")).await?, "contents");
                assert_eq!(fs::copy(at("a/b/file"), at("copy")).await?, 8);
                fs::rename(at("copy"), at("moved")).await?;
                assert!(!fs::try_exists(at("copy")).await?);
                fs::hard_link(at("moved"), at("again")).await?;
                fs::symlink(at("moved"), at("link")).await?;
                assert_eq!(fs::read_link(at("link")).await?, at("moved"));
                assert!(fs::symlink_metadata(at("link")).await?.is_symlink());
                assert!(fs::metadata(at("link")).await?.is_file());
                let canonical = fs::canonicalize(at("a/../link")).await?;
                assert_eq!(canonical, std::fs::canonicalize(at("moved"))?);
                let mut permissions = fs::metadata(at("moved")).await?.permissions();
                permissions.set_readonly(true);
                fs::set_permissions(at("moved"), permissions).await?;
                assert!(fs::metadata(at("moved")).await?.permissions().readonly());
                fs::remove_file(at("moved")).await?;
                fs::remove_file(at("again")).await?;
                fs::remove_file(at("link")).await?;
                fs::remove_dir(at("a/c")).await?;
                fs::remove_dir_all(at("a")).await?;
                let missing = fs::read(at("a")).await.expect_err("it is gone");
                assert_eq!(missing.kind(), ErrorKind::NotFound);
                std::io::Result::Ok(())
            })
            .unwrap_or_else(|error| panic!("{kind}: {error}"));
    }
}

#[test]
fn a_pool_full_of_jobs_that_are_stuck_does_not_hold_a_file_up() {
    let runtime = Kind::CurrentThread
        .builder()
        .max_blocking_threads(1)
        .build()
        .expect("a runtime");
    let gate = Gate::new();
    let pass = gate.clone();
    let stuck = runtime.spawn_blocking(move || pass.wait());
    let behind = runtime.spawn_blocking(|| ());
    let found = runtime.block_on(fs::metadata("/")).expect("it is there");
    assert!(found.is_dir());
    assert!(!behind.is_finished());
    gate.open();
    runtime.block_on(stuck).expect("no panic");
    runtime.block_on(behind).expect("no panic");
}
