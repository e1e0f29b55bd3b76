//! The data engine as OpenCVM sets it up: threads, memory limit, spilling, our functions.

use crate::features::purchase_history;
use datafusion::error::Result;
use datafusion::execution::cache::cache_manager::CacheManagerConfig;
use datafusion::execution::memory_pool::{FairSpillPool, GreedyMemoryPool, MemoryPool};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};
use std::path::PathBuf;
use std::sync::Arc;

/// How much of the machine a job may use.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Bytes the engine may hold before it spills to disk.
    pub memory_bytes: usize,
    /// Threads that work at once.
    pub threads: usize,
    /// Folder for what does not fit into memory; the system's temporary folder where `None`.
    pub spill: Option<PathBuf>,
}

impl Default for Limits {
    /// Half of the machine's memory, all of its processors.
    fn default() -> Self {
        Self {
            memory_bytes: total_memory_bytes().unwrap_or(4 << 30) / 2,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            spill: None,
        }
    }
}

/// Memory of the machine, or of the container where that is less.
fn total_memory_bytes() -> Option<usize> {
    let machine = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("MemTotal:"))?;
        line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kib| kib * 1024)
    });
    let container =
        std::fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse::<usize>().ok());
    [machine, container].into_iter().flatten().min()
}

/// A session for one job that runs alone. Where its partitions work at once, none may take the memory of the others.
pub fn session(limits: &Limits) -> Result<SessionContext> {
    session_with(limits, CacheManagerConfig::default())
}

/// A session that knows of files what others have read.
pub fn session_with(limits: &Limits, known: CacheManagerConfig) -> Result<SessionContext> {
    let pool: Arc<dyn MemoryPool> = match limits.threads {
        0 | 1 => Arc::new(GreedyMemoryPool::new(limits.memory_bytes)),
        _ => Arc::new(FairSpillPool::new(limits.memory_bytes)),
    };
    let mut runtime = RuntimeEnvBuilder::new().with_memory_pool(pool).with_cache_manager(known);
    if let Some(folder) = &limits.spill {
        runtime = runtime.with_temp_file_path(folder);
    }
    let runtime = runtime.build_arc()?;
    // A sort takes all memory that it may; what puts its parts in order before they go to the disk needs some, too. Wide rows need more
    // than the engine's 10 MB.
    let for_merging = limits.memory_bytes / 4 / limits.threads.max(1);
    let config = SessionConfig::new()
        .with_target_partitions(limits.threads)
        .with_sort_spill_reservation_bytes(for_merging.max(10 << 20));
    let context = SessionContext::new_with_config_rt(config, runtime);
    context.register_udaf(purchase_history::purchase_history());
    Ok(context)
}
