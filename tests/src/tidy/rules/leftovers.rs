//! Leftovers: every file says at its head what it is, and nothing in it waits to be finished.

use crate::tidy::complaint::Complaint;
use crate::tidy::lexer::{Comment, CommentKind, Token};
use crate::tidy::source::Source;

const UNFINISHED_MACROS: [&str; 3] = ["todo", "unimplemented", "dbg"];
const UNFINISHED_MARKS: [&str; 3] = ["FIXME", "XXX", "TODO"];

/// Checks one file.
pub fn check(source: &Source) -> Vec<Complaint> {
    let mut complaints = missing_head(source);
    complaints.extend(unfinished_macros(source));
    complaints.extend(silent_ignores(source));
    complaints.extend(
        source
            .comments
            .iter()
            .filter_map(|comment| in_comment(source, comment)),
    );
    complaints
}

fn missing_head(source: &Source) -> Vec<Complaint> {
    let has_head = source
        .lines
        .first()
        .is_some_and(|line| line.starts_with("//!"));
    if has_head {
        return Vec::new();
    }
    vec![Complaint::new(
        &source.path,
        1,
        "the file does not say what it is",
        "begin it with one sentence in `//!`",
    )]
}

fn unfinished_macros(source: &Source) -> Vec<Complaint> {
    let is_unfinished = |window: &&[Token]| {
        UNFINISHED_MACROS.iter().any(|name| window[0].is(name)) && window[1].is("!")
    };
    let complain = |window: &[Token]| {
        Complaint::new(
            &source.path,
            window[0].line,
            format!("`{}!` is left in the code", window[0].text),
            "finish it, or return a typed error that says what is not supported",
        )
    };
    source
        .tokens
        .windows(2)
        .filter(is_unfinished)
        .map(complain)
        .collect()
}

fn silent_ignores(source: &Source) -> Vec<Complaint> {
    let is_silent = |window: &&[Token]| {
        let texts = ["#", "[", "ignore", "]"];
        window.iter().zip(texts).all(|(token, text)| token.is(text))
    };
    let complain = |window: &[Token]| {
        Complaint::new(
            &source.path,
            window[2].line,
            "a test is ignored without a reason",
            "write `#[ignore = \"why, and when to run it\"]`, or let the test run",
        )
    };
    source
        .tokens
        .windows(4)
        .filter(is_silent)
        .map(complain)
        .collect()
}

fn in_comment(source: &Source, comment: &Comment) -> Option<Complaint> {
    let mut words = comment.text.split(|c: char| !c.is_alphanumeric());
    if let Some(mark) = words.find(|word| UNFINISHED_MARKS.contains(word)) {
        return Some(Complaint::new(
            &source.path,
            comment.line,
            format!("a {mark} is left in a comment"),
            "do it, or say in a sentence what is so and why",
        ));
    }
    let fence = comment.text.trim_start().strip_prefix("```")?;
    let is_skipped = fence.split(',').any(|word| word.trim() == "ignore");
    (comment.kind != CommentKind::Plain && is_skipped).then(|| {
        Complaint::new(
            &source.path,
            comment.line,
            "a documentation example is not even compiled",
            "make it run, or say `no_run`, `compile_fail` or `text`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let complaints = check(&Source::parse("executor/src/a.rs", text));
        complaints.iter().map(|complaint| complaint.line).collect()
    }

    #[test]
    fn a_finished_file_passes() {
        let text = "//! A.\n/// ```no_run\n/// a();\n/// ```\n#[ignore = \"needs a network\"]\n\
                    fn a() { b(\"todo!() FIXME\") }";
        assert!(lines(text).is_empty());
    }

    #[test]
    fn a_file_says_what_it_is_in_its_first_line() {
        assert_eq!(lines("use a::b;"), [1]);
        assert_eq!(lines("\n//! Late."), [1]);
        assert_eq!(lines(""), [1]);
    }

    #[test]
    fn what_waits_to_be_finished_is_reported() {
        assert_eq!(
            lines("//! A.\nfn a() {\n todo!()\n}\nfn b() { dbg!(c) }"),
            [3, 5]
        );
        assert_eq!(lines("//! A.\n// FIXME: b\n/// XXX"), [2, 3]);
    }

    #[test]
    fn a_test_is_ignored_only_with_a_reason() {
        assert_eq!(lines("//! A.\n#[test]\n#[ignore]\nfn a() {}"), [3]);
    }

    #[test]
    fn examples_are_compiled() {
        assert_eq!(lines("//! A.\n/// ```rust,ignore\n/// ```\nfn a() {}"), [2]);
    }
}
