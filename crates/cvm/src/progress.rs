//! What the terminal shows while a job runs: a bar for what can be counted, a spinner for what cannot.

use cvm_core::text::Words;
use cvm_lake::analyze::{Progress, Step};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Arc;
use std::time::Duration;

/// Draws `progress` on standard error until the returned guard is dropped; nothing where it is no terminal.
pub fn show(progress: Arc<Progress>, words: Words, quiet: bool) -> Shown {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
    let bar = ProgressBar::with_draw_target(None, target);
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let drawing = bar.clone();
    let thread = std::thread::spawn(move || {
        let mut shown = None;
        // The channel is the clock and the stop signal in one: it wakes ten times a second, or when it closes.
        while stopped.recv_timeout(Duration::from_millis(100)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
            let step = progress.step();
            if shown != Some(step) {
                shown = Some(step);
                drawing.set_style(style(step));
                drawing.set_message(words.text(step.text_id()));
            }
            let (done, total) = progress.counted();
            drawing.set_length(total.max(done));
            drawing.set_position(done);
            drawing.tick();
        }
    });
    Shown { bar, stop: Some(stop), thread: Some(thread) }
}

/// A spinner on standard error; nothing where it is no terminal.
pub fn spinner(quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr_with_hz(10) };
    let bar = ProgressBar::with_draw_target(None, target);
    bar.set_style(style(Step::Score));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn style(step: Step) -> ProgressStyle {
    let template = match step {
        Step::Read => "{msg} {wide_bar} {bytes}/{total_bytes} {eta}",
        Step::Make => "{msg} {wide_bar} {human_pos}/{human_len} {eta}",
        _ => "{spinner} {msg} {elapsed}",
    };
    ProgressStyle::with_template(template).expect("the templates are ours and tested by every run")
}

/// The progress on the screen; dropping it clears the line.
pub struct Shown {
    bar: ProgressBar,
    stop: Option<std::sync::mpsc::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // a panic of the drawing thread must not hide the job's result
        }
        self.bar.finish_and_clear();
    }
}
