//! Names: a name in backticks is a promise that it exists. Prose goes stale exactly where it
//! matters most, in the arguments about what synchronizes with what.
//!
//! A name exists where it is an identifier of the workspace's code or of a documentation example,
//! stands in a manifest, is an environment variable that the code reads, or is on the short list of other people's names,
//! `tests/src/tidy/outside_names.txt`. Texts that are no names (`a + b`, flags, types with
//! blanks) are not looked at.

use std::collections::HashSet;

use crate::tidy::charter::is_path_end;
use crate::tidy::complaint::Complaint;
use crate::tidy::lexer::{Comment, Token, TokenKind, lex};
use crate::tidy::source::Source;
use crate::tidy::tree::{Tree, is_known};

const OUTSIDE_NAMES: &str = include_str!("../outside_names.txt");

/// Every name that a comment may use.
#[derive(Debug, Default)]
pub struct Vocabulary {
    words: HashSet<String>,
    files: Vec<String>,
}

impl Vocabulary {
    /// Collects the names of a workspace.
    pub fn of(tree: &Tree) -> Self {
        let mut vocabulary = Self {
            files: tree.files.clone(),
            ..Self::default()
        };
        vocabulary.add_outside(OUTSIDE_NAMES);
        for (_, manifest) in &tree.manifests {
            vocabulary.add_words(manifest);
        }
        for source in &tree.sources {
            vocabulary.add_source(source);
        }
        vocabulary
    }

    fn add_outside(&mut self, list: &str) {
        let names = list.lines().map(str::trim);
        let names = names.filter(|line| !line.is_empty() && !line.starts_with('#'));
        self.words.extend(names.map(str::to_owned));
    }

    fn add_words(&mut self, text: &str) {
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        self.words.extend(words.map(str::to_owned));
    }

    fn add_source(&mut self, source: &Source) {
        self.add_code(&source.tokens);
        for block in blocks(&source.comments) {
            let (_, examples) = split_examples(block);
            self.add_code(&lex(&examples).0);
        }
    }

    fn add_code(&mut self, tokens: &[Token]) {
        let is_name = |token: &&Token| matches!(token.kind, TokenKind::Word | TokenKind::Literal);
        let words = tokens.iter().filter(is_name);
        self.words.extend(words.map(|token| token.text.clone()));
    }

    /// The part of a text in backticks that is a name and does not exist.
    fn missing<'a>(&self, text: &'a str) -> Option<&'a str> {
        if is_known(text) {
            let exists = self.files.iter().any(|file| is_path_end(file, text));
            return (!exists).then_some(text);
        }
        parts_of_name(text)?
            .into_iter()
            .find(|part| !self.words.contains(*part))
    }
}

/// Checks the comments of one file.
pub fn check(source: &Source, vocabulary: &Vocabulary) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for block in blocks(&source.comments) {
        let (prose, _) = split_examples(block);
        for (line, text) in backticked(&prose) {
            if let Some(missing) = vocabulary.missing(text) {
                complaints.push(Complaint::new(
                    &source.path,
                    block[0].line + line,
                    format!("a comment names `{missing}`, which does not exist"),
                    "use the name that the code uses now; if it is another project's, add it to \
                     tests/src/tidy/outside_names.txt",
                ));
            }
        }
    }
    complaints
}

/// Runs of comment lines of one kind without a gap.
fn blocks(comments: &[Comment]) -> impl Iterator<Item = &[Comment]> {
    comments.chunk_by(|a, b| a.kind == b.kind && b.line == a.line + 1)
}

/// A block's prose and its fenced examples, each with the lines of the other left empty.
fn split_examples(block: &[Comment]) -> (String, String) {
    let (mut prose, mut examples) = (String::new(), String::new());
    let mut is_example = false;
    for comment in block {
        let text = comment.text.trim_start();
        if text.starts_with("```") {
            is_example = !is_example;
        } else if is_example {
            // rustdoc hides a line that begins with `#`; its names count all the same.
            examples.push_str(text.strip_prefix("# ").unwrap_or(text));
        } else {
            prose.push_str(text);
        }
        prose.push('\n');
        examples.push('\n');
    }
    (prose, examples)
}

/// The texts in backticks, each with the number of lines before it.
fn backticked(prose: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut rest = 0;
    while let Some(open) = prose[rest..].find('`').map(|at| rest + at) {
        let ticks = prose[open..].chars().take_while(|&c| c == '`').count();
        let start = open + ticks;
        let Some(length) = prose[start..].find(&"`".repeat(ticks)) else {
            rest = start;
            continue;
        };
        let line = prose[..open].matches('\n').count();
        found.push((line, &prose[start..start + length]));
        rest = start + length + ticks;
    }
    found
}

/// The words of `a::b`, `a.b()`, `a!` or `A<B>`, or nothing for a text that is not like a name.
fn parts_of_name(text: &str) -> Option<Vec<&str>> {
    let end = text.find(['<', '(', '!', '?']).unwrap_or(text.len());
    let has_blank = text.chars().any(char::is_whitespace);
    let parts: Vec<&str> = text[..end]
        .split("::")
        .flat_map(|part| part.split('.'))
        .collect();
    let is_name = !has_blank && !parts.is_empty() && parts.iter().all(|part| is_part(part));
    let is_counted = |part: &&str| !part.starts_with(|c: char| c.is_ascii_digit());
    is_name.then(|| parts.into_iter().filter(is_counted).collect())
}

fn is_part(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(text: &str) -> Vec<(usize, String)> {
        let source = Source::parse("executor/src/task/state.rs", text);
        let files = vec![source.path.clone()];
        let mut vocabulary = Vocabulary {
            files,
            ..Vocabulary::default()
        };
        vocabulary.add_outside("# theirs\nepoll_wait\n");
        vocabulary.add_words("parking_lot = \"0.12\"");
        vocabulary.add_source(&source);
        let found = check(&source, &vocabulary).into_iter();
        found
            .map(|complaint| (complaint.line, complaint.wrong))
            .collect()
    }

    #[test]
    fn names_that_exist_pass_wherever_they_exist() {
        let text = "//! `State::wake`, `wake()`, [`State`], `parking_lot`, `epoll_wait`.\n\
                    //! `task/state.rs`, `ready`.\n//! ```\n//! # let ready = 1;\n//! ```\n\
                    struct State; impl State { fn wake(&self) {} }";
        assert_eq!(complaints(text), []);
    }

    #[test]
    fn names_that_are_gone_are_reported_with_their_line() {
        let text = "// Pairs with\n// `set_inactive` and `State::wake`.\nstruct State;";
        let lines: Vec<usize> = complaints(text).iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 2]);
        assert!(complaints(text)[1].1.contains("`wake`"));
        assert_eq!(complaints("//! See `task/gone.rs`.").len(), 1);
    }

    #[test]
    fn a_name_that_only_a_string_or_a_comment_holds_does_not_exist() {
        assert_eq!(
            complaints("// `gone`\nfn f() { g(\"gone\"); } // gone").len(),
            1
        );
    }

    #[test]
    fn an_environment_variable_exists_where_the_code_names_it() {
        assert_eq!(
            complaints("// `WORKER_THREADS`\nfn f() { var(\"WORKER_THREADS\"); }"),
            []
        );
    }

    #[test]
    fn texts_that_are_no_names_are_not_looked_at() {
        assert_eq!(
            complaints("// `a + b`, `--cfg`, `[id | flags]`, `0`, `&mut x`, ``a`b``"),
            []
        );
    }

    #[test]
    fn an_unpaired_backtick_does_not_hide_the_rest() {
        assert_eq!(backticked("it`s `a`"), [(0, "s "),]);
        assert_eq!(backticked("`` `a`"), [(0, "a")]);
    }
}
