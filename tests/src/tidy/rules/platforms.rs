//! Platforms: what differs between builds differs by file, behind one contract, and is chosen in
//! one place. A `#[cfg]` in the middle of a function leaves code that no single build compiles; the
//! `cfg!` macro does not, and is free.
//!
//! Free of the rule are the ground floor and the files whose whole purpose is one platform's way:
//! pollers, regions of memory, and what lies in a folder of platforms.

use crate::tidy::complaint::Complaint;
use crate::tidy::lexer::Token;
use crate::tidy::source::Source;

/// Checks one file for conditional code inside of functions.
pub fn check(source: &Source) -> Vec<Complaint> {
    if !source.is_library() || is_platform_file(&source.path) {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for (at, window) in source.tokens.windows(3).enumerate() {
        let is_inside = source.function_around(at).is_some();
        if is_attribute(window) && is_inside && !source.is_test(window[0].line) {
            complaints.push(Complaint::new(
                &source.path,
                window[0].line,
                "a function body depends on the build",
                "give each build a file of its own behind one contract, and choose between them \
                 at the `mod` declaration",
            ));
        }
    }
    complaints
}

fn is_attribute(window: &[Token]) -> bool {
    let is_cfg = window[2].is("cfg") || window[2].is("cfg_attr");
    window[0].is("#") && window[1].is("[") && is_cfg
}

fn is_platform_file(path: &str) -> bool {
    let parts = || path.split('/').map(|part| part.trim_end_matches(".rs"));
    parts().any(|part| matches!(part, "base" | "poller" | "platform"))
        || parts()
            .next_back()
            .is_some_and(|file| file.starts_with("region"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let complaints = check(&Source::parse(path, text));
        complaints.iter().map(|complaint| complaint.line).collect()
    }

    #[test]
    fn choosing_between_modules_passes() {
        let text = "#[cfg(loom)]\nmod model;\n#[cfg(not(loom))]\npub use native::*;";
        assert!(lines("executor/src/task/mod.rs", text).is_empty());
    }

    #[test]
    fn conditional_code_in_a_function_is_reported() {
        let text = "fn f() {\n #[cfg(unix)]\n a();\n #[cfg_attr(loom, cold)]\n b();\n}";
        assert_eq!(lines("executor/src/task/join.rs", text), [2, 4]);
    }

    #[test]
    fn files_for_one_platform_are_free() {
        let text = "fn f() { #[cfg(unix)] a(); }";
        assert!(lines("executor/src/task/region.rs", text).is_empty());
        assert!(lines("executor/src/driver/poller/epoll.rs", text).is_empty());
        assert!(lines("channel/src/base/sync/mod.rs", text).is_empty());
    }
}
