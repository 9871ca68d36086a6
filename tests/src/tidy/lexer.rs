//! Rust text as tokens and comments: no more grammar than the rules need.
//!
//! What a text says inside of a string or a comment never reaches the rules as code, and the
//! other way round. Text that is not Rust gives odd tokens, never a panic: the compiler is the
//! one to complain about it.

/// What a [`Token`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A name or a keyword.
    Word,
    /// A string, byte string or character; its text is left out, unless it could be the name of an
    /// environment variable.
    Literal,
    /// A number.
    Number,
    /// A lifetime or a loop label.
    Lifetime,
    /// Punctuation: one character, or `::`, `->`, `=>`.
    Mark,
}

/// One token and the line it begins on, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its text; mostly empty for a [`TokenKind::Literal`].
    pub text: String,
    /// The line it begins on.
    pub line: usize,
}

impl Token {
    /// True for the name, keyword or mark `text`.
    pub fn is(&self, text: &str) -> bool {
        self.text == text && matches!(self.kind, TokenKind::Word | TokenKind::Mark)
    }

    /// True for a name or a keyword.
    pub fn is_word(&self) -> bool {
        self.kind == TokenKind::Word
    }
}

/// Whom a [`Comment`] speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CommentKind {
    /// The reader of the code: two slashes.
    Plain,
    /// The user of the next item: three slashes.
    Doc,
    /// The user of the module: two slashes and an exclamation mark.
    ModuleDoc,
}

/// One line of a comment; a block comment gives one for each of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Whom it speaks to.
    pub kind: CommentKind,
    /// What it says, without the slashes and the space behind them.
    pub text: String,
    /// The line it stands on, counted from 1.
    pub line: usize,
}

/// Splits a text into its tokens and its comments, each in the order of the text.
pub fn lex(text: &str) -> (Vec<Token>, Vec<Comment>) {
    let mut lexer = Lexer {
        chars: text.chars().collect(),
        at: 0,
        line: 1,
        tokens: Vec::new(),
        comments: Vec::new(),
    };
    while lexer.at < lexer.chars.len() {
        lexer.step();
    }
    (lexer.tokens, lexer.comments)
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: usize,
    tokens: Vec<Token>,
    comments: Vec<Comment>,
}

impl Lexer {
    fn step(&mut self) {
        let here = self.chars[self.at];
        match (here, self.peek(1)) {
            ('/', Some('/')) => self.line_comment(),
            ('/', Some('*')) => self.block_comment(),
            ('"', _) => self.quoted('"'),
            ('\'', _) => self.quote_or_lifetime(),
            _ if here.is_whitespace() => self.advance(1),
            _ if here.is_ascii_digit() => self.number(),
            _ if is_word_start(here) => self.word_or_prefixed_literal(),
            _ => self.mark(),
        }
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    /// Moves on and counts the lines passed.
    fn advance(&mut self, count: usize) {
        for _ in 0..count {
            if self.peek(0) == Some('\n') {
                self.line += 1;
            }
            self.at += 1;
        }
    }

    fn push(&mut self, kind: TokenKind, text: String, line: usize) {
        self.tokens.push(Token { kind, text, line });
    }

    fn push_comment(&mut self, kind: CommentKind, text: &str, line: usize) {
        let text = text.strip_prefix(' ').unwrap_or(text).trim_end().to_owned();
        self.comments.push(Comment { kind, text, line });
    }

    fn line_comment(&mut self) {
        let line = self.line;
        let rest = &self.chars[self.at..];
        let length = rest.iter().position(|&c| c == '\n').unwrap_or(rest.len());
        let text: String = rest[..length].iter().collect();
        self.advance(length);
        let (kind, text) = comment_kind(&text, "///", "//!");
        self.push_comment(kind, text, line);
    }

    fn block_comment(&mut self) {
        let first_line = self.line;
        let from = self.at;
        self.advance(2);
        let mut depth = 1;
        while depth > 0 && self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                (Some('/'), Some('*')) => {
                    depth += 1;
                    self.advance(2);
                }
                (Some('*'), Some('/')) => {
                    depth -= 1;
                    self.advance(2);
                }
                _ => self.advance(1),
            }
        }
        let upto = self.at.min(self.chars.len());
        let text: String = self.chars[from..upto].iter().collect();
        let (kind, body) = comment_kind(text.trim_end_matches("*/"), "/**", "/*!");
        for (offset, line_text) in body.lines().enumerate() {
            self.push_comment(kind, line_text, first_line + offset);
        }
    }

    /// A literal that ends at the next `end` without a backslash before it.
    fn quoted(&mut self, end: char) {
        let (line, from) = (self.line, self.at + 1);
        self.advance(1);
        while let Some(here) = self.peek(0) {
            self.advance(if here == '\\' { 2 } else { 1 });
            if here == end {
                break;
            }
        }
        let inside = self.chars.get(from..self.at - 1).unwrap_or_default();
        let text = if is_variable(inside) {
            inside.iter().collect()
        } else {
            String::new()
        };
        self.push(TokenKind::Literal, text, line);
    }

    fn quote_or_lifetime(&mut self) {
        let is_character = self.peek(1) == Some('\\') || self.peek(2) == Some('\'');
        if is_character {
            return self.quoted('\'');
        }
        let line = self.line;
        self.advance(1);
        let name = self.take_word();
        self.push(TokenKind::Lifetime, format!("'{name}"), line);
    }

    fn number(&mut self) {
        let line = self.line;
        let text = self.take_word();
        self.push(TokenKind::Number, text, line);
    }

    fn word_or_prefixed_literal(&mut self) {
        let line = self.line;
        let word = self.take_word();
        match (word.as_str(), self.peek(0)) {
            ("b" | "c", Some('"')) => self.quoted('"'),
            ("b", Some('\'')) => self.quoted('\''),
            ("r" | "br" | "cr", Some('"' | '#')) => self.raw_literal_or_word(word, line),
            _ => self.push(TokenKind::Word, word, line),
        }
    }

    /// A raw string of any number of `#`, or a raw name such as `r#type`.
    fn raw_literal_or_word(&mut self, prefix: String, line: usize) {
        let hashes = self.chars[self.at..]
            .iter()
            .take_while(|&&c| c == '#')
            .count();
        if self.peek(hashes) != Some('"') {
            self.push(TokenKind::Word, prefix, line);
            return;
        }
        self.advance(hashes + 1);
        while self.at < self.chars.len() && !self.closes_raw(hashes) {
            self.advance(1);
        }
        self.advance(hashes + 1);
        self.push(TokenKind::Literal, String::new(), line);
    }

    fn closes_raw(&self, hashes: usize) -> bool {
        self.peek(0) == Some('"') && (1..=hashes).all(|ahead| self.peek(ahead) == Some('#'))
    }

    fn take_word(&mut self) -> String {
        let rest = &self.chars[self.at..];
        let word: String = rest.iter().take_while(|&&c| is_word_part(c)).collect();
        self.at += word.chars().count();
        word
    }

    fn mark(&mut self) {
        let line = self.line;
        let pair: String = self.chars[self.at..].iter().take(2).collect();
        let text = match pair.as_str() {
            "::" | "->" | "=>" => pair,
            _ => self.chars[self.at].to_string(),
        };
        self.advance(text.chars().count());
        self.push(TokenKind::Mark, text, line);
    }
}

fn comment_kind<'a>(text: &'a str, doc: &str, module_doc: &str) -> (CommentKind, &'a str) {
    // Four slashes are a ruler, not documentation; rustc sees it so, too.
    if let Some(rest) = text.strip_prefix(doc).filter(|rest| !rest.starts_with('/')) {
        (CommentKind::Doc, rest)
    } else if let Some(rest) = text.strip_prefix(module_doc) {
        (CommentKind::ModuleDoc, rest)
    } else {
        (CommentKind::Plain, &text[2..])
    }
}

/// True for what is written like `RUST_LOG`.
fn is_variable(text: &[char]) -> bool {
    text.len() > 1 && text.iter().all(|c| c.is_ascii_uppercase() || *c == '_')
}

fn is_word_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

fn is_word_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let (tokens, _) = lex(text);
        let words = tokens.into_iter().filter(Token::is_word);
        words.map(|token| token.text).collect()
    }

    #[test]
    fn literals_and_comments_hide_their_words() {
        assert_eq!(words(r##"let a = "in \" b"; // c"##), ["let", "a"]);
        assert_eq!(words("let a = r#\"b \" c\"#; d"), ["let", "a", "d"]);
        assert_eq!(words("/* a /* b */ c */ d"), ["d"]);
        assert_eq!(words("b'x' b\"y\" c\"z\" w"), ["w"]);
    }

    #[test]
    fn a_lifetime_is_not_the_start_of_a_character() {
        assert_eq!(
            words("fn f<'a>(x: &'a str) -> char { 'y' }"),
            ["fn", "f", "x", "str", "char"]
        );
        assert_eq!(
            words(r"if c == '\'' { a } else { '\u{1F600}' }"),
            ["if", "c", "a", "else"]
        );
    }

    #[test]
    fn lines_are_counted_through_literals_and_block_comments() {
        let (tokens, comments) = lex("\"a\nb\"\n/* c\n d */\ne // f");
        assert_eq!(tokens.last().map(|token| token.line), Some(5));
        let lines: Vec<usize> = comments.iter().map(|comment| comment.line).collect();
        assert_eq!(lines, [3, 4, 5]);
    }

    #[test]
    fn each_kind_of_comment_is_known_by_its_slashes() {
        let (_, comments) = lex("//! a\n/// b\n// c\n//// d");
        let kinds: Vec<CommentKind> = comments.iter().map(|comment| comment.kind).collect();
        use CommentKind::{Doc, ModuleDoc, Plain};
        assert_eq!(kinds, [ModuleDoc, Doc, Plain, Plain]);
        assert_eq!(comments[1].text, "b");
    }

    #[test]
    fn broken_text_does_not_panic() {
        for text in ["\"open", "'", "r#\"open", "/* open", "b'", "/", "\\", "'\\"] {
            let _ = lex(text);
        }
    }
}
