//! Unsafe: the files that contain it are the list in `ARCHITECTURE.md`, no more and no fewer, and
//! a `SAFETY:` comment is an argument.

use std::collections::BTreeSet;

use crate::tidy::charter::{self, Charter};
use crate::tidy::complaint::Complaint;
use crate::tidy::lexer::{Comment, CommentKind};
use crate::tidy::source::Source;

/// Fewer words than this name no premise.
const ARGUMENT_WORDS_MIN: usize = 4;

/// What stands in the place of an argument; in longer texts these words may have a use.
const PLACEHOLDERS: [&str; 6] = [
    "trivial",
    "untriaged",
    "see above",
    "as above",
    "obvious",
    "same as",
];

/// A text with a placeholder and fewer characters than this is nothing but the placeholder.
const PLACEHOLDER_LENGTH_MAX: usize = 60;

/// Compares the files that lift the ban on unsafe code with the charter's list.
pub fn check_list(charter: &Charter, sources: &[Source]) -> Vec<Complaint> {
    let lifting: BTreeSet<&str> = sources
        .iter()
        .filter(|s| lifts_the_ban(s))
        .map(|s| s.path.as_str())
        .collect();
    let unlisted = lifting
        .iter()
        .filter(|path| !charter.unsafe_files.contains_key(**path));
    let unlisted = unlisted.map(|path| {
        Complaint::new(
            *path,
            1,
            "the file lifts the ban on unsafe code and is not on the list",
            "do without, or list it in ARCHITECTURE.md under \"Files that may contain unsafe\"",
        )
    });
    let surplus = charter
        .unsafe_files
        .iter()
        .filter(|(path, _)| !lifting.contains(path.as_str()));
    let surplus = surplus.map(|(path, line)| {
        Complaint::new(
            charter::PATH,
            *line,
            format!("`{path}` is listed as containing unsafe code and does not"),
            "take it off the list",
        )
    });
    unlisted.chain(surplus).collect()
}

/// Checks the places where one file lifts the ban, and its safety arguments.
pub fn check(source: &Source) -> Vec<Complaint> {
    let mut complaints = partial_lifts(source);
    let arguments = safety_arguments(&source.comments);
    let weak = arguments
        .iter()
        .filter(|(_, argument)| is_placeholder(argument));
    complaints.extend(weak.map(|(line, argument)| {
        Complaint::new(
            &source.path,
            *line,
            format!("`SAFETY: {argument}` argues nothing"),
            "answer each premise of the callee's `# Safety`, and name the invariant that holds it",
        )
    }));
    complaints
}

/// True for a file that begins with an inner `expect(unsafe_code, …)`.
fn lifts_the_ban(source: &Source) -> bool {
    let opening = ["#", "!", "[", "expect", "(", "unsafe_code"];
    let is_lift = |tokens: &[_]| matches_text(tokens, &opening);
    source.tokens.windows(opening.len()).any(is_lift)
}

/// Lints are lifted for a file as a whole, so that its head tells.
fn partial_lifts(source: &Source) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for (at, window) in source.tokens.windows(3).enumerate() {
        let is_expect = matches_text(window, &["expect", "(", "unsafe_code"]);
        let is_allow = matches_text(window, &["allow", "(", "unsafe_code"]);
        let is_inner = at > 2 && source.tokens[at - 2].is("!");
        if is_allow || (is_expect && !is_inner) {
            complaints.push(Complaint::new(
                &source.path,
                window[0].line,
                "the ban on unsafe code is lifted for a part of the file, or by `allow`",
                "begin the file with `#![expect(unsafe_code, reason = \"…\")]`",
            ));
        }
    }
    complaints
}

fn matches_text(tokens: &[crate::tidy::lexer::Token], texts: &[&str]) -> bool {
    tokens.iter().zip(texts).all(|(token, text)| token.is(text))
}

/// Each argument from its `SAFETY:` to the end of the comment, with the line it begins on.
fn safety_arguments(comments: &[Comment]) -> Vec<(usize, String)> {
    let mut arguments: Vec<(usize, String)> = Vec::new();
    let mut last_line = 0;
    for comment in comments
        .iter()
        .filter(|comment| comment.kind == CommentKind::Plain)
    {
        if let Some(text) = comment.text.trim_start().strip_prefix("SAFETY:") {
            arguments.push((comment.line, text.trim().to_owned()));
            last_line = comment.line;
        } else if comment.line == last_line + 1
            && let Some((_, argument)) = arguments.last_mut()
        {
            argument.push(' ');
            argument.push_str(comment.text.trim());
            last_line = comment.line;
        }
    }
    arguments
}

fn is_placeholder(argument: &str) -> bool {
    let length = argument.chars().count();
    let lower = argument.to_lowercase();
    let has_placeholder = PLACEHOLDERS.iter().any(|word| lower.contains(word));
    argument.split_whitespace().count() < ARGUMENT_WORDS_MIN
        || (has_placeholder && length < PLACEHOLDER_LENGTH_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFT: &str = "//! A.\n#![expect(unsafe_code, reason = \"it lays out a cell\")]\n";

    fn listed(text: &str, list: &str) -> usize {
        let charter = Charter::parse(&format!("## Files that may contain unsafe\n{list}"));
        check_list(&charter, &[Source::parse("executor/src/a.rs", text)]).len()
    }

    #[test]
    fn the_list_is_exact() {
        assert_eq!(listed(LIFT, "- `executor/src/a.rs`: why"), 0);
        assert_eq!(listed("//! A.\n", ""), 0);
        assert_eq!(listed(LIFT, ""), 1);
        assert_eq!(listed("//! A.\n", "- `executor/src/a.rs`: why"), 1);
    }

    #[test]
    fn the_ban_is_lifted_for_whole_files() {
        let count = |text: &str| check(&Source::parse("executor/src/a.rs", text)).len();
        assert_eq!(count(LIFT), 0);
        assert_eq!(
            count("#[expect(unsafe_code, reason = \"a\")]\nfn f() {}"),
            1
        );
        assert_eq!(count("#![allow(unsafe_code)]"), 1);
    }

    #[test]
    fn an_argument_is_more_than_a_placeholder() {
        let count = |text: &str| check(&Source::parse("executor/src/a.rs", text)).len();
        let argued = "// SAFETY: S1: we set `POLLING`,\n// so that the future is ours alone.\n";
        assert_eq!(count(argued), 0);
        assert_eq!(count("// SAFETY: RUNNING is ours (S1).\n"), 0);
        assert_eq!(count("// SAFETY: the caller's promise.\n"), 1);
        assert_eq!(
            count("// SAFETY: the reasons are the same, see above.\n"),
            1
        );
        assert_eq!(count("// SAFETY:\n// This is a trivial thing to see.\n"), 1);
    }
}
