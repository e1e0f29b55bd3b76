//! `cvm bounce`: a mail that came back, handed to the server by the mail server that got it.

use crate::cli::Bounce;
use crate::{Failure, USAGE, say, server};
use cvm_app::campaigns::{Forwarded, forward};
use std::io::Read;

/// As sysexits(3) names what may work later: a mail server keeps the mail and tries again.
const TRY_AGAIN: u8 = 75;

/// Of a mail, what is looked at: what is said of it stands at its beginning.
const MAIL_MAX: u64 = 1 << 20;

/// Reads a mail from standard input, and hands it over.
pub fn bounce(options: &Bounce) -> Result<(), Failure> {
    let key = std::fs::read_to_string(&options.key_file).map_err(|error| {
        let file = options.key_file.display();
        Failure { code: USAGE, message: format!("{file} cannot be read: {error}; expected a file with an API key") }
    })?;
    let mut mail = Vec::new();
    std::io::stdin().take(MAIL_MAX).read_to_end(&mut mail).map_err(Failure::data)?;
    server::run(async {
        match forward(&options.server, key.trim(), mail).await {
            Forwarded::Taken(said) => {
                say(&said);
                Ok(())
            }
            Forwarded::Refused(message) => Err(Failure::data(message)),
            Forwarded::Later(message) => Err(Failure { code: TRY_AGAIN, message }),
        }
    })
}
