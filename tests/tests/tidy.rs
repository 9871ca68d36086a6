//! The house rules, checked over the whole workspace: floors, facade, unsafe list, orderings,
//! sizes, names in comments, leftovers, platform code, cancellation docs.
//!
//! `cargo test -p wane-tests --test tidy` runs this alone. The rules themselves, each with its
//! reason, are in `wane_tests::tidy`.

use std::path::Path;

use wane_tests::tidy;

#[test]
fn the_workspace_keeps_its_house_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let complaints = tidy::check_workspace(&root).expect("the workspace can be read");
    let report: Vec<String> = complaints.iter().map(ToString::to_string).collect();
    assert!(
        report.is_empty(),
        "{} complaints\n\n{}\n",
        report.len(),
        report.join("\n")
    );
}
