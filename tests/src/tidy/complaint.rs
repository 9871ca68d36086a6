//! What a rule reports: where, what is wrong, and what to do instead.

use std::fmt;

/// One place that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Complaint {
    /// The file, relative to the workspace.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub wrong: String,
    /// What to do instead.
    pub instead: String,
}

impl Complaint {
    /// A complaint about one line of a file.
    pub fn new(
        path: impl Into<String>,
        line: usize,
        wrong: impl Into<String>,
        instead: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            line,
            wrong: wrong.into(),
            instead: instead.into(),
        }
    }
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}:{}: {}", self.path, self.line, self.wrong)?;
        write!(f, "    instead: {}", self.instead)
    }
}
