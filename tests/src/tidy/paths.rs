//! The paths that code names, with the trees of `use` declarations taken apart.

use super::lexer::{Token, TokenKind};

/// One path of two segments or more, or anything that is imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPath {
    /// The words between the colons; `*` for a glob.
    pub segments: Vec<String>,
    /// The line of the last segment.
    pub line: usize,
    /// The token of the last segment.
    pub last_token: usize,
    /// True inside of a `use` declaration.
    pub is_import: bool,
}

impl NamedPath {
    /// True where the path begins with these segments.
    pub fn starts_with(&self, segments: &[&str]) -> bool {
        let own = self.segments.iter().map(String::as_str);
        self.segments.len() >= segments.len() && own.zip(segments).all(|(a, b)| a == *b)
    }

    /// The path as code writes it.
    pub fn text(&self) -> String {
        self.segments.join("::")
    }
}

/// Every path of a file, in its order.
pub fn paths(tokens: &[Token]) -> Vec<NamedPath> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_import(tokens, at) {
            at = import_tree(tokens, at + 1, &[], &mut found);
        } else if tokens[at].is_word() {
            at = plain_path(tokens, at, &mut found);
        } else {
            at += 1;
        }
    }
    found
}

/// True for `use a`, not for the captures of `impl Trait + use<'a>`.
fn is_import(tokens: &[Token], at: usize) -> bool {
    tokens[at].is("use") && !tokens.get(at + 1).is_some_and(|next| next.is("<"))
}

fn plain_path(tokens: &[Token], start: usize, found: &mut Vec<NamedPath>) -> usize {
    let mut segments = vec![tokens[start].text.clone()];
    let mut at = start;
    while let [colons, next, ..] = &tokens[at + 1..]
        && colons.is("::")
        && next.is_word()
    {
        segments.push(next.text.clone());
        at += 2;
    }
    // In a macro, `$crate` is the crate of the caller's dependency, not the one it is read in.
    let is_macro_crate = start > 0 && tokens[start - 1].is("$");
    if segments.len() > 1 && !is_macro_crate {
        let line = tokens[at].line;
        found.push(NamedPath {
            segments,
            line,
            last_token: at,
            is_import: false,
        });
    }
    at + 1
}

/// Reads one branch of a `use` tree and returns the token behind it.
fn import_tree(
    tokens: &[Token],
    start: usize,
    prefix: &[String],
    found: &mut Vec<NamedPath>,
) -> usize {
    let mut segments = prefix.to_vec();
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        if token.is("::") {
            at += 1;
        } else if token.is("{") {
            return import_group(tokens, at + 1, &segments, found);
        } else if token.is("as") {
            at += 2;
        } else if token.is_word() || token.is("*") {
            segments.push(token.text.clone());
            at += 1;
        } else {
            break;
        }
    }
    let last_token = at.saturating_sub(1);
    let line = tokens.get(last_token).map_or(0, |token| token.line);
    found.push(NamedPath {
        segments,
        line,
        last_token,
        is_import: true,
    });
    at
}

fn import_group(
    tokens: &[Token],
    start: usize,
    prefix: &[String],
    found: &mut Vec<NamedPath>,
) -> usize {
    let mut at = start;
    while let Some(token) = tokens.get(at) {
        match token.kind {
            TokenKind::Mark if token.is("}") => return at + 1,
            TokenKind::Mark if token.is(",") => at += 1,
            _ => at = import_tree(tokens, at, prefix, found).max(at + 1),
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::lexer::lex;

    fn in_text(text: &str) -> Vec<String> {
        paths(&lex(text).0).iter().map(NamedPath::text).collect()
    }

    #[test]
    fn import_trees_are_taken_apart() {
        let text = "use std::{sync::{Arc, atomic::*}, thread as t};";
        assert_eq!(
            in_text(text),
            ["std::sync::Arc", "std::sync::atomic::*", "std::thread"]
        );
    }

    #[test]
    fn plain_paths_end_before_generics_and_calls() {
        let text = "let a = crate::task::spawn::<u8>(); b.c(); ::core::mem::take(d)";
        assert_eq!(in_text(text), ["crate::task::spawn", "core::mem::take"]);
    }

    #[test]
    fn visibility_and_macro_crates_are_no_paths() {
        assert!(in_text("pub(crate) fn a() { $crate::b::c() }").is_empty());
    }
}
