//! The facade: atomics, locks and threads come through `base::sync` alone, since that is where
//! loom's stand in for them. Code that reaches around it is code that no model sees.
//!
//! What the facade does not model (a process-wide static, the number of cores) is listed with its
//! file in `ARCHITECTURE.md` under "Beside the facade".

use crate::tidy::complaint::Complaint;
use crate::tidy::paths::NamedPath;
use crate::tidy::source::Source;

const FACADE: &str = "channel/src/base/sync/";

/// What only the facade may name.
const BEHIND_THE_FACADE: [&[&str]; 6] = [
    &["std", "sync"],
    &["core", "sync"],
    &["alloc", "sync"],
    &["std", "thread"],
    &["parking_lot"],
    &["loom"],
];

/// Checks one file; `exemptions` are pairs of a path and the file that may name it.
pub fn check(source: &Source, exemptions: &[(String, String)]) -> Vec<Complaint> {
    if !source.is_library() || source.path.starts_with(FACADE) {
        return Vec::new();
    }
    let is_exempt = |path: &NamedPath| {
        let text = path.text();
        exemptions
            .iter()
            .any(|(allowed, file)| *file == source.path && is_within(&text, allowed))
    };
    let is_wrong = |path: &&NamedPath| {
        BEHIND_THE_FACADE
            .iter()
            .any(|segments| path.starts_with(segments))
            && !source.is_test(path.line)
            && !is_exempt(path)
    };
    let complain = |path: &NamedPath| {
        Complaint::new(
            &source.path,
            path.line,
            format!("`{}` goes around the facade", path.text()),
            "take it from `wane_channel::base::sync` (`crate::base::sync` in the channel), or list \
             it under \"Beside the facade\" in ARCHITECTURE.md with the reason",
        )
    };
    source.paths.iter().filter(is_wrong).map(complain).collect()
}

/// True for the allowed path itself and for what lies below it.
fn is_within(path: &str, allowed: &str) -> bool {
    path.strip_prefix(allowed)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let exemptions = [(
            "std::sync::OnceLock".to_owned(),
            "executor/src/a.rs".to_owned(),
        )];
        let complaints = check(&Source::parse(path, text), &exemptions);
        complaints.iter().map(|complaint| complaint.line).collect()
    }

    #[test]
    fn names_from_the_facade_pass() {
        let text = "use wane_channel::base::sync::{Arc, Mutex, thread};\nuse std::task::Waker;";
        assert!(lines("executor/src/b.rs", text).is_empty());
        assert!(lines("channel/src/base/sync/native.rs", "pub use std::sync::Arc;").is_empty());
    }

    #[test]
    fn names_from_std_are_reported_however_they_are_written() {
        let text = "use std::{task, sync::{Arc,\natomic}};\nfn f() { ::std::thread::park() }";
        assert_eq!(lines("executor/src/b.rs", text), [1, 2, 3]);
        assert_eq!(
            lines("channel/src/b.rs", "use core::sync::atomic::AtomicU8;"),
            [1]
        );
        assert_eq!(lines("channel/src/b.rs", "use parking_lot::Mutex;"), [1]);
    }

    #[test]
    fn an_exemption_holds_for_its_path_and_its_file() {
        let text = "use std::sync::OnceLock;\nuse std::sync::LazyLock;";
        assert_eq!(lines("executor/src/a.rs", text), [2]);
        assert_eq!(lines("executor/src/b.rs", text), [1, 2]);
    }

    #[test]
    fn tests_and_other_crates_use_what_they_like() {
        let text = "#[cfg(test)]\nmod tests { use std::sync::Arc; }";
        assert!(lines("executor/src/b.rs", text).is_empty());
        assert!(lines("benches/src/lib.rs", "use std::thread;").is_empty());
    }
}
