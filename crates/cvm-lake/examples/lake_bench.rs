//! The steps of the main job one by one, for the benchmark: `lake_bench JOB FILE` prints the CPU seconds of the job.

#![expect(clippy::print_stdout, reason = "the benchmark reads what it prints")]

use cvm_lake::analyze::bench;
use cvm_lake::features::Base;
use cvm_lake::ingest::{self, ProblemLog};
use cvm_lake::{LakeError, engine};
use std::sync::Arc;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [job, file] = &arguments[..] else { return Err("usage: lake_bench JOB FILE".into()) };
    let base = load(file).await?;
    if job == "summary" {
        println!("{{\"customers\": {}}}", base.len()); // the whole process counts
        return Ok(());
    }
    let job = bench::job(job, &base)?;
    let started = cpu_seconds();
    job()?;
    println!("{{\"cpu_seconds\": {:.2}}}", cpu_seconds() - started);
    Ok(())
}

async fn load(file: &str) -> Result<Base, LakeError> {
    let today = chrono::NaiveDate::MAX.pred_opt().expect("the last day has one before it");
    let dataset = ingest::open(&[file.to_owned()], &ingest::Options::new(today))?;
    let folder = tempfile::tempdir().map_err(|source| LakeError::Output { path: "temporary folder".into(), source })?;
    let log = ProblemLog::create(&folder.path().join("problems.parquet"))?;
    Ok(Base::load(&dataset, &engine::Limits::default(), log, &Arc::default()).await?.0)
}

/// User and system time of this process, as Linux counts it: in hundredths.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}
