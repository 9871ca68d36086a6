//! What the system knows of this process: its threads, descriptors and resident memory.
//!
//! Read from `/proc`; where there is none each count is `None`, and comparing two says nothing.

use std::fs;

/// Bytes of a page, as `/proc/self/statm` counts them on the machines these tests run on.
const PAGE: usize = 4096;

/// Counts at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Census {
    /// Threads of the process.
    pub threads: Option<usize>,
    /// Open descriptors.
    pub descriptors: Option<usize>,
}

impl Census {
    /// Counts now.
    #[must_use]
    pub fn take() -> Self {
        Self {
            threads: entries_of("/proc/self/task"),
            descriptors: entries_of("/proc/self/fd"),
        }
    }
}

/// Resident memory of the process in bytes.
#[must_use]
pub fn resident() -> Option<usize> {
    let text = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * PAGE)
}

fn entries_of(folder: &str) -> Option<usize> {
    fs::read_dir(folder).ok().map(Iterator::count)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_thread_and_a_descriptor_are_seen() {
        if resident().is_none() {
            return;
        }
        let (release, held) = mpsc::channel::<()>();
        let thread = std::thread::spawn(move || held.recv());
        let file = fs::File::open("/proc/self/statm").expect("it was there");
        let census = Census::take();
        assert!(census.threads.is_some_and(|threads| threads >= 2));
        assert!(census.descriptors.is_some_and(|open| open >= 4));
        drop((release, file));
        assert!(thread.join().expect("no panic").is_err());
    }
}
