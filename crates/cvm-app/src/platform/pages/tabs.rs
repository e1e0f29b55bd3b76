//! Pages that belong together, beside each other.

use super::View;
use crate::platform::Access;

/// A page beside others, as it is shown.
pub struct Tab {
    /// The address.
    pub href: String,
    /// The words.
    pub label: String,
    /// Whether one is there.
    pub current: bool,
}

/// A tab: its address behind the language, the id of its words, who may see it.
pub type Place = (&'static str, &'static str, Access);

/// The tabs that are open to who looks; `here` is the address of the current one.
pub fn tabs(view: &View, places: &[Place], here: &str) -> Vec<Tab> {
    let open = places.iter().filter(|(_, _, access)| view.is_open(*access));
    let tab =
        |(path, text, _): &Place| Tab { href: view.href(path), label: view.words.text(text), current: *path == here };
    open.map(tab).collect()
}

/// The first that is open to who looks.
pub fn first_open(view: &View, places: &[Place]) -> Option<String> {
    places.iter().find(|(_, _, access)| view.is_open(*access)).map(|(path, ..)| view.href(path))
}
