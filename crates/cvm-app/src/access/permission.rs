//! What may be done, and by which role: the one table.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a route may ask of its caller. An API key's scopes are some of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum Permission {
    /// Customers, their values and history, without what names a person.
    #[serde(rename = "customers.read")]
    ReadCustomers,
    /// Names, e-mail addresses, phone numbers and other identifiers of customers.
    #[serde(rename = "personal.read")]
    ReadPersonalData,
    /// Attributes and consents of customers, merging and un-merging them.
    #[serde(rename = "customers.write")]
    WriteCustomers,
    /// Erasing a person.
    #[serde(rename = "customers.erase")]
    EraseCustomers,
    /// Customers, transactions and events, in bulk.
    #[serde(rename = "import")]
    Import,
    /// SQL over all facts, which hold personal data.
    #[serde(rename = "query")]
    Query,
    /// Computing values anew, and seeing how such work goes.
    #[serde(rename = "score")]
    Score,
    /// Segments, their members and what became of them.
    #[serde(rename = "segments.read")]
    ReadSegments,
    /// Making and changing segments.
    #[serde(rename = "segments.edit")]
    EditSegments,
    /// Campaigns, what became of them, and who may be told something.
    #[serde(rename = "campaigns.read")]
    ReadCampaigns,
    /// Making and changing campaigns, without starting them.
    #[serde(rename = "campaigns.edit")]
    EditCampaigns,
    /// Letting campaigns of others start, stopping any, and changing who may be told something.
    #[serde(rename = "campaigns.approve")]
    ApproveCampaigns,
    /// Messages that wait to be shown, said on the telephone or printed, and what became of them.
    #[serde(rename = "messages.deliver")]
    DeliverMessages,
    /// Who may send events, and their write keys.
    #[serde(rename = "sources.manage")]
    ManageSources,
    /// Users and their roles.
    #[serde(rename = "users.manage")]
    ManageUsers,
    /// API keys.
    #[serde(rename = "keys.manage")]
    ManageKeys,
    /// Who changed what.
    #[serde(rename = "audit.read")]
    ReadAudit,
    /// What the server says of itself, for those who watch over it.
    #[serde(rename = "metrics.read")]
    ReadMetrics,
}

/// What a user is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the installation.
    Admin,
    /// Asks questions of the data.
    Analyst,
    /// Decides whom to offer what.
    Marketer,
    /// Talks with one customer at a time, and so knows who that is.
    ServiceAgent,
    /// Looks at results.
    Viewer,
}

use Permission::*;

impl Permission {
    /// Every permission.
    pub const ALL: &[Self] = &[
        ReadCustomers,
        ReadPersonalData,
        WriteCustomers,
        EraseCustomers,
        Import,
        Query,
        Score,
        ReadSegments,
        EditSegments,
        ReadCampaigns,
        EditCampaigns,
        ApproveCampaigns,
        DeliverMessages,
        ManageSources,
        ManageUsers,
        ManageKeys,
        ReadAudit,
        ReadMetrics,
    ];

    /// Whether an API key may have it. A key that leaked must not be able to make itself another or a user.
    pub const fn is_scope(self) -> bool {
        !matches!(self, ManageUsers | ManageKeys)
    }

    /// As the API writes it.
    pub fn name(self) -> String {
        written(self)
    }
}

impl Role {
    /// Every role.
    pub const ALL: &[Self] = &[Self::Admin, Self::Analyst, Self::Marketer, Self::ServiceAgent, Self::Viewer];

    /// What it may do.
    pub const fn permissions(self) -> &'static [Permission] {
        match self {
            Self::Admin => Permission::ALL,
            Self::Analyst => {
                &[ReadCustomers, ReadPersonalData, Query, Score, ReadSegments, EditSegments, ReadCampaigns]
            }
            Self::Marketer => &[ReadCustomers, Import, Score, ReadSegments, EditSegments, ReadCampaigns, EditCampaigns],
            Self::ServiceAgent => {
                &[ReadCustomers, ReadPersonalData, WriteCustomers, ReadSegments, ReadCampaigns, DeliverMessages]
            }
            Self::Viewer => &[ReadCustomers, ReadSegments, ReadCampaigns],
        }
    }

    /// As the API writes it.
    pub fn name(self) -> String {
        written(self)
    }

    /// The role of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.name() == name)
    }
}

fn written(name: impl Serialize) -> String {
    match serde_json::to_value(name) {
        Ok(serde_json::Value::String(name)) => name,
        _ => unreachable!("roles and permissions are written as text"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_may_query_may_see_persons() {
        // Tables of facts hold personal data, so a role with one and not the other would be a promise not kept.
        for role in Role::ALL {
            let may = |permission| role.permissions().contains(&permission);
            assert!(!may(Query) || may(ReadPersonalData), "{role:?}");
            assert!(!may(WriteCustomers) || may(ReadCustomers), "{role:?}");
        }
    }

    #[test]
    fn names_lead_back() {
        for &role in Role::ALL {
            assert_eq!(Role::from_name(&role.name()), Some(role));
        }
        assert_eq!(
            (Role::ServiceAgent.name().as_str(), ReadPersonalData.name().as_str()),
            ("service_agent", "personal.read")
        );
    }
}
