//! What is brought in from elsewhere: files by hand, databases and buckets regularly; each row once, whatever is killed.
//!
//! `bookmark` is the ground of both: how far a reader is moves in the commit that stores what it read. `import` stores files,
//! `orders` makes orders of their lines, `sync` reads on in tables and buckets. Tables: `bookmarks`, `synced_files`.

mod bookmark;
mod import;
mod orders;
pub mod sync;
#[cfg(test)]
mod tests;

pub use bookmark::{Bookmark, Move, Rows};
pub use import::{Begin, Import, ImportError, Imported, Wanted, fingerprint, imports};
pub use sync::SyncSettings;
