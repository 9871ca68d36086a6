//! Where functions begin and end, what they return, and which lines are test code.

use std::ops::Range;

use super::lexer::{Token, TokenKind};

/// One function that has a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The line of the keyword.
    pub line: usize,
    /// The first token of the item, attributes included.
    pub first_token: usize,
    /// True for `pub` without a restriction.
    pub is_public: bool,
    /// True for `async`.
    pub is_async: bool,
    /// The tokens of the return type; empty where there is none.
    pub returns: Range<usize>,
    /// The tokens from the opening brace to the closing one; empty for a declaration.
    pub body: Range<usize>,
}

/// Every named function of a file, outer before inner.
pub fn functions(tokens: &[Token]) -> Vec<Function> {
    let is_function =
        |at: &usize| tokens[*at].is("fn") && tokens.get(at + 1).is_some_and(Token::is_word);
    let starts = (0..tokens.len()).filter(is_function);
    starts.map(|at| function_at(tokens, at)).collect()
}

fn function_at(tokens: &[Token], at: usize) -> Function {
    let qualifiers = qualifiers_before(tokens, at);
    let words = &tokens[qualifiers.clone()];
    let is_public = words.first().is_some_and(|token| token.is("pub"))
        && !words.get(1).is_some_and(|token| token.is("("));
    let parameters = find_at_depth_zero(tokens, at + 2, &["("]);
    let signature_end = closing(tokens, parameters) + 1;
    let body_start = find_at_depth_zero(tokens, signature_end, &["{", ";"]);
    let has_body = tokens.get(body_start).is_some_and(|token| token.is("{"));
    Function {
        name: tokens[at + 1].text.clone(),
        line: tokens[at].line,
        first_token: item_start(tokens, at),
        is_public,
        is_async: words.iter().any(|token| token.is("async")),
        returns: return_type(tokens, signature_end, body_start),
        body: if has_body {
            body_start..closing(tokens, body_start) + 1
        } else {
            0..0
        },
    }
}

/// The tokens of `pub(…) const async unsafe extern "…"` in front of the keyword.
fn qualifiers_before(tokens: &[Token], at: usize) -> Range<usize> {
    let mut start = at;
    while start > 0 {
        let before = &tokens[start - 1];
        let is_qualifier = ["pub", "const", "async", "unsafe", "extern"]
            .iter()
            .any(|word| before.is(word));
        let is_abi =
            before.kind == TokenKind::Literal && start > 1 && tokens[start - 2].is("extern");
        if is_qualifier || is_abi {
            start -= 1;
        } else if let Some(open) = restriction_before(tokens, start) {
            start = open;
        } else {
            break;
        }
    }
    start..at
}

/// The opening parenthesis of a `pub(…)` that ends just before `at`.
fn restriction_before(tokens: &[Token], at: usize) -> Option<usize> {
    if !tokens[at - 1].is(")") {
        return None;
    }
    let open = (0..at - 1).rev().find(|&index| tokens[index].is("("))?;
    (open > 0 && tokens[open - 1].is("pub")).then_some(open)
}

/// The first token of the item whose keyword stands at `at`, attributes included.
pub fn item_start(tokens: &[Token], at: usize) -> usize {
    attributes_before(tokens, qualifiers_before(tokens, at).start)
}

/// The first token of the attributes that stand in front of `at`.
fn attributes_before(tokens: &[Token], at: usize) -> usize {
    let mut start = at;
    while start > 0 && tokens[start - 1].is("]") {
        let mut depth = 0;
        let open = (0..start).rev().find(|&index| {
            match tokens[index].text.as_str() {
                "]" => depth += 1,
                "[" => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        match open {
            Some(open) if open > 0 && tokens[open - 1].is("#") => start = open - 1,
            _ => break,
        }
    }
    start
}

fn return_type(tokens: &[Token], signature_end: usize, body_start: usize) -> Range<usize> {
    if !tokens
        .get(signature_end)
        .is_some_and(|token| token.is("->"))
    {
        return 0..0;
    }
    let end = find_at_depth_zero(tokens, signature_end + 1, &["where"]).min(body_start);
    signature_end + 1..end
}

/// The lines, counted from 1, of every item that only a test build sees.
pub fn test_lines(tokens: &[Token]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_inner = token.is("!") && at > 0 && tokens[at - 1].is("#");
        let is_outer = token.is("#");
        let open = at + 1;
        if !(is_inner || is_outer) || !tokens.get(open).is_some_and(|next| next.is("[")) {
            continue;
        }
        let close = closing(tokens, open);
        if !is_test_attribute(&tokens[open..close.min(tokens.len())]) {
            continue;
        }
        let last = if is_inner {
            tokens.len()
        } else {
            item_end(tokens, close + 1)
        };
        let last_line = tokens.get(last).or(tokens.last()).map_or(0, |end| end.line);
        found.push(token.line..last_line + 1);
    }
    found
}

/// True for `[test]` and for `[cfg(…)]` that asks for test builds and nothing else.
fn is_test_attribute(attribute: &[Token]) -> bool {
    let says = |word: &str| attribute.iter().any(|token| token.is(word));
    let is_test = attribute.len() == 2 && attribute[1].is("test");
    let is_negated = attribute
        .windows(3)
        .any(|w| w[0].is("not") && w[2].is("test"));
    is_test
        || (attribute.get(1).is_some_and(|token| token.is("cfg")) && says("test"))
            && !says("any")
            && !is_negated
}

/// The last token of the item that begins at `at`.
fn item_end(tokens: &[Token], at: usize) -> usize {
    let mut start = at;
    while tokens.get(start).is_some_and(|token| token.is("#")) {
        start = closing(tokens, start + 1) + 1;
    }
    let end = find_at_depth_zero(tokens, start, &["{", ";", ",", "}"]);
    match tokens.get(end) {
        Some(token) if token.is("{") => closing(tokens, end),
        _ => end,
    }
}

/// The next token that is one of `wanted`, outside of parentheses, brackets and generics.
fn find_at_depth_zero(tokens: &[Token], from: usize, wanted: &[&str]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        if depth == 0 && wanted.iter().any(|text| token.is(text)) {
            return at;
        }
        match token.text.as_str() {
            "(" | "[" | "<" => depth += 1,
            ")" | "]" | ">" => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    tokens.len()
}

/// The token that closes the bracket at `open`, or the end of the file.
pub fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return at;
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::lexer::lex;

    fn in_text(text: &str) -> Vec<Function> {
        functions(&lex(text).0)
    }

    #[test]
    fn visibility_and_asyncness_are_read_from_the_words_before() {
        let found = in_text("pub async fn a() {} pub(crate) unsafe fn b() {} extern \"C\" fn c();");
        let public: Vec<bool> = found.iter().map(|function| function.is_public).collect();
        assert_eq!(public, [true, false, false]);
        assert!(found[0].is_async && !found[1].is_async);
        assert!(found[2].body.is_empty());
    }

    #[test]
    fn the_return_type_is_not_that_of_a_closure_bound() {
        let text = "fn f<F: Fn() -> u8>(f: F) -> Sleep where F: Send { f(); }";
        let tokens = lex(text).0;
        let found = functions(&tokens);
        let returns: Vec<&str> = tokens[found[0].returns.clone()]
            .iter()
            .map(|token| token.text.as_str())
            .collect();
        assert_eq!(returns, ["Sleep"]);
    }

    #[test]
    fn a_body_ends_at_its_own_brace() {
        let tokens = lex("fn f() { if a { b } }\nfn g() {}").0;
        let found = functions(&tokens);
        assert_eq!(found[0].body.end, 11);
        assert_eq!(found[1].line, 2);
    }

    #[test]
    fn test_code_is_told_from_code_for_every_build() {
        let lines = |text: &str| test_lines(&lex(text).0);
        assert_eq!(
            lines("a();\n#[cfg(test)]\nmod tests {\n b\n}\nc();"),
            vec![2..6]
        );
        assert_eq!(lines("#[cfg(test)]\nmod tests;\nfn a() {}"), vec![1..3]);
        assert_eq!(
            lines("struct A {\n#[cfg(test)]\nb: u8,\nc: u8 }"),
            vec![2..4]
        );
        assert_eq!(lines("#[cfg(all(test, not(loom)))]\nfn a() {}"), vec![1..3]);
        assert_eq!(lines("#[cfg(not(test))]\nfn a() {}"), vec![]);
        assert_eq!(lines("#[cfg(loom)]\nfn a() {}"), vec![]);
    }
}
