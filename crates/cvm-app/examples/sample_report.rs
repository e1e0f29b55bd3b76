//! Writes the sample reports in every language, to look at: `cargo run -p cvm-app --example sample_report -- FOLDER`.

use cvm_app::report::{render, sample, sample_of_little, terminal};
use cvm_core::Language;
use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("say into which folder to write")?);
    std::fs::create_dir_all(&folder)?;
    for language in Language::ALL {
        for (name, report) in [("sample", sample()), ("little", sample_of_little())] {
            std::fs::write(folder.join(format!("{name}-{language}.html")), render(&report, language)?)?;
            std::fs::write(folder.join(format!("{name}-{language}.txt")), terminal(&report, language))?;
        }
    }
    Ok(())
}
