//! The product: one folder a feature, each with its rules, pages and tests.

pub mod access;
pub mod analytics;
pub mod campaigns;
pub mod channels;
pub mod contacts;
pub mod customers;
pub mod data;
pub mod expiry;
pub mod insights;
pub mod intake;
pub mod planning;
pub mod platform;
pub mod proof;
pub mod report;
pub mod scoring;
pub mod segments;
pub mod settings;
pub mod start;
pub mod tracking;
