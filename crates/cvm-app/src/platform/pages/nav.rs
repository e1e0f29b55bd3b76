//! The ways through the pages: one table.

use crate::access::Permission;
use crate::platform::Access;

/// A way from every page.
pub(super) struct Way {
    /// Its address behind the language.
    pub path: &'static str,
    /// The id of its name.
    pub text: &'static str,
    /// Its icon.
    pub icon: &'static str,
    /// The key after `g`.
    pub key: char,
    /// Who is shown it.
    pub access: Access,
}

const fn way(path: &'static str, text: &'static str, icon: &'static str, key: char, access: Access) -> Way {
    Way { path, text, icon, key, access }
}

const READ: Access = Access::Needs(Permission::ReadCustomers);

/// From the whole to the single, and then to what stands behind it.
pub(super) const WAYS: &[Way] = &[
    way("/", "page-overview", "overview", 'o', READ),
    way("/customers", "page-customers", "customers", 'c', READ),
    way("/value", "page-value", "value", 'v', READ),
    way("/profit", "page-profit", "profit", 'p', READ),
    way("/segments", "page-segments", "segments", 's', Access::Needs(Permission::ReadSegments)),
    way("/campaigns", "campaigns-title", "campaigns", 'm', Access::Needs(Permission::ReadCampaigns)),
    way("/results", "page-results", "done", 'r', Access::Needs(Permission::ReadCampaigns)),
    way("/plans", "page-plans", "target", 'l', Access::Needs(Permission::ReadCampaigns)),
    way("/funnels", "page-funnels", "funnels", 'f', READ),
    way("/data", "facts-title", "data", 'd', READ),
    way("/settings", "settings-title", "settings", 'e', Access::SignedIn),
    way("/account", "page-account", "user", 'a', Access::SignedIn),
];
