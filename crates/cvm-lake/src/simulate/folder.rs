//! A folder that appears under its name only when it is complete.

use super::{SimulateError, readme};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Lies in a folder that is being written, and says so to who finds it after a crash.
const MARK: &str = "UNFINISHED";

/// A folder being written beside the one it will replace; dropped, it is removed.
pub(super) struct Unfinished {
    target: PathBuf,
    beside: PathBuf,
    done: bool,
}

impl Unfinished {
    /// Makes sure that the target may be replaced, clears what an interrupted run left, and begins.
    pub(super) fn begin(target: &Path) -> Result<Self, SimulateError> {
        let beside = named(target, ".partial")?;
        check_replaceable(target)?;
        if beside.exists() {
            if !beside.join(MARK).exists() {
                return Err(in_use(&beside, beside.file_name()));
            }
            fs::remove_dir_all(&beside).map_err(|e| SimulateError::io(&beside, e))?;
        }
        fs::create_dir_all(&beside).map_err(|e| SimulateError::io(&beside, e))?;
        let mark = beside.join(MARK);
        fs::write(&mark, "A simulation is writing here, or was interrupted. The next one clears it.\n")
            .map_err(|e| SimulateError::io(&mark, e))?;
        Ok(Self { target: target.to_owned(), beside, done: false })
    }

    /// Where to write.
    pub(super) fn path(&self) -> &Path {
        &self.beside
    }

    /// Gives the folder its name; what stood there is removed last.
    pub(super) fn complete(mut self) -> Result<(), SimulateError> {
        let at = |path: &Path, result: io::Result<()>| result.map_err(|e| SimulateError::io(path, e));
        // Checked again: the run may have taken long, and somebody may have put something there.
        check_replaceable(&self.target)?;
        let old = named(&self.target, ".replaced")?;
        if old.exists() {
            check_replaceable(&old)?;
            at(&old, fs::remove_dir_all(&old))?;
        }
        at(&self.beside, fs::remove_file(self.beside.join(MARK)))?;
        if self.target.exists() {
            at(&self.target, fs::rename(&self.target, &old))?;
        }
        if let Err(error) = fs::rename(&self.beside, &self.target) {
            if old.exists() {
                at(&old, fs::rename(&old, &self.target))?;
            }
            return Err(SimulateError::io(&self.target, error));
        }
        self.done = true;
        if old.exists() { at(&old, fs::remove_dir_all(&old)) } else { Ok(()) }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.done {
            // Nothing better can be done with a failure here: the next run clears what is left.
            let _ = fs::remove_dir_all(&self.beside);
        }
    }
}

fn named(target: &Path, ending: &str) -> Result<PathBuf, SimulateError> {
    let Some(name) = target.file_name() else {
        let value = format!("`{}`", target.display());
        return Err(SimulateError::Invalid { name: "the folder", value, expected: "the name of a folder to make" });
    };
    let mut name = OsString::from(name);
    name.push(ending);
    Ok(target.with_file_name(name))
}

/// Nothing there, an empty folder, or a company of an earlier simulation and nothing else.
fn check_replaceable(folder: &Path) -> Result<(), SimulateError> {
    if !folder.exists() {
        return Ok(());
    }
    let made = readme::files_of_earlier(&folder.join(readme::TRUTH));
    for entry in fs::read_dir(folder).map_err(|e| SimulateError::io(folder, e))? {
        let entry = entry.map_err(|e| SimulateError::io(folder, e))?;
        if !made.iter().any(|file| entry.file_name() == file.as_str()) {
            return Err(in_use(folder, Some(&entry.file_name())));
        }
    }
    Ok(())
}

fn in_use(folder: &Path, found: Option<&std::ffi::OsStr>) -> SimulateError {
    let found = found.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    SimulateError::FolderInUse { folder: folder.to_owned(), found }
}
