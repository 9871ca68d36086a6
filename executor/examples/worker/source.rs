//! The source: the files below a directory, seen as one sequence of chunks that never ends.
//!
//! Object `n` is chunk `n % chunks` of the sequence, so the number of an object says which bytes it
//! must hold. That is all the bookkeeping the read-back check needs: nothing per object is kept, and
//! nothing can drift. The table below grows with the files and is complete before the first offer.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The size of all chunks of a file but the last, which may be shorter (and is empty for an empty
/// file).
const CHUNK_BYTES: u64 = 64 * 1024;

/// Folders that hold what tools made, not what people wrote.
const SKIPPED: [&str; 2] = ["target", ".git"];

/// Every file below the directory, in the order of their paths.
#[derive(Debug)]
pub(crate) struct Source {
    files: Vec<SourceFile>,
    chunks: u64,
}

#[derive(Debug)]
struct SourceFile {
    path: PathBuf,
    bytes: u64,
    /// The number of this file's first chunk in the sequence.
    first_chunk: u64,
}

/// Why the source cannot be read, and where.
#[derive(Debug)]
pub(crate) struct SourceError {
    path: PathBuf,
    problem: Problem,
}

#[derive(Debug)]
enum Problem {
    Io(io::Error),
    NoFiles,
    Changed,
}

impl Source {
    /// Lists the files below `directory`.
    pub(crate) fn scan(directory: &Path) -> Result<Self, SourceError> {
        let mut found = Vec::new();
        let mut folders = vec![directory.to_owned()];
        while let Some(folder) = folders.pop() {
            scan_folder(&folder, &mut folders, &mut found)
                .map_err(|error| SourceError::new(&folder, Problem::Io(error)))?;
        }
        found.sort_unstable();
        let mut chunks = 0;
        let mut files = Vec::with_capacity(found.len());
        for (path, bytes) in found {
            files.push(SourceFile {
                path,
                bytes,
                first_chunk: chunks,
            });
            chunks += bytes.div_ceil(CHUNK_BYTES).max(1);
        }
        match chunks {
            0 => Err(SourceError::new(directory, Problem::NoFiles)),
            _ => Ok(Self { files, chunks }),
        }
    }

    pub(crate) fn chunks(&self) -> u64 {
        self.chunks
    }

    /// The bytes of object `object`. Blocks on the file system.
    pub(crate) fn read(&self, object: u64) -> Result<Vec<u8>, SourceError> {
        let chunk = object % self.chunks;
        let after = self.files.partition_point(|file| file.first_chunk <= chunk);
        let file = &self.files[after - 1];
        let offset = (chunk - file.first_chunk) * CHUNK_BYTES;
        let bytes = CHUNK_BYTES.min(file.bytes - offset);
        read_range(&file.path, offset, bytes).map_err(|error| {
            let problem = match error.kind() {
                io::ErrorKind::UnexpectedEof | io::ErrorKind::NotFound => Problem::Changed,
                _ => Problem::Io(error),
            };
            SourceError::new(&file.path, problem)
        })
    }
}

/// Adds the subfolders of `folder` to `folders`, and its files with their sizes to `found`.
fn scan_folder(
    folder: &Path,
    folders: &mut Vec<PathBuf>,
    found: &mut Vec<(PathBuf, u64)>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let skipped = SKIPPED.iter().any(|name| entry.file_name() == *name);
        if kind.is_dir() && !skipped {
            folders.push(entry.path());
        } else if kind.is_file() && !skipped {
            found.push((entry.path(), entry.metadata()?.len()));
        }
    }
    Ok(())
}

fn read_range(path: &Path, offset: u64, bytes: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut buffer = vec![0; bytes as usize];
    file.read_exact(&mut buffer)?;
    Ok(buffer)
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes: u64 = self.files.iter().map(|file| file.bytes).sum();
        let mib = bytes as f64 / (1024.0 * 1024.0);
        write!(
            f,
            "{} files, {mib:.1} MiB, {} chunks",
            self.files.len(),
            self.chunks
        )
    }
}

impl SourceError {
    fn new(path: &Path, problem: Problem) -> Self {
        Self {
            path: path.to_owned(),
            problem,
        }
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.problem {
            Problem::Io(error) => write!(f, "cannot read {path}: {error}"),
            Problem::NoFiles => write!(f, "no files below {path}: name a directory that has some"),
            Problem::Changed => write!(
                f,
                "{path} was cut short or removed during the run: choose a directory at rest"
            ),
        }
    }
}

impl std::error::Error for SourceError {}
