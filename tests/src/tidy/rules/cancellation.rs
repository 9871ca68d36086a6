//! Cancellation: whatever a user can await says what is lost when it is dropped before its end.
//!
//! A function that returns a future of a type of its own may leave it to that type's docs.

use std::collections::BTreeMap;

use crate::tidy::complaint::Complaint;
use crate::tidy::functions::{Function, item_start};
use crate::tidy::source::Source;

const HEADING: &str = "# Cancellation";

/// The types that implement `Future`, and whether their docs speak of cancellation.
#[derive(Debug, Default)]
pub struct Futures {
    is_documented: BTreeMap<String, bool>,
}

impl Futures {
    /// Finds the futures of all files.
    pub fn of(sources: &[Source]) -> Self {
        let mut futures = Self::default();
        for name in sources.iter().flat_map(implementors) {
            futures.is_documented.insert(name, false);
        }
        for name in sources.iter().flat_map(documented_types) {
            futures
                .is_documented
                .entry(name)
                .and_modify(|is_documented| *is_documented = true);
        }
        futures
    }
}

/// Checks the public functions of one file.
pub fn check(source: &Source, futures: &Futures) -> Vec<Complaint> {
    if !source.is_library() || source.path.starts_with("channel/src/base/") {
        return Vec::new();
    }
    let is_silent = |function: &&Function| {
        function.is_public
            && !source.is_test(function.line)
            && owes_a_word(source, function, futures)
            && !speaks(&source.docs_before(function.first_token, function.line))
    };
    let complain = |function: &Function| {
        Complaint::new(
            &source.path,
            function.line,
            format!(
                "`{}` does not say what happens when its future is dropped",
                function.name
            ),
            "document it under `# Cancellation` as *strict* (nothing is lost), *lossy* (say what \
             is) or *none* (do not drop it)",
        )
    };
    source
        .functions
        .iter()
        .filter(is_silent)
        .map(complain)
        .collect()
}

/// True for a function whose future nobody else documents.
fn owes_a_word(source: &Source, function: &Function, futures: &Futures) -> bool {
    let returns = &source.tokens[function.returns.clone()];
    let is_unnamed = function.is_async || returns.iter().any(|token| token.is("Future"));
    let head = returns.iter().take_while(|token| !token.is("<"));
    let name = head.filter(|token| token.is_word()).last();
    let is_silent_type =
        name.is_some_and(|name| futures.is_documented.get(&name.text) == Some(&false));
    is_unnamed || is_silent_type
}

/// The names behind `Future for`.
fn implementors(source: &Source) -> Vec<String> {
    let mut names = Vec::new();
    for (at, window) in source.tokens.windows(2).enumerate() {
        if window[0].is("Future") && window[1].is("for") {
            let path = source.tokens[at + 2..].iter();
            let path = path.take_while(|token| token.is_word() || token.is("::"));
            names.extend(
                path.filter(|token| token.is_word())
                    .last()
                    .map(|name| name.text.clone()),
            );
        }
    }
    names
}

/// The names of the types whose docs speak of cancellation.
fn documented_types(source: &Source) -> Vec<String> {
    let mut names = Vec::new();
    for (at, window) in source.tokens.windows(2).enumerate() {
        let is_type = window[0].is("struct") || window[0].is("enum");
        let docs = || source.docs_before(item_start(&source.tokens, at), window[0].line);
        if is_type && window[1].is_word() && speaks(&docs()) {
            names.push(window[1].text.clone());
        }
    }
    names
}

fn speaks(docs: &[&str]) -> bool {
    docs.iter().any(|line| line.trim() == HEADING)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<usize> {
        let source = [Source::parse("executor/src/time/sleep.rs", text)];
        let complaints = check(&source[0], &Futures::of(&source));
        complaints.iter().map(|complaint| complaint.line).collect()
    }

    #[test]
    fn a_documented_future_passes() {
        let text =
            "/// A.\n///\n/// # Cancellation\n///\n/// Strict.\n#[inline]\npub async fn a() {}";
        assert!(lines(text).is_empty());
    }

    #[test]
    fn a_silent_future_is_reported_in_every_form() {
        assert_eq!(lines("pub async fn a() {}"), [1]);
        assert_eq!(lines("pub fn a() -> impl Future<Output = ()> {}"), [1]);
        assert_eq!(
            lines("pub fn a() -> Pin<Box<dyn Future<Output = ()>>> {}"),
            [1]
        );
        assert_eq!(
            lines("struct A;\nimpl Future for A {}\npub fn a() -> A {}"),
            [3]
        );
        assert_eq!(
            lines("impl<T> Future for a::A<T> {}\npub fn a() -> A<u8> {}"),
            [2]
        );
    }

    #[test]
    fn a_type_may_speak_for_the_functions_that_return_it() {
        let text = "/// # Cancellation\n#[derive(Debug)]\npub struct A;\nimpl Future for A {}\n\
                    pub fn a() -> A {}";
        assert!(lines(text).is_empty());
    }

    #[test]
    fn what_users_cannot_await_is_left_alone() {
        assert!(
            lines("pub(crate) async fn a() {}\nasync fn b() {}\npub fn c() -> u8 {}").is_empty()
        );
    }
}
