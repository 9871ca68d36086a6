//! Orderings: each memory ordering but Relaxed says in an `ORDERING:` comment what it pairs with
//! and what becomes visible, or why nothing needs to.
//!
//! The comment stands above the operation, in the same function; it may speak for several.

use crate::tidy::complaint::Complaint;
use crate::tidy::lexer::{Comment, CommentKind};
use crate::tidy::paths::NamedPath;
use crate::tidy::source::Source;

const ARGUED: [&str; 4] = ["Acquire", "Release", "AcqRel", "SeqCst"];

/// Checks one file; a line with several orderings gives one complaint.
pub fn check(source: &Source) -> Vec<Complaint> {
    if !source.is_library() {
        return Vec::new();
    }
    let imported = imported_orderings(&source.paths);
    let mut complaints: Vec<Complaint> = Vec::new();
    for (at, token) in source.tokens.iter().enumerate() {
        let is_ordering = ARGUED.contains(&token.text.as_str())
            && is_ordering_at(source, at, &imported)
            && !is_imported_here(source, at);
        let is_repeated = complaints
            .last()
            .is_some_and(|last| last.line == token.line);
        if !is_ordering || is_repeated || source.is_test(token.line) {
            continue;
        }
        if !is_argued(source, at) {
            complaints.push(Complaint::new(
                &source.path,
                token.line,
                format!("`{}` without a word on what it pairs with", token.text),
                "put `// ORDERING:` above it, with the other side of the pair by name",
            ));
        }
    }
    complaints
}

/// The orderings that the file may name without the enum in front.
fn imported_orderings(paths: &[NamedPath]) -> Vec<&str> {
    let imports = paths.iter().filter(|path| path.is_import);
    let names = imports.filter_map(|path| match path.segments.as_slice() {
        [.., ordering, name] if ordering == "Ordering" => Some(name.as_str()),
        _ => None,
    });
    names.collect()
}

fn is_ordering_at(source: &Source, at: usize, imported: &[&str]) -> bool {
    let is_qualified = at > 0 && source.tokens[at - 1].is("::");
    if is_qualified {
        return at > 1 && source.tokens[at - 2].is("Ordering");
    }
    imported
        .iter()
        .any(|name| *name == "*" || source.tokens[at].is(name))
}

fn is_imported_here(source: &Source, at: usize) -> bool {
    source
        .paths
        .iter()
        .any(|path| path.is_import && path.last_token == at)
}

/// True where a comment argues above the token: in its function, or, outside of functions, in
/// the unbroken run of lines that ends with it.
fn is_argued(source: &Source, at: usize) -> bool {
    let line = source.tokens[at].line;
    let first = match source.function_around(at) {
        Some(function) => function.line,
        None => paragraph_start(source, line),
    };
    let argues = |comment: &Comment| {
        comment.kind == CommentKind::Plain && comment.text.contains("ORDERING:")
    };
    source
        .comments
        .iter()
        .any(|comment| (first..=line).contains(&comment.line) && argues(comment))
}

fn paragraph_start(source: &Source, line: usize) -> usize {
    let above = source.lines[..line].iter().rev();
    line - above.take_while(|text| !text.trim().is_empty()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let complaints = check(&Source::parse("executor/src/a.rs", text));
        complaints.iter().map(|complaint| complaint.line).collect()
    }

    #[test]
    fn an_argued_ordering_passes() {
        let above = "fn f() {\n // ORDERING: pairs with `g`.\n a.load(Ordering::Acquire);\n}";
        assert!(lines(above).is_empty());
        let outside = "// ORDERING: pairs with `g`.\nconst A: Ordering = Ordering::AcqRel;";
        assert!(lines(outside).is_empty());
    }

    #[test]
    fn an_ordering_without_an_argument_is_reported() {
        assert_eq!(
            lines("fn f() {\n a.swap(1, atomic::Ordering::AcqRel);\n}"),
            [2]
        );
        let imported = "use atomic::Ordering::{Acquire, Release};\nfn f() { a.load(Acquire) }";
        assert_eq!(lines(imported), [2]);
    }

    #[test]
    fn the_argument_of_another_function_does_not_count() {
        let text = "fn f() {\n // ORDERING: a.\n}\nfn g() {\n fence(Ordering::SeqCst);\n}";
        assert_eq!(lines(text), [5]);
    }

    #[test]
    fn what_is_no_ordering_is_left_alone() {
        let text = "fn f() {\n a.load(Ordering::Relaxed);\n b.cmp(&c) == Ordering::Less;\n}\n\
                    struct Acquire;\nfn g() -> Lock { Lock::Release }";
        assert!(lines(text).is_empty());
    }

    #[test]
    fn tests_need_no_arguments() {
        let text = "#[cfg(test)]\nmod tests {\n fn f() { a.load(Ordering::Acquire); }\n}";
        assert!(lines(text).is_empty());
    }
}
