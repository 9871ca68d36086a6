//! Sizes: what does not fit on a few screens is two things.

use std::collections::BTreeMap;

use crate::tidy::complaint::Complaint;
use crate::tidy::source::Source;

/// The longest a file may be, docs and tests included.
pub const FILE_LINES_MAX: usize = 600;

/// The longest a function's body may be, comments and blank lines included.
pub const FUNCTION_LINES_MAX: usize = 60;

/// The most source files that one folder may hold.
pub const FOLDER_FILES_MAX: usize = 15;

/// Checks the length of one file and of its functions.
pub fn check(source: &Source) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    let length = source.lines.len();
    if length > FILE_LINES_MAX {
        complaints.push(Complaint::new(
            &source.path,
            length,
            format!("the file has {length} lines of at most {FILE_LINES_MAX}"),
            "split it where its nouns part: a type and its parts in a file of their own",
        ));
    }
    for function in &source.functions {
        let [open, .., close] = &source.tokens[function.body.clone()] else {
            continue;
        };
        let body = (close.line - open.line).saturating_sub(1);
        if body > FUNCTION_LINES_MAX {
            complaints.push(Complaint::new(
                &source.path,
                function.line,
                format!(
                    "`{}` has {body} lines of at most {FUNCTION_LINES_MAX}",
                    function.name
                ),
                "keep the decisions here and give the work to helpers with names of their own",
            ));
        }
    }
    complaints
}

/// Checks how many source files lie directly in each folder.
pub fn check_folders(paths: &[&str]) -> Vec<Complaint> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for path in paths {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        *counts.entry(folder).or_default() += 1;
    }
    let crowded = counts
        .into_iter()
        .filter(|(_, count)| *count > FOLDER_FILES_MAX);
    let complain = |(folder, count): (&str, usize)| {
        Complaint::new(
            folder,
            1,
            format!("the folder holds {count} files of at most {FOLDER_FILES_MAX}"),
            "give the files that belong together a folder of their own",
        )
    };
    crowded.map(complain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        check(&Source::parse("executor/src/a.rs", text)).len()
    }

    fn function_of(lines: usize) -> String {
        format!("fn f() {{\n{}}}\n", "    a();\n".repeat(lines))
    }

    #[test]
    fn a_file_may_be_as_long_as_the_limit_and_no_longer() {
        assert_eq!(count(&"a();\n".repeat(FILE_LINES_MAX)), 0);
        assert_eq!(count(&"a();\n".repeat(FILE_LINES_MAX + 1)), 1);
    }

    #[test]
    fn a_function_may_be_as_long_as_the_limit_and_no_longer() {
        assert_eq!(count(&function_of(FUNCTION_LINES_MAX)), 0);
        assert_eq!(count(&function_of(FUNCTION_LINES_MAX + 1)), 1);
        assert_eq!(count("trait A {\n fn f();\n}"), 0);
    }

    #[test]
    fn a_folder_may_be_as_full_as_the_limit_and_no_fuller() {
        let paths: Vec<String> = (0..=FOLDER_FILES_MAX)
            .map(|n| format!("a/b/{n}.rs"))
            .collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(check_folders(&paths[1..]), []);
        assert_eq!(check_folders(&paths).len(), 1);
    }
}
