//! What `ARCHITECTURE.md` declares and the rules hold the code to.
//!
//! Three of its sections are read by machine: the table under "Floors", the table under "Beside
//! the facade" and the list under "Files that may contain unsafe". The words in backticks count,
//! the rest is for people.

use std::collections::BTreeMap;

use super::complaint::Complaint;

/// Where the charter lies, relative to the workspace.
pub const PATH: &str = "ARCHITECTURE.md";

/// The declarations of the charter.
#[derive(Debug, Default)]
pub struct Charter {
    /// The floor of each folder or file directly under `executor/src`.
    pub floors: BTreeMap<String, usize>,
    /// A path into std, and a file that may name it although the facade is
    /// the one door.
    pub beside_the_facade: Vec<(String, String)>,
    /// The files that may contain unsafe code, and the line that says so.
    pub unsafe_files: BTreeMap<String, usize>,
    /// Every source file that the text names, and where.
    pub named_files: Vec<(String, usize)>,
}

impl Charter {
    /// Reads the charter's text.
    pub fn parse(text: &str) -> Self {
        let mut charter = Self::default();
        let mut section = "";
        for (index, line) in text.lines().enumerate() {
            let names = spans(line);
            charter.note_files(&names, index + 1);
            if line.starts_with('#') {
                section = line.trim_start_matches('#').trim();
                continue;
            }
            match section {
                "Floors" => charter.note_floor(line, &names),
                "Beside the facade" => charter.note_exemption(line, &names),
                "Files that may contain unsafe" => charter.note_unsafe(line, &names, index + 1),
                _ => {}
            }
        }
        charter
    }

    /// What is missing from the charter, or names what the workspace does not have.
    pub fn check(&self, files: &[&str]) -> Vec<Complaint> {
        let mut complaints = Vec::new();
        if self.floors.is_empty() {
            complaints.push(Complaint::new(
                PATH,
                1,
                "there is no floor table",
                "under a heading \"Floors\", give each folder of executor/src a row: number, name, why",
            ));
        }
        for folder in self.floors.keys() {
            let start = format!("executor/src/{folder}");
            if !files.iter().any(|path| path.starts_with(&start)) {
                complaints.push(Complaint::new(
                    PATH,
                    1,
                    format!("`{folder}` has a floor but does not exist"),
                    "take it out of the floor table",
                ));
            }
        }
        for (file, line) in &self.named_files {
            if !files.iter().any(|path| is_path_end(path, file)) {
                complaints.push(Complaint::new(
                    PATH,
                    *line,
                    format!("`{file}` is named but does not exist"),
                    "name the file as it is called now, or leave it out",
                ));
            }
        }
        complaints
    }

    fn note_floor(&mut self, line: &str, names: &[&str]) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let Some(Ok(floor)) = cells.get(1).map(|cell| cell.parse::<usize>()) {
            let folders = cells.get(2).map(|cell| spans(cell)).unwrap_or_default();
            let is_ours = |name: &&&str| names.contains(name) && !name.contains("::");
            for folder in folders.iter().filter(is_ours) {
                self.floors.insert((*folder).to_owned(), floor);
            }
        }
    }

    fn note_exemption(&mut self, line: &str, names: &[&str]) {
        if let (true, Some((path, files))) = (line.starts_with('|'), names.split_first()) {
            for file in files.iter().filter(|name| name.ends_with(".rs")) {
                self.beside_the_facade
                    .push(((*path).to_owned(), (*file).to_owned()));
            }
        }
    }

    fn note_unsafe(&mut self, line: &str, names: &[&str], number: usize) {
        if let (true, Some(file)) = (line.starts_with("- "), names.first()) {
            self.unsafe_files.insert((*file).to_owned(), number);
        }
    }

    fn note_files(&mut self, names: &[&str], number: usize) {
        for name in names.iter().filter(|name| name.ends_with(".rs")) {
            self.named_files.push(((*name).to_owned(), number));
        }
    }
}

/// True where `end` is `path` or its last parts, as `tidy/tree.rs` is of `tests/src/tidy/tree.rs`.
pub fn is_path_end(path: &str, end: &str) -> bool {
    path.strip_suffix(end)
        .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// The texts between single backticks on one line.
fn spans(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Architecture
## Floors
| floor | folder | knows of |
|---:|---|---|
| 0 | `channel::base` | std |
| 1 | `parts/` | floor 0 |
| 2 | `time/`, `net/` | `parts/` |
## Beside the facade
| path | file | why |
|---|---|---|
| `std::sync::OnceLock` | `executor/src/a.rs` | `a` is a static |
## Files that may contain unsafe
- `executor/src/a.rs`: lays out `b`
";

    #[test]
    fn each_section_is_read() {
        let charter = Charter::parse(TEXT);
        let floors: Vec<(&str, usize)> = charter
            .floors
            .iter()
            .map(|(folder, floor)| (folder.as_str(), *floor))
            .collect();
        assert_eq!(floors, [("net/", 2), ("parts/", 1), ("time/", 2)]);
        let exemption = (
            "std::sync::OnceLock".to_owned(),
            "executor/src/a.rs".to_owned(),
        );
        assert_eq!(charter.beside_the_facade, [exemption]);
        assert_eq!(charter.unsafe_files.get("executor/src/a.rs"), Some(&13));
    }

    #[test]
    fn a_file_that_does_not_exist_is_reported() {
        let charter = Charter::parse(TEXT);
        let floors = [
            "executor/src/parts/a.rs",
            "executor/src/time/a.rs",
            "executor/src/net/a.rs",
        ];
        let [parts, time, net] = floors;
        assert_eq!(charter.check(&["executor/src/a.rs", parts, time, net]), []);
        assert_eq!(
            charter
                .check(&["executor/src/b.rs", parts, time, net])
                .len(),
            2
        );
        assert_eq!(charter.check(&["executor/src/a.rs", parts, time]).len(), 1);
    }

    #[test]
    fn a_charter_without_floors_is_reported() {
        assert_eq!(Charter::parse("# Architecture").check(&[]).len(), 1);
    }
}
