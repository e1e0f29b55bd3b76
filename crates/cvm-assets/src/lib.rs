//! What browsers load: styles, scripts, fonts and icons, in the program itself. `files/vendor/ASSETS.md` says what comes from
//! others.

use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::LazyLock;

/// A file.
#[derive(Debug)]
pub struct Asset {
    /// Its name, as in addresses.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// What is in it.
    pub bytes: &'static [u8],
}

macro_rules! assets {
    ($($name:literal: $content_type:literal),+ $(,)?) => {
        &[$(Asset { name: $name, content_type: $content_type, bytes: include_bytes!(concat!("../files/", $name)) }),+]
    };
}

/// All files.
pub const ASSETS: &[Asset] = assets! {
    "app.css": "text/css; charset=utf-8",
    "app.js": "text/javascript; charset=utf-8",
    "base.css": "text/css; charset=utf-8",
    "icon.svg": "image/svg+xml",
    "theme.js": "text/javascript; charset=utf-8",
    "vendor/htmx.min.js": "text/javascript; charset=utf-8",
    "vendor/icons.svg": "image/svg+xml",
    "vendor/inter-cyrillic.woff2": "font/woff2",
    "vendor/inter-latin-ext.woff2": "font/woff2",
    "vendor/inter-latin.woff2": "font/woff2",
    "vendor/vazirmatn-nl.woff2": "font/woff2",
};

/// The style that the report carries within.
pub const BASE_CSS: &str = include_str!("../files/base.css");

/// Persian letters, which are poor or missing on many machines.
pub const PERSIAN_FONT: &[u8] = include_bytes!("../files/vendor/vazirmatn-nl.woff2");

/// The file of this name.
pub fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// A name of all files as they are now. It is part of their addresses, so that browsers may keep them for ever: files that
/// name one another need no more than their own names.
pub fn version() -> &'static str {
    static VERSION: LazyLock<String> = LazyLock::new(|| {
        let mut hash = Sha256::new();
        for asset in ASSETS {
            hash.update(asset.name);
            hash.update((asset.bytes.len() as u64).to_le_bytes());
            hash.update(asset.bytes);
        }
        hash.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").expect("texts take what they are given");
            text
        })
    });
    &VERSION
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_others_is_as_noted() {
        let notes = include_str!("../files/vendor/ASSETS.md");
        for asset in ASSETS.iter().filter(|asset| asset.name.starts_with("vendor/")) {
            let name = asset.name.trim_start_matches("vendor/");
            let hash: String = Sha256::digest(asset.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
            let line = notes.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
            let line = line.unwrap_or_else(|| panic!("ASSETS.md does not tell of {name}"));
            assert!(line.contains(&hash), "{name} is {hash}");
        }
    }

    #[test]
    fn styles_name_files_that_are_there() {
        for asset in ASSETS.iter().filter(|asset| asset.name.ends_with(".css")) {
            let text = std::str::from_utf8(asset.bytes).unwrap();
            for part in text.split("url(").skip(1) {
                let name = part.split(')').next().unwrap().trim_matches('"');
                assert!(find(name).is_some(), "{} names {name}", asset.name);
            }
        }
    }
}
