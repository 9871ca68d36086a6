//! One file of Rust as the rules see it.

use std::ops::Range;

use super::functions::{Function, functions, test_lines};
use super::lexer::{Comment, CommentKind, Token, lex};
use super::paths::{NamedPath, paths};

/// One file, read once and shared by all rules.
#[derive(Debug)]
pub struct Source {
    /// Where it lies, relative to the workspace, with `/` between folders.
    pub path: String,
    /// Its lines as they stand.
    pub lines: Vec<String>,
    /// Its code.
    pub tokens: Vec<Token>,
    /// Its comments, one for each line.
    pub comments: Vec<Comment>,
    /// Its named functions.
    pub functions: Vec<Function>,
    /// The paths that its code names.
    pub paths: Vec<NamedPath>,
    /// True where the module is declared for test builds alone, or lies among tests.
    pub is_test_file: bool,
    test_lines: Vec<Range<usize>>,
}

impl Source {
    /// Reads a file's text.
    pub fn parse(path: &str, text: &str) -> Self {
        let (tokens, comments) = lex(text);
        Self {
            path: path.to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
            functions: functions(&tokens),
            paths: paths(&tokens),
            is_test_file: path
                .split('/')
                .any(|part| matches!(part, "tests" | "tests.rs")),
            test_lines: test_lines(&tokens),
            tokens,
            comments,
        }
    }

    /// The folder directly under a crate's source folder that the file lies in, with a slash
    /// behind it, or the file itself where it lies in none. `None` outside of that crate.
    pub fn folder_in(&self, src: &str) -> Option<String> {
        let inside = self.path.strip_prefix(src)?.strip_prefix('/')?;
        Some(match inside.split_once('/') {
            Some((folder, _)) => format!("{folder}/"),
            None => inside.to_owned(),
        })
    }

    /// True for code that ships: the `src` of the two library crates.
    pub fn is_library(&self) -> bool {
        self.path.starts_with("channel/src/") || self.path.starts_with("executor/src/")
    }

    /// True for a line that only test builds see.
    pub fn is_test(&self, line: usize) -> bool {
        self.is_test_file || self.test_lines.iter().any(|lines| lines.contains(&line))
    }

    /// The paths, without an ending, of the modules that the file declares for test builds alone.
    pub fn test_modules(&self) -> Vec<String> {
        let folder = match self.path.rsplit_once('/') {
            Some((folder, "lib.rs" | "main.rs" | "mod.rs")) => folder,
            _ => self.path.trim_end_matches(".rs"),
        };
        let is_test_module = |window: &&[Token]| {
            let is_declaration = window[0].is("mod") && window[1].is_word() && window[2].is(";");
            is_declaration && self.is_test(window[0].line)
        };
        let modules = self.tokens.windows(3).filter(is_test_module);
        modules
            .map(|window| format!("{folder}/{}", window[1].text))
            .collect()
    }

    /// The innermost function whose body holds the token.
    pub fn function_around(&self, token: usize) -> Option<&Function> {
        self.functions
            .iter()
            .rev()
            .find(|function| function.body.contains(&token))
    }

    /// The doc lines in front of the item whose first token, attributes included, is `token`,
    /// and that is named on line `line`.
    pub fn docs_before(&self, token: usize, line: usize) -> Vec<&str> {
        let after = if token == 0 {
            0
        } else {
            self.tokens[token - 1].line
        };
        let is_ours = |comment: &&Comment| {
            comment.kind == CommentKind::Doc && comment.line > after && comment.line <= line
        };
        self.comments
            .iter()
            .filter(is_ours)
            .map(|comment| comment.text.as_str())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_the_first_part_under_src() {
        let folder = |path: &str| Source::parse(path, "").folder_in("executor/src");
        assert_eq!(
            folder("executor/src/task/join.rs").as_deref(),
            Some("task/")
        );
        assert_eq!(
            folder("executor/src/context.rs").as_deref(),
            Some("context.rs")
        );
        assert_eq!(folder("channel/src/lib.rs"), None);
    }

    #[test]
    fn a_module_for_tests_lies_beside_or_below_the_file_that_declares_it() {
        let text = "mod a;\n#[cfg(test)]\nmod testing;\n";
        let modules = |path: &str| Source::parse(path, text).test_modules();
        assert_eq!(modules("executor/src/lib.rs"), ["executor/src/testing"]);
        assert_eq!(
            modules("executor/src/task/join.rs"),
            ["executor/src/task/join/testing"]
        );
    }

    #[test]
    fn docs_are_those_of_the_item_and_not_of_its_neighbour() {
        let text = "/// A.\nfn a() {}\n\n/// B.\n#[inline]\n/// More of b.\nfn b() {}\n";
        let source = Source::parse("a.rs", text);
        let b = &source.functions[1];
        assert_eq!(
            source.docs_before(b.first_token, b.line),
            ["B.", "More of b."]
        );
    }
}
