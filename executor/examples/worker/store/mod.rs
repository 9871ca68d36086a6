//! The store on disk: one file per object, complete or absent.
//!
//! An object is written under a temporary name in `incoming/` and renamed to its own once all of it
//! is there. A reader therefore never sees half an object, and a write that fails or is given up
//! removes its temporary file on the way out. Storing an object twice is the same as storing it
//! once, which is what lets a client that got no answer simply ask again.

pub(crate) mod faults;
pub(crate) mod server;

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, TempDir};

/// Folders that the objects are spread over, so that no folder grows too long to search.
const SHARDS: u64 = 256;

/// A directory of objects, removed with all it holds at the latest when this is dropped.
#[derive(Debug)]
pub(crate) struct Store {
    root: TempDir,
    incoming: PathBuf,
}

impl Store {
    /// Makes an empty store in the system's temporary directory.
    pub(crate) fn create() -> io::Result<Self> {
        let root = tempfile::Builder::new().prefix("object-store-").tempdir()?;
        let incoming = root.path().join("incoming");
        fs::create_dir(&incoming)?;
        for shard in 0..SHARDS {
            fs::create_dir(shard_path(root.path(), shard))?;
        }
        Ok(Self { root, incoming })
    }

    /// Stores `bytes` as `object`, all or nothing. Blocks on the file system.
    pub(crate) fn write(&self, object: u64, bytes: &[u8]) -> io::Result<()> {
        let mut file = NamedTempFile::new_in(&self.incoming)?;
        file.write_all(bytes)?;
        file.persist(self.path(object))?;
        Ok(())
    }

    /// The bytes of `object`, or `None` if it is not here. Blocks on the file system.
    pub(crate) fn read(&self, object: u64) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.path(object)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Temporary files of writes that began and did not end. Blocks on the file system.
    pub(crate) fn half_written(&self) -> io::Result<usize> {
        Ok(fs::read_dir(&self.incoming)?.count())
    }

    /// Removes the directory and all it holds. Blocks on the file system, longer than a task may.
    pub(crate) fn remove(self) -> io::Result<()> {
        self.root.close()
    }

    fn path(&self, object: u64) -> PathBuf {
        shard_path(self.root.path(), object % SHARDS).join(object.to_string())
    }
}

fn shard_path(root: &Path, shard: u64) -> PathBuf {
    root.join(format!("{shard:02x}"))
}
