//! The house rules that neither rustc nor clippy knows, as pure functions over the source tree.
//!
//! Each rule is a file of [`rules`] with a function `check`, which gets one [`source::Source`] and
//! what `ARCHITECTURE.md` declares, and returns its [`complaint::Complaint`]s; each is tested
//! there on texts that pass and texts that fail. `tests/tidy.rs` runs them all over the workspace
//! and prints all complaints at once.
//!
//! The rules read text, with no types and no macro expansion. That is enough to catch drift, which
//! is what they are for; they do not defend against somebody who wants to deceive them.

use std::io;
use std::path::Path;

pub mod charter;
pub mod complaint;
pub mod functions;
pub mod lexer;
pub mod paths;
pub mod rules;
pub mod source;
pub mod tree;

use complaint::Complaint;
use rules::names::Vocabulary;
use tree::Tree;

/// Checks the workspace whose root folder is `root` against every rule.
///
/// # Errors
///
/// A file or folder that cannot be read, with its path.
pub fn check_workspace(root: &Path) -> io::Result<Vec<Complaint>> {
    Ok(check(&Tree::read(root)?))
}

/// Checks a tree against every rule; the complaints come in the order of files and lines.
pub fn check(tree: &Tree) -> Vec<Complaint> {
    let charter = &tree.charter;
    let vocabulary = Vocabulary::of(tree);
    let futures = rules::cancellation::Futures::of(&tree.sources);
    let paths: Vec<&str> = tree
        .sources
        .iter()
        .map(|source| source.path.as_str())
        .collect();

    let mut complaints = charter.check(&paths);
    complaints.extend(rules::sizes::check_folders(&paths));
    complaints.extend(rules::unsafety::check_list(charter, &tree.sources));
    for source in &tree.sources {
        complaints.extend(rules::floors::check(source, &charter.floors));
        complaints.extend(rules::facade::check(source, &charter.beside_the_facade));
        complaints.extend(rules::unsafety::check(source));
        complaints.extend(rules::orderings::check(source));
        complaints.extend(rules::sizes::check(source));
        complaints.extend(rules::names::check(source, &vocabulary));
        complaints.extend(rules::leftovers::check(source));
        complaints.extend(rules::platforms::check(source));
        complaints.extend(rules::cancellation::check(source, &futures));
    }
    complaints.sort();
    complaints
}
