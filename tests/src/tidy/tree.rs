//! The workspace on disk: every Rust file, every manifest, the charter.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::charter::{self, Charter};
use super::source::Source;

/// All that the rules look at.
#[derive(Debug)]
pub struct Tree {
    /// The path of every file that the rules know, in order: Rust, manifests, prose, lists.
    pub files: Vec<String>,
    /// Every Rust file, in the order of their paths.
    pub sources: Vec<Source>,
    /// The text of every `Cargo.toml`, with its path.
    pub manifests: Vec<(String, String)>,
    /// What `ARCHITECTURE.md` declares.
    pub charter: Charter,
}

impl Tree {
    /// Reads the workspace whose root folder is `root`.
    ///
    /// # Errors
    ///
    /// A file or folder that cannot be read, with its path.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut files = Vec::new();
        collect(root, &mut files)?;
        files.sort();
        let mut sources = Vec::new();
        let mut manifests = Vec::new();
        for file in &files {
            let path = relative(root, file);
            if path.ends_with(".rs") {
                sources.push(Source::parse(&path, &read(file)?));
            } else if path.ends_with("Cargo.toml") {
                manifests.push((path, read(file)?));
            }
        }
        mark_test_files(&mut sources);
        let files = files.iter().map(|file| relative(root, file)).collect();
        let charter = Charter::parse(&read(&root.join(charter::PATH))?);
        Ok(Self {
            files,
            sources,
            manifests,
            charter,
        })
    }
}

/// Marks the files of modules that are declared for test builds alone.
fn mark_test_files(sources: &mut [Source]) {
    let modules: Vec<String> = sources.iter().flat_map(Source::test_modules).collect();
    for source in sources {
        let is_in = |module: &String| {
            let rest = source.path.strip_prefix(module.as_str());
            rest.is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
        };
        source.is_test_file |= modules.iter().any(is_in);
    }
}

/// Every file below a folder that a rule knows, but for build output and hidden folders.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder).map_err(|error| at(folder, &error))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(&path, files)?;
            }
        } else if is_known(&name) {
            files.push(path);
        }
    }
    Ok(())
}

/// True for the kinds of file that the rules read or that comments name.
pub fn is_known(name: &str) -> bool {
    [".rs", ".toml", ".md", ".txt"]
        .iter()
        .any(|ending| name.ends_with(ending))
}

fn read(file: &Path) -> io::Result<String> {
    fs::read_to_string(file).map_err(|error| at(file, &error))
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn relative(root: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(root).unwrap_or(file);
    let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_test_modules_are_test_code() {
        let mut sources = [
            Source::parse(
                "executor/src/lib.rs",
                "mod task;\n#[cfg(test)]\nmod testing;",
            ),
            Source::parse("executor/src/task.rs", ""),
            Source::parse("executor/src/testing/mod.rs", ""),
        ];
        mark_test_files(&mut sources);
        let marks: Vec<bool> = sources.iter().map(|source| source.is_test_file).collect();
        assert_eq!(marks, [false, false, true]);
    }
}
