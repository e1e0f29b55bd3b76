//! What a job says of itself, in the reader's words: what it is called, which stage it is at and how far.

use super::Job;
use cvm_core::text::Words;

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage<'a> {
    /// What it is at.
    pub name: &'a str,
    /// How much of that is done, from 0 to 1, where it can be said.
    pub done: Option<f64>,
    /// How many are done, where nobody knows of how many.
    pub count: Option<u64>,
}

impl Job {
    /// Where it is; nothing while it says nothing. See [`super::Task::at`].
    pub fn stage(&self) -> Option<Stage<'_>> {
        let (name, how_far) = self.progress.split_once(' ').unwrap_or((&self.progress, ""));
        let share = |of: &str, all: &str| Some(of.parse::<f64>().ok()? / all.parse::<f64>().ok()?.max(1.0));
        let done = match how_far.split_once('/') {
            Some((at, all)) => share(at, all),
            None => how_far.strip_suffix('%').and_then(|percent| share(percent, "100")),
        };
        let done = done.map(|done| done.clamp(0.0, 1.0));
        (!name.is_empty()).then(|| Stage { name, done, count: how_far.parse().ok() })
    }
}

/// What a kind of job is called; its name where this version knows none of it.
pub fn named(words: Words, kind: &str) -> String {
    let id = match kind {
        "score" => "job-score",
        "segments" => "job-segments",
        "conversions" => "job-conversions",
        "outcomes" => "job-outcomes",
        "recommendations" => "job-recommendations",
        "campaign" => "job-campaign",
        "results" => "job-results",
        "uplift" => "job-uplift",
        "plan" => "job-plan",
        "sync" => "job-sync",
        "forget" => "job-forget",
        "tidy" => "job-tidy",
        "tidy-lake" => "job-tidy_lake",
        "expire" => "job-expire",
        "sample" => "job-sample",
        "upload" => "job-upload",
        "webhook" => "job-webhook",
        "alerts" => "job-alerts",
        "alert_mail" => "job-alert_mail",
        other => return other.to_owned(),
    };
    words.text(id)
}

/// Which stage a job is at and how far; nothing while it says nothing.
pub fn said(words: Words, job: &Job) -> String {
    let Some(stage) = job.stage() else { return String::new() };
    let id = match stage.name {
        // What the models themselves go through; they say it by the id of its words.
        "step-look" => "step-look",
        "step-read" => "step-read",
        "step-choose" => "step-choose",
        "step-fit" => "step-fit",
        "step-score" => "step-score",
        "step-write" => "step-write",
        "step-owners" => "step-owners",
        "step-orders" => "step-orders",
        "step-values" => "step-values",
        "values" => "stage-values",
        "acquisition" => "stage-acquisition",
        "choices" => "stage-choices",
        "writing" => "stage-writing",
        "attributes" => "stage-attributes",
        "lake" => "stage-lake",
        "customers" => "stage-customers",
        "wiping" => "stage-wiping",
        "persons" => "stage-persons",
        "rules" => "stage-rules",
        "members" => "stage-members",
        "overlaps" => "stage-overlaps",
        "reading" => "stage-reading",
        "company" => "stage-company",
        "arriving" => "stage-arriving",
        "purchases" => "stage-purchases",
        "visits" => "stage-visits",
        "messages" => "stage-messages",
        "complaints" | "surveys" | "costs" => "stage-service",
        "results" => "stage-results",
        "learning" => "stage-learning",
        "products" => "stage-products",
        "alerts" => "stage-alerts",
        _ => return job.progress.clone(),
    };
    let stage_text = words.text(id);
    let how_far = match (stage.done, stage.count) {
        (Some(done), _) => words.percent(done, 0),
        (None, Some(count)) => words.number(count as f64, 0),
        (None, None) => return stage_text,
    };
    words.with("job-at", &[("stage", stage_text.into()), ("far", how_far.into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Time;
    use crate::platform::jobs::State;
    use crate::platform::server::JOBS;
    use cvm_core::Language;
    use serde_json::Value;

    fn at(progress: &str) -> Job {
        Job {
            id: "1".to_owned(),
            kind: "score".to_owned(),
            subject: String::new(),
            input: Value::Null,
            state: State::Running,
            asked_by: "schedule".to_owned(),
            asked_at: Time(0),
            due_at: Time(0),
            started_at: Some(Time(0)),
            ended_at: None,
            attempts: 1,
            progress: progress.to_owned(),
            result: Value::Null,
            error: String::new(),
        }
    }

    #[test]
    fn every_kind_of_job_has_a_name() {
        for kind in JOBS {
            let name = named(Words::new(Language::En), kind.name);
            assert_ne!(name, kind.name);
        }
        assert_eq!(named(Words::new(Language::Pl), "of another version"), "of another version");
    }

    #[test]
    fn what_a_job_says_is_said_in_the_readers_words() {
        let said = |language, progress: &str| said(Words::new(language), &at(progress));
        assert_eq!(said(Language::En, ""), "");
        assert_eq!(said(Language::En, "learning"), "Learning");
        assert_eq!(said(Language::Pl, "step-score 45%"), "Prognoza dla każdego klienta: 45%");
        assert_eq!(said(Language::Fa, "members 3/8"), "ثبت ورودها و خروج‌ها: ۳۸٪");
        assert_eq!(said(Language::En, "arriving 12000"), "Taking in what arrived: 12,000");
        assert_eq!(said(Language::Ru, "dancing 1/2"), "dancing 1/2", "what this version does not know");
        assert_eq!(at("writing 9/3").stage().unwrap().done, Some(1.0));
        assert_eq!(at("writing 0/0").stage().unwrap().done, Some(0.0));
    }
}
